// write_header: the text of a header, and the names that it refuses.
#include "layers_net.hpp" // first, because a written header needs no other

#include <tenon/io/bytes.hpp>
#include <tenon/io/header.hpp>
#include <tenon/wavenet.hpp>

#include "../examples/gate_net.hpp"
#include "io_files.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <clocale>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace own {
struct Swish {
    template <class V> static constexpr V apply(V z) { return z * Sigmoid::apply(z); }
    template <class V> static constexpr V derivative(V z, V y) {
        const V s = Sigmoid::apply(z);
        return s + y * (V(1) - s);
    }
};
} // namespace own

namespace {

using Tiny = Net<Dense<2, 1>>;

template <class Net> std::string written(const Net& net, std::string_view name = "tiny") {
    const Folder folder;
    write_header(net, folder.path() / "a.hpp", name);
    return detail::read_bytes(folder.path() / "a.hpp");
}

/// The numbers between {{ and }}, without suffixes and comments.
template <class T> std::vector<T> numbers_of(const std::string& text) {
    std::vector<T> numbers;
    std::size_t at = text.find("{{");
    const std::size_t end = text.find("}}");
    while (at < end) {
        if (text.compare(at, 2, "//") == 0) at = text.find('\n', at);
        const bool begins = text[at] == '-' || (text[at] >= '0' && text[at] <= '9');
        if (!begins) ++at;
        else {
            T value{};
            const auto result = std::from_chars(text.data() + at, text.data() + end, value);
            REQUIRE(result.ptr != text.data() + at);
            numbers.push_back(value);
            at = text.find(',', at);
        }
    }
    return numbers;
}

template <class T, class Bits> void check_every_bit(std::uint64_t seed) {
    NetOf<T, Dense<40, 40>> net;
    Random random(seed);
    for (T& p : net.parameters()) do {
            p = std::bit_cast<T>(static_cast<Bits>(random()));
        } while (!math::is_finite(p));
    net.parameters()[0] = -T(0);
    net.parameters()[1] = std::numeric_limits<T>::denorm_min();
    net.parameters()[2] = std::numeric_limits<T>::max();
    net.parameters()[3] = std::numeric_limits<T>::lowest();
    net.parameters()[4] = T(3);
    net.parameters()[5] = T(1e20);
    const std::vector<T> numbers = numbers_of<T>(written(net));
    REQUIRE(numbers.size() == net.parameter_count);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        REQUIRE(std::bit_cast<Bits>(numbers[i]) == std::bit_cast<Bits>(net.parameters()[i]));
}

} // namespace

TEST_CASE("the net of a written header is written as the same header") {
    static_assert(GateNet::parameter_count == 13 && gate_net({0, 1})[0] > 0.9f);
    const auto path =
        std::filesystem::path{__FILE__}.parent_path().parent_path() / "examples" / "gate_net.hpp";
    CHECK(written(gate_net, "gate_net") == detail::read_bytes(path));
}

TEST_CASE("a written header has every layer, and its net gives the same outputs") {
    using Everything =
        Net<Scale<Shape<3>>, Dense<3, 8, LeakyReluWith<std::ratio<1, 10>>, false>,
            Frozen<BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>, false>>,
            Residual<Dense<8, 8, Relu>, Net<Dense<8, 8>, BatchNorm<Shape<8>>>>, PRelu<Shape<8>>,
            Dropout<Shape<8>, 20>, Concat<Dense<8, 4, Tanh>, Net<Dense<8, 2>, LayerNorm<Shape<2>>>>,
            Split<Dense<2, 1>, Residual<Frozen<Net<Dense<4, 4>>>>>, Activate<Shape<5>, Softsign>,
            Flatten<Shape<5>>, Dense<5, 1>>;
    static_assert(std::is_same_v<LayersNet, Everything>);
    Everything net;
    initialize(net, 1);
    float change = 0;
    for (float& p : net.parameters()) p += (change += 1.f / 1024);
    CHECK(std::ranges::equal(layers_net.parameters(), net.parameters()));
    constexpr float by_compiler = layers_net({0.5f, -1, 2})[0];
    CHECK(layers_net({0.5f, -1, 2})[0] == Approx(by_compiler).epsilon(1e-5));
    CHECK(net({0.5f, -1, 2})[0] == Approx(by_compiler).epsilon(1e-5));
    const auto path = std::filesystem::path{__FILE__}.parent_path() / "layers_net.hpp";
    CHECK(written(net, "layers_net") == detail::read_bytes(path));
}

