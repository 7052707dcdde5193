// read_fann: training data of FANN.
#include <tenon/data/fann.hpp>

#include "io_files.hpp"

#include <clocale>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using tenon::Dataset;
using tenon::read_fann;

namespace {

std::string error_of(std::string_view text) {
    const Folder folder;
    const auto path = folder.write("xor.data", text);
    const std::string message = message_of([&] { read_fann(path); });
    REQUIRE(message.starts_with(path.string()));
    return message.substr(path.string().size());
}

} // namespace

TEST_CASE("FANN data is read as rows of inputs and outputs") {
    const Folder folder;
    const Dataset data = read_fann(folder.write("xor.data", "4 2 1\n-1 -1\n-1\n-1 1\n1\n1 -1\n1\n1 1\n-1\n"));
    CHECK(data.size() == 4);
    CHECK(data.input_width == 2);
    CHECK(data.target_width == 1);
    CHECK(data.inputs == std::vector<double>{-1, -1, -1, 1, 1, -1, 1, 1});
    CHECK(data.targets == std::vector<double>{-1, 1, 1, -1});
    CHECK(data.lines == std::vector<std::size_t>{2, 4, 6, 8});
    CHECK(data.source == (folder.path() / "xor.data").string());
    CHECK(data.classes.empty());
}

TEST_CASE("FANN data may have any white space, CRLF and no line end at its end") {
    const Folder folder;
    const Dataset data = read_fann(folder.write("a", "\xef\xbb\xbf"
                                                     "2 1 2\r\n 1e-3\t+2 \r\n\r\n3 .5 6. -7"));
    CHECK(data.inputs == std::vector<double>{1e-3, .5});
    CHECK(data.targets == std::vector<double>{2, 3, 6, -7});
}

TEST_CASE("FANN data is read with a decimal point under a locale with a decimal comma") {
    const Folder folder;
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) WARN("skipped: no locale de_DE.UTF-8");
    const Dataset data = read_fann(folder.write("a", "1 1 1\n0.25\n0.75\n"));
    std::setlocale(LC_ALL, "C");
    CHECK(data.inputs == std::vector<double>{.25});
}

TEST_CASE("numbers are doubles; those too small become zero, those too large are refused") {
    const Folder folder;
    const Dataset data =
        read_fann(folder.write("a", "1 4 1\n1e-400 -5e-324\n0.1 16777217 1.7976931348623157e308"));
    CHECK(data.inputs[0] == 0);
    CHECK(data.inputs[1] == -std::numeric_limits<double>::denorm_min());
    CHECK(data.inputs[2] == 0.1);
    CHECK(data.inputs[3] == 16777217);
    CHECK(data.targets[0] == std::numeric_limits<double>::max());
    CHECK(error_of("1 1 1\n1\n1e400") == ", line 3, column 1: wanted a finite number, found \"1e400\"");
}

TEST_CASE("the message about FANN data that is too short or too long has both numbers of values") {
    CHECK(error_of("2 2 1\n1 2\n3\n4 5\n") == ": wanted 2 x (2 + 1) values after the first line, found 5");
    CHECK(error_of("2 2 1\n1 2\n3\n4 5\n6\n7 8\n") ==
          ": wanted 2 x (2 + 1) values after the first line, found 8");
    CHECK(error_of("18446744073709551615 18446744073709551615 18446744073709551615\n1") ==
          ": wanted 18446744073709551615 x (18446744073709551615 + 18446744073709551615) values after the "
          "first "
          "line, found 1");
}

TEST_CASE("the message about FANN data that is no number has line, column and text") {
    CHECK(error_of("2 2 1\n1 2\n3\n4 1.5abc\n6\n") ==
          ", line 4, column 2: wanted a finite number, found \"1.5abc\"");
    CHECK(error_of("1 2 1\n1 nan\n3\n") == ", line 2, column 2: wanted a finite number, found \"nan\"");
    CHECK(error_of("1 2 1\n-inf 2\n3\n") == ", line 2, column 1: wanted a finite number, found \"-inf\"");
    CHECK(error_of("1 2 1\n0x10 2\n3\n") == ", line 2, column 1: wanted a finite number, found \"0x10\"");
    CHECK(error_of("1 2 1\n0,5 2\n3\n") == ", line 2, column 1: wanted a finite number, found \"0,5\"");
}

TEST_CASE("a wrong first line of FANN data is refused") {
    const std::string wanted = "wanted samples, inputs and outputs, each above 0, found ";
    CHECK(error_of("") == ", line 1, column 1: " + wanted + "nothing");
    CHECK(error_of("4 2\n") == ", line 2, column 1: " + wanted + "nothing");
    CHECK(error_of("0 2 1\n") == ", line 1, column 1: " + wanted + "\"0\"");
    CHECK(error_of("4 -2 1\n") == ", line 1, column 2: " + wanted + "\"-2\"");
    CHECK(error_of("4 2 1.5\n") == ", line 1, column 3: " + wanted + "\"1.5\"");
    CHECK(error_of("18446744073709551616 2 1\n") ==
          ", line 1, column 1: " + wanted + "\"18446744073709551616\"");
}

TEST_CASE("a file that cannot be read is named with the reason") {
    const Folder folder;
    const std::string name = folder.path().string();
    CHECK(message_of([&] { read_fann(folder.path() / "none"); }) ==
          name + "/none: wanted a file that can be read, found No such file or directory");
    CHECK(message_of([&] { read_fann(folder.path()); }) ==
          name + ": wanted a file that can be read, found Is a directory");
    CHECK(error_of("\x1f\x8b\x08") == ": wanted plain text, found gzip data (unpack it first)");
}

TEST_CASE("damaged FANN data results in an Error or whole rows, never in a crash") {
    const Folder folder;
    const std::string good = "4 2 1\n-1 -1.5e1\n-1\n-1 1\n1\n1 -1\n1\n1 1\n-1\n";
    CHECK(check_damaged(folder, good, [](const auto& path) { return read_fann(path); }) > 500);
}

TEST_CASE("the FANN files of libfann-doc are read") {
    const auto folder = real_data("fann");
    if (folder.empty()) return;
    for (const auto& file : std::filesystem::directory_iterator{folder}) {
        INFO(file.path());
        const Dataset data = read_fann(file.path());
        CHECK(is_consistent(data));
    }
}
