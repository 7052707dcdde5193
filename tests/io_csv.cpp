#include <tenon/io/csv.hpp>
#include <tenon/io/standardize.hpp>

#include "io_files.hpp"

#include <array>
#include <clocale>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <locale>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using tenon::CsvHeader;
using tenon::CsvOptions;
using tenon::CsvTarget;
using tenon::Dataset;
using tenon::read_csv;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

namespace {

template <class T, std::size_t In, std::size_t Out> struct FakeNet {
    using Scalar = T;
    static constexpr std::size_t inputs = In;
    static constexpr std::size_t outputs = Out;
    using Input = std::array<T, In>;
    using Output = std::array<T, Out>;
};

Dataset read(std::string_view text, const CsvOptions& options = {}) {
    const Folder folder;
    return read_csv(folder.write("a.csv", text), options);
}

std::string error_of(std::string_view text, const CsvOptions& options = {}) {
    const Folder folder;
    const auto path = folder.write("a.csv", text);
    const std::string message = message_of([&] { read_csv(path, options); });
    REQUIRE(message.starts_with(path.string()));
    return message.substr(path.string().size());
}

} // namespace

TEST_CASE("The last column of a CSV file is the target") {
    const Dataset data = read("1,2,3\n4.5,-.5,+6e1\n");
    CHECK(data.size() == 2);
    CHECK(data.input_width == 2);
    CHECK(data.target_width == 1);
    CHECK(data.inputs == Floats{1, 2, 4.5f, -.5f});
    CHECK(data.targets == Floats{3, 60});
    CHECK(data.classes.empty());
    CHECK(data.input(1)[0] == 4.5f);
    CHECK(data.target(1)[0] == 60);
}

TEST_CASE("Line ends, blank lines, blanks, a byte order mark and a missing last line end do not matter") {
    const Floats inputs{1, 2, 4, 5};
    for (const char* text :
         {"1,2,3\r\n4,5,6\r\n", "1,2,3\r4,5,6", "\n\n1,2,3\n \t\n\r\n4,5,6\n\n", " 1 ,\t2, 3 \n4,5,6",
          "\xef\xbb\xbf"
          "1,2,3\n4,5,6\n",
          "\"1\",2,3\n4, \"5\" ,6"}) {
        INFO(text);
        CHECK(read(text).inputs == inputs);
        CHECK(read(text).targets == Floats{3, 6});
    }
}

TEST_CASE("Separators may be chosen, and a blank stands for any run of blanks") {
    CHECK(read("1;2;3\n4;5;6", {.separator = ';'}).inputs == Floats{1, 2, 4, 5});
    CHECK(read("1\t2\t 3\n4\t5\t6", {.separator = '\t'}).inputs == Floats{1, 2, 4, 5});
    CHECK(read("  1  2 \t3  \n\n4 5 6\n   ", {.separator = ' '}).inputs == Floats{1, 2, 4, 5});
    CHECK(error_of("1\t\t3", {.separator = '\t'}) ==
          ", line 1, column 2: wanted a finite float, found nothing");
    CHECK(error_of("1;2;3") == ", line 1: wanted inputs beside the targets, found none");
}

TEST_CASE("A header is found by itself, demanded or denied") {
    CHECK(read("a,b,c\n1,2,3").inputs == Floats{1, 2});
    CHECK(read(",b,c\n1,2,3").inputs == Floats{1, 2});
    CHECK(read("1,2,3\n4,5,6", {.header = CsvHeader::yes}).inputs == Floats{4, 5});
    CHECK(error_of("a,b,c\n1,2,3", {.header = CsvHeader::no}) ==
          ", line 1, column 1: wanted a finite float, found \"a\"");
    CHECK(error_of("x1,2,3\n4,5,6") == ", line 1, column 1: wanted a finite float, found \"x1\"");
    CHECK(error_of("nan,nan,nan\n4,5,6") == ", line 1, column 1: wanted a finite float, found \"nan\"");
    CHECK(error_of(",,\n4,5,6") == ", line 1, column 1: wanted a finite float, found nothing");
    CHECK(error_of("\"x, y\",\"b\nb\",c\n1,?,3") ==
          ", line 3, column 2 (\"b\\x0ab\"): wanted a finite float, found \"?\"");
}