TEST_CASE("a header's numbers are read back as the same bits, float and double") {
    check_every_bit<float, std::uint32_t>(1);
    check_every_bit<double, std::uint64_t>(2);
}

TEST_CASE("a header with a WaveNet includes what declares it") {
    using Amp = Net<WaveNet<1, SkipLayers<2, 1, Kernel<2>, Dilations<1, 3>, WithGate>>>;
    const std::string text = written(Amp{});
    CHECK(text.find("#include <tenon/wavenet.hpp>\n") != std::string::npos);
    CHECK(text.find("tenon::Net<tenon::WaveNet<1, tenon::SkipLayers<2, 1, tenon::Kernel<2>, "
                    "tenon::Dilations<1, 3>, tenon::WithGate>>>;\n") != std::string::npos);
    CHECK(text.find("// 1.1  SkipLayers<2, 1, Kernel<2>, Dilations<1, 3>, WithGate>\n") != std::string::npos);
}

TEST_CASE("a header's numbers are literals of the net's type, under every locale") {
    Tiny net;
    net.parameters()[0] = 0.1f;
    net.parameters()[1] = 3;
    net.parameters()[2] = 1e20f;
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) WARN("skipped: no locale de_DE.UTF-8");
    const std::string text = written(net), doubles = written(NetOf<double, Dense<1, 1>>{{0.1, -3}});
    std::setlocale(LC_ALL, "C");
    CHECK(text.find(" 0.1f, 3.f, 1e+20f,\n}};\n") != std::string::npos);
    CHECK(text.find("using TinyNet = tenon::Net<tenon::Dense<2, 1>>;\n") != std::string::npos);
    CHECK(text.find("static_assert(TinyNet::parameter_count == 3,") != std::string::npos);
    CHECK(text.find("inline constexpr TinyNet tiny = {{") != std::string::npos);
    CHECK(text.find("Before this file") == std::string::npos);
    CHECK(doubles.find(" 0.1, -3.,\n}};\n") != std::string::npos);
    CHECK(doubles.find("using TinyNet = tenon::NetOf<double, tenon::Dense<1, 1>>;\n") != std::string::npos);
}

TEST_CASE("the type's name follows from the constant's, and differs from it") {
    CHECK(written(Tiny{}, "xor_gate").find("inline constexpr XorGateNet xor_gate") != std::string::npos);
    CHECK(written(Tiny{}, "xor_net").find("inline constexpr XorNet xor_net") != std::string::npos);
    CHECK(written(Tiny{}, "net").find("inline constexpr NetNet net") != std::string::npos);
    CHECK(written(Tiny{}, "XorNet").find("inline constexpr XorNetType XorNet") != std::string::npos);
}

TEST_CASE("types of the user keep their names, and a comment lists them as needed") {
    const std::string text = written(Net<Dense<2, 2, own::Swish>, Net<Dense<2, 1, own::Swish>>>{});
    CHECK(text.find(
              "= tenon::Net<tenon::Dense<2, 2, own::Swish>, tenon::Net<tenon::Dense<2, 1, own::Swish>>>;") !=
          std::string::npos);
    CHECK(text.find("// Before this file, include what declares own::Swish.\n") != std::string::npos);
}

TEST_CASE("an activation with constants needs no other header than tenon's") {
    const std::string text = written(Net<Dense<2, 1, LeakyReluWith<std::ratio<1, 10>>>>{});
    CHECK(text.find("= tenon::Net<tenon::Dense<2, 1, tenon::LeakyReluWith<std::ratio<1, 10>>>>;") !=
          std::string::npos);
    CHECK(text.find("Before this file") == std::string::npos);
}

