// write_header of any parameters and any name: the numbers in the header read back as the same bits, or
// nothing is written.
#include "fuzz.hpp"

#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace fuzz;

namespace {

/// A folder of this process that goes with it.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "tenon-fuzz-XXXXXX").string();
        check(mkdtemp(name.data()), "there is a folder for temporary files");
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

/// The numbers between "{{" and "}};", without the comments.
template <class T> std::vector<T> numbers_in(std::string_view header) {
    const std::size_t first = header.rfind("{{") + 2;
    std::string_view text = header.substr(first, header.rfind("}}") - first);
    std::vector<T> numbers;
    while (!text.empty()) {
        if (text.starts_with("//")) text.remove_prefix(std::min(text.find('\n'), text.size()));
        T number{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc{}) numbers.push_back(number);
        const auto used = error == std::errc{} ? end - text.data() : 0;
        text.remove_prefix(static_cast<std::size_t>(used));
        const std::size_t next = text.find_first_of("-0123456789/");
        text.remove_prefix(std::min(next, text.size()));
    }
    return numbers;
}

template <class Net, class Bits> void write(Bytes& bytes, const std::filesystem::path& path) {
    Net net;
    for (auto& value : net.parameters())
        value = static_cast<typename Net::Scalar>(
            bytes.flag() ? std::bit_cast<typename Net::Scalar>(bytes.draw<Bits>())
                         : bytes.draw<std::int8_t>());
    const std::string name = bytes.flag() ? "net" : bytes.rest();
    const auto is_finite = [](auto value) { return std::isfinite(value); };
    const bool finite = std::ranges::all_of(net.parameters(), is_finite);

    const std::string old = "// an old file\n";
    std::ofstream{path} << old;
    bool written = true;
    try {
        tenon::write_header(net, path, name);
    } catch (const tenon::Error& error) {
        written = false;
        const std::string_view message = error.what();
        check(message.starts_with(path.string()), "a message begins with the file's name", message);
        check(std::ranges::none_of(message, is_control), "a message is one line", message);
    }
    std::ifstream in{path};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!written) {
        check(name != "net" || !finite, "finite numbers with a good name are written");
        check(text == old, "an old file stays if nothing is written", text);
        return;
    }
    check(finite, "numbers that are not finite are refused");
    check(std::ranges::all_of(name, [](unsigned char c) { return c == '_' || c == ':' || std::isalnum(c); }),
          "a name is an identifier", name);
    const auto numbers = numbers_in<typename Net::Scalar>(text);
    check(std::ranges::equal(numbers, net.parameters(), {}, std::bit_cast<Bits, typename Net::Scalar>,
                             std::bit_cast<Bits, typename Net::Scalar>),
          "numbers read back as the same bits", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Folder folder;
    const auto path = folder.path / "net.hpp";
    Bytes bytes{data, size};
    using namespace tenon;
    if (bytes.flag()) write<Net<Dense<2, 2, Tanh>, Dense<2, 1>>, std::uint32_t>(bytes, path);
    else write<NetOf<double, Dense<2, 2, Relu>, Dense<2, 1, Sigmoid>>, std::uint64_t>(bytes, path);
    return 0;
}