TEST_CASE("Targets may be any columns, counted from either end") {
    const CsvOptions options{.targets = {2, 0}};
    CHECK(read("1,2,3\n4,5,6", options).inputs == Floats{2, 5});
    CHECK(read("1,2,3\n4,5,6", options).targets == Floats{3, 1, 6, 4});
    CHECK(read("1,2,3\n4,5,6", {.targets = {-3}}).inputs == Floats{2, 3, 5, 6});
    CHECK(read("1,2,3\n4,5,6", {.targets = {}}).size() == 2);
    CHECK(read("1,2,3\n4,5,6", {.targets = {2, -1}}).targets == Floats{3, 3, 6, 6});
    CHECK(error_of("1,2,3", {.targets = {3}}) ==
          ", line 1: wanted a target in column 3 (from 0), found 3 columns");
    CHECK(error_of("1,2,3", {.targets = {-4}}) ==
          ", line 1: wanted a target in column -4 (from 0), found 3 columns");
    CHECK(error_of("1,2", {.targets = {0, 1}}) == ", line 1: wanted inputs beside the targets, found none");
}

TEST_CASE("Words as targets become classes, sorted, one-hot") {
    const Dataset data = read("1,pear\n2,apple\n3,\"a \"\"b\"\", c\"\n4,apple\n");
    CHECK(data.classes == Names{"a \"b\", c", "apple", "pear"});
    CHECK(data.target_width == 3);
    CHECK(data.targets == Floats{0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("Numbers are classes when asked for, in the order of their values") {
    const Dataset data = read("1,10\n2,9\n3,x\n4,-1", {.target = CsvTarget::category});
    CHECK(data.classes == Names{"-1", "9", "10", "x"});
    CHECK(data.targets == Floats{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0});
}

TEST_CASE("A test file takes the classes of its training file") {
    const Dataset data = read("1,b", {.classes = {"c", "b", "a"}});
    CHECK(data.classes == Names{"c", "b", "a"});
    CHECK(data.targets == Floats{0, 1, 0});
    CHECK(read("1,2\n2,3", {.classes = {"3", "2"}}).targets == Floats{0, 1, 1, 0});
    CHECK(error_of("1,b\n2,d", {.classes = {"b", "a"}}) ==
          ", line 2, column 2: wanted one of the classes given, found \"d\"");
}

TEST_CASE("A target that is neither all numbers nor all words is refused") {
    CHECK(error_of("1,2\n3,4x") == ", line 2, column 2: wanted a finite float, found \"4x\"");
    CHECK(error_of("1,a\n3,4") == ", line 2, column 2: wanted the name of a class, found \"4\"");
    CHECK(error_of("1,a\n3,") == ", line 2, column 2: wanted the name of a class, found nothing");
    CHECK(error_of("1,a\n3,b", {.target = CsvTarget::number}) ==
          ", line 1, column 2: wanted a finite float, found \"a\"");
    CHECK(error_of("1,2,a", {.targets = {1, 2}, .target = CsvTarget::category}) ==
          ": wanted one target column with classes, found 2");
}

TEST_CASE("An empty CSV file and one with only a header are refused") {
    CHECK(error_of("") == ": wanted at least one row, found an empty file");
    CHECK(error_of("\n \n\r\n") == ": wanted at least one row, found an empty file");
    CHECK(error_of("a,b,c\n\n") == ": wanted at least one row after the header, found none");
}

TEST_CASE("Ragged rows are refused with both numbers of columns") {
    CHECK(error_of("1,2,3\n\n4,5\n") == ", line 3: wanted 3 columns, found 2");
    CHECK(error_of("1,2,3\n4,5,6,\n") == ", line 2: wanted 3 columns, found 4");
    CHECK(error_of("a,b,c\n1,2\n") == ", line 2: wanted 3 columns, found 2");
}

TEST_CASE("Fields that are not wholly finite numbers are refused with line and column") {
    for (const char* field : {"1.5abc", "abc", "nan", "-nan", "inf", "-Infinity", "1e39", "1e999", "0x10",
                              "1e", "--1", "+-1", "1 2", "1.2.3", "?", "-", "1_0"}) {
        INFO(field);
        CHECK(error_of("1,2,3\r\n4," + std::string{field} + ",6\r\n") ==
              ", line 2, column 2: wanted a finite float, found \"" + std::string{field} + "\"");
    }
    CHECK(error_of("1,2,3\n4,,6\n") == ", line 2, column 2: wanted a finite float, found nothing");
    CHECK(error_of("1,2,3\n4,\x01\x7f,6\n") ==
          ", line 2, column 2: wanted a finite float, found \"\\x01\\x7f\"");
    CHECK(error_of("1,2,3\n4," + std::string(100, 'a') + ",6\n") ==
          ", line 2, column 2: wanted a finite float, found \"" + std::string(40, 'a') + "\"...");
}

TEST_CASE("Broken quotes are refused") {
    CHECK(error_of("1,2\n\"3,4\n5,6") ==
          ", line 2, column 1: wanted a closing quote, found the end of the file");
    CHECK(error_of("1,2\n3,\"4\"x\n") ==
          ", line 2, column 2: wanted a separator after the closing quote, found \"x\"");
    CHECK(error_of("\"") == ", line 1, column 1: wanted a closing quote, found the end of the file");
}

TEST_CASE("CSV is read with a decimal point under a locale with a decimal comma") {
    struct Comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const std::locale before = std::locale::global(std::locale{std::locale::classic(), new Comma});
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8"))
        WARN("only the C++ locale was changed: no locale de_DE.UTF-8");
    const Dataset data = read("1234.5,0.25");
    const std::string message = error_of("1,2\n3,4,5");
    std::locale::global(before);
    std::setlocale(LC_ALL, "C");
    CHECK(data.inputs == Floats{1234.5f});
    CHECK(data.targets == Floats{.25f});
    CHECK(message == ", line 2: wanted 2 columns, found 3");
}

TEST_CASE("Damaged CSV gives an error or whole rows, never a crash") {
    const Folder folder;
    const auto damage = [&](const std::string& text, const CsvOptions& options) {
        return check_damaged(folder, text, [&](const auto& path) { return read_csv(path, options); });
    };
    CHECK(damage("a,b,c\r\n1,2.5e1,\"x\"\n-3,\"4\",y\n", {}) > 100);
    CHECK(damage("1,2.5e1,3\n\n-3,4,5", {}) > 100);
    CHECK(damage(" 1 2.5e1  \"3\"\n-3 4 5", {.separator = ' ', .target = CsvTarget::category}) > 100);
}

TEST_CASE("A dataset becomes typed samples, or says which width does not fit") {
    const Dataset data = read("1,2,3\n4,5,6");
    const auto samples = data.samples<FakeNet<double, 2, 1>>();
    static_assert(std::is_same_v<decltype(samples.inputs), std::vector<std::array<double, 2>>>);
    CHECK(samples.inputs == std::vector<std::array<double, 2>>{{1, 2}, {4, 5}});
    CHECK(samples.targets == std::vector<std::array<double, 1>>{{3}, {6}});
    CHECK(message_of([&] { data.samples<FakeNet<float, 3, 1>>(); }) ==
          data.source + ": wanted 3 inputs a row (as many as the net takes), found 2");
    CHECK(message_of([&] { data.samples<FakeNet<float, 2, 4>>(); }) ==
          data.source + ": wanted 4 targets a row (as many as the net gives), found 1");
}

TEST_CASE("A dataset is taken apart by rows") {
    const Dataset data = read("1,a\n2,b\n3,a\n4,b\n5,c");
    const auto [train, test] = data.split(0.6);
    CHECK(train.inputs == Floats{1, 2, 3});
    CHECK(test.inputs == Floats{4, 5});
    CHECK(test.targets == Floats{0, 1, 0, 0, 0, 1});
    CHECK(test.classes == data.classes);
    CHECK(data.split(0).first.size() == 0);
    CHECK(data.split(1).second.size() == 0);
    CHECK(data.take(5, 0).size() == 0);
    CHECK(data.take(1, 2).inputs == Floats{2, 3});
    CHECK(message_of([&] { data.take(4, 2); }) ==
          data.source + ": wanted 2 rows from row 4 on, found 5 rows in all");
    CHECK(message_of([&] { data.take(6, 0); }) ==
          data.source + ": wanted 0 rows from row 6 on, found 5 rows in all");
    CHECK(message_of([&] { data.split(1.5); }) ==
          data.source + ": wanted a fraction from 0 to 1 to split at, found 1.500000");
}

TEST_CASE("Shuffling keeps the rows whole and depends on the seed alone") {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += std::to_string(i) + "," + std::to_string(-i) + "," + std::to_string(2 * i) + "\n";
    const Dataset data = read(text);
    Dataset a = data, b = data, c = data;
    a.shuffle(7);
    b.shuffle(7);
    c.shuffle(8);
    CHECK(a.inputs == b.inputs);
    CHECK(a.inputs != c.inputs);
    CHECK(a.inputs != data.inputs);
    std::set<float> seen;
    for (std::size_t row = 0; row < a.size(); ++row) {
        seen.insert(a.input(row)[0]);
        CHECK(a.input(row)[1] == -a.input(row)[0]);
        CHECK(a.target(row)[0] == 2 * a.input(row)[0]);
    }
    CHECK(seen.size() == 100);
    Dataset none;
    none.shuffle(1);
    CHECK(none.size() == 0);
}

TEST_CASE("Every order of three rows is equally likely after shuffling") {
    const Dataset data = read("0,0\n1,1\n2,2");
    std::array<int, 9> counts{};
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        Dataset shuffled = data;
        shuffled.shuffle(seed);
        ++counts[static_cast<std::size_t>(3 * shuffled.inputs[0] + shuffled.inputs[1])];
    }
    for (const std::size_t order : {1u, 2u, 3u, 5u, 6u, 7u}) CHECK(std::abs(counts[order] - 1000) < 120);
}

TEST_CASE("Standardized inputs have mean 0 and deviation 1 on the training rows") {
    Dataset train = read("1,0.1,5\n3,0.1,6\n5,0.1,7\n"), test = read("7,1.1,5");
    const tenon::Standardize scale{train};
    scale(train);
    scale(test);
    CHECK(scale.mean[0] == 3);
    CHECK(scale.deviation[0] == Approx(1.632993161855452).epsilon(1e-15)); // numpy.std([1, 3, 5])
    CHECK(train.inputs == Floats{-1.2247449f, 0, 0, 0, 1.2247449f, 0});
    CHECK(test.inputs == Floats{2.4494898f, 1});
    CHECK(train.targets == Floats{5, 6, 7});
    Dataset other = read("1,2");
    CHECK(message_of([&] { scale(other); }) ==
          other.source + ": wanted 2 inputs a row (as many as were measured), found 1");
    CHECK(message_of([&] { tenon::Standardize{train.take(0, 0)}; }) ==
          train.source + ": wanted rows to standardize by, found none");
}

TEST_CASE("The real tables are read") {
    struct Table {
        const char* name;
        std::size_t rows, inputs, classes;
        CsvTarget target = CsvTarget::detect;
    };
    for (const Table& table :
         {Table{"tabular/iris.csv", 150, 4, 3}, Table{"tabular/sonar.csv", 208, 60, 2},
          Table{"tabular/ionosphere.csv", 351, 34, 2}, Table{"tabular/housing.csv", 506, 13, 0},
          Table{"tabular/winequality-red.csv", 1599, 11, 6, CsvTarget::category},
          Table{"tabular/wine.csv", 178, 13, 3, CsvTarget::category},
          Table{"tabular/wheat-seeds.csv", 210, 7, 3, CsvTarget::category},
          Table{"tabular/pima-indians-diabetes.csv", 768, 8, 2, CsvTarget::category},
          Table{"tabular/banknote_authentication.csv", 1372, 4, 2, CsvTarget::category},
          Table{"optdigits/optdigits.tra", 3823, 64, 10, CsvTarget::category},
          Table{"optdigits/optdigits.tes", 1797, 64, 10, CsvTarget::category}}) {
        INFO(table.name);
        const auto path = real_data(table.name);
        if (path.empty()) continue;
        const Dataset data = read_csv(path, {.target = table.target});
        CHECK(is_consistent(data));
        CHECK(data.size() == table.rows);
        CHECK(data.input_width == table.inputs);
        CHECK(data.classes.size() == table.classes);
        CHECK(data.target_width == (table.classes ? table.classes : 1));
        if (table.classes)
            CHECK(std::accumulate(data.targets.begin(), data.targets.end(), 0.0) ==
                  static_cast<double>(table.rows));
    }
}