TEST_CASE("a header asserts the checksum of its numbers") {
    Net<Dense<3, 2>> net; // 8 floats; one more below, so that the last is half a word
    Net<Dense<2, 3>> odd;
    NetOf<double, Dense<2, 1>> wide;
    net.parameters()[7] = 1;
    odd.parameters()[8] = 1;
    wide.parameters()[2] = 1;
    constexpr auto constant = [](auto empty) {
        empty.parameters()[empty.parameter_count - 1] = 1;
        return checksum(empty);
    };
    static_assert(constant(Net<Dense<3, 2>>{}) != constant(Net<Dense<2, 3>>{}));
    constexpr std::uint64_t of_net = constant(Net<Dense<3, 2>>{}), of_odd = constant(Net<Dense<2, 3>>{}),
                            of_wide = constant(NetOf<double, Dense<2, 1>>{});
    CHECK(checksum(net) == of_net); // the compiler computes it in another way
    CHECK(checksum(odd) == of_odd);
    CHECK(checksum(wide) == of_wide);
    CHECK(of_net == 0xb08db8fa1f1a44a7u);
    CHECK(of_odd == 0xe345a4416e1806a6u);
    for (std::size_t p = 0; p < odd.parameter_count; ++p) {
        auto changed = odd;
        changed.parameters()[p] += 0.5f;
        CHECK(checksum(changed) != of_odd);
        changed.parameters()[p] = -odd.parameters()[p];
        CHECK(checksum(changed) != of_odd);
    }
    CHECK(written(net).find("static_assert(tenon::has_checksum(tiny, 0x") != std::string::npos);
}

TEST_CASE("a header may have test vectors") {
    Tiny net{{2, -1, 0.5f}};
    const std::vector<Tiny::Input> xs{{1, 2}, {0, 0.25f}};
    const Folder folder;
    const auto path = folder.path() / "a.hpp";
    write_header(net, path, "a::tiny", {.x = xs});
    const std::string text = detail::read_bytes(path);
    CHECK(text.find(
              "inline constexpr TinyNet::Input tiny_x[] = {\n    {{\n      1.f, 2.f,\n    }},\n    {{\n      "
              "0.f, 0.25f,\n    }},\n};\n") != std::string::npos);
    CHECK(text.find(
              "inline constexpr TinyNet::Output tiny_y[] = {\n    {{\n      0.5f,\n    }},\n    {{\n      "
              "0.25f,\n    }},\n};\n") != std::string::npos);
    CHECK(text.find("tenon::verify(tiny, tiny_x, tiny_y)") != std::string::npos);
    const std::vector<Tiny::Output> ys{{1}, {math::infinite<float>()}};
    write_header(net, path, "tiny", {.x = std::span{xs}.first(1), .y = std::span{ys}.first(1)});
    CHECK(detail::read_bytes(path).find("tiny_y[] = {\n    {{\n      1.f,\n    }},\n};\n") !=
          std::string::npos);
    CHECK(message_of([&] { write_header(net, path, "tiny", {.x = xs, .y = ys}); }) ==
          path.string() + ", y of sample 1, value 0: wanted a finite number, found inf");
    CHECK(message_of([&] { write_header(net, path, "tiny", {.x = xs, .y = std::span{ys}.first(1)}); }) ==
          path.string() + ": wanted as many y as x, found 2 x and 1 y");
}

TEST_CASE("an invalid name is refused") {
    for (const char* name :
         {"", "xor", "2_net", "my net", "my-net", "_net", "my__net", "main", "n\303\244mchen", "a;"})
        CHECK(message_of([&] {
                  written(Tiny{}, name);
              }).find("a.hpp: wanted a name that a C++ variable may have, found ") != std::string::npos);
}

TEST_CASE("a name that is in use is refused") {
    for (const auto& [name, owner] :
         std::vector<std::array<std::string, 2>>{{"std", "a namespace that the header needs"},
                                                 {"tenon", "a namespace that the header needs"},
                                                 {"boost", "a namespace that the header needs"},
                                                 {"xsimd", "a namespace that the header needs"},
                                                 {"errno", "a macro"},
                                                 {"stdout", "a macro"},
                                                 {"linux", "a macro"},
                                                 {"unix", "a macro"},
                                                 {"near", "a macro"},
                                                 {"NULL", "names in capitals are macros"},
                                                 {"EOF", "names in capitals are macros"},
                                                 {"M_PI", "names in capitals are macros"},
                                                 {"size_t", "a name of the C library"},
                                                 {"printf", "a name of the C library"},
                                                 {"exit", "a name of the C library"},
                                                 {"y1", "a name of the C library"},
                                                 {"tanhf", "a name of the C library"},
                                                 {"exp10f64x", "a name of the C library"},
                                                 {"pthread_self", "a name of the C library"},
                                                 {"time", "a name of the C library"}}) {
        INFO(name);
        CHECK(message_of([&] {
                  written(Tiny{}, name);
              }).find("a.hpp: wanted a name that is not taken, found \"" + name + "\" (" + owner + ")") !=
              std::string::npos);
    }
    CHECK(message_of([] {
              written(Net<Dense<2, 1, own::Swish>>{}, "own");
          }).find("wanted a name that does not hide own::Swish, found \"own\"") != std::string::npos);
    for (const char* name : {"net", "xor_net", "A1b", "timer", "exp_net", "stdlib", "mini", "tiny_t2"})
        CHECK(written(Tiny{}, name).find(std::string{"inline constexpr "}) != std::string::npos);
}

TEST_CASE("a constant may be in namespaces") {
    const std::string text = written(Tiny{}, "a::b::tiny");
    CHECK(text.find("namespace a::b {\n\nusing TinyNet = tenon::Net<tenon::Dense<2, 1>>;\n") !=
          std::string::npos);
    CHECK(text.find("inline constexpr TinyNet tiny = {{") != std::string::npos);
    CHECK(text.find("//     a::b::TinyNet::Output y = a::b::tiny(x);    // x is a a::b::TinyNet::Input\n") !=
          std::string::npos);
    CHECK(text.ends_with(" have changed since they were written\");\n\n} // namespace a::b\n"));
    CHECK(written(Tiny{}, "a::exp").find("inline constexpr ExpNet exp") != std::string::npos);
    CHECK(written(Net<Dense<2, 1, own::Swish>>{}, "own::swish").find("namespace own {") != std::string::npos);
    for (const char* name : {"a::", "a::::b", "a:b", "a::xor", "a b::c", "a::_b", "1::a"})
        CHECK(message_of([&] {
                  written(Tiny{}, name);
              }).find("a.hpp: wanted a name that a C++ variable may have, found ") != std::string::npos);
    for (const char* name : {"std::net", "a::tenon::net", "exp::net", "a::errno", "linux::a", "A::net"})
        CHECK(message_of([&] {
                  written(Tiny{}, name);
              }).find("a.hpp: wanted a name that is not taken, found ") != std::string::npos);
    CHECK(message_of([] {
              written(Net<Dense<2, 1, own::Swish>>{}, "a::own::net");
          }).find("wanted a name that does not hide own::Swish") != std::string::npos);
}

TEST_CASE("a parameter that is not finite is refused, and an old file does not change") {
    const Folder folder;
    const auto path = folder.write("net.hpp", "old");
    Net<Dense<2, 3>, Dense<3, 1>> net;
    net.layer<1>().weight(0, 2) = math::not_a_number<float>();
    CHECK(message_of([&] { write_header(net, path, "net"); }) ==
          path.string() + ", layer 2, parameter 2: wanted a finite number, found nan");
    net.layer<1>().weight(0, 2) = -math::infinite<float>();
    CHECK(message_of([&] { write_header(net, path, "net"); }) ==
          path.string() + ", layer 2, parameter 2: wanted a finite number, found -inf");
    CHECK(detail::read_bytes(path) == "old");
}

TEST_CASE("the message about a file that cannot be written names it, and nothing is left beside it") {
    const Folder folder;
    const auto nowhere = folder.path() / "no" / "net.hpp";
    CHECK(message_of([&] {
              write_header(Tiny{}, nowhere, "net");
          }).starts_with(nowhere.string() + ": wanted a file that can be written"));
    std::filesystem::create_directories(folder.path() / "taken" / "inside");
    CHECK(message_of([&] { write_header(Tiny{}, folder.path() / "taken", "net"); }).find("taken: wanted") !=
          std::string::npos);
    write_header(Tiny{}, folder.path() / "net.hpp", "net");
    write_header(Tiny{}, folder.path() / "net.hpp", "net"); // over the first
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 2);
}
