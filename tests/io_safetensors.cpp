// save, load and verify: files, their errors, and files of PyPI's safetensors package.
#include "io_files.hpp"
#include "support.hpp"

#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace {

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;
template <class T>
using Everything =
    NetOf<T, Scale<Shape<3>>, Dense<3, 8, Tanh, false>, Frozen<BatchNorm<Shape<8>>>,
          Residual<Dense<8, 8, Relu>, Net<Dense<8, 8>, BatchNorm<Shape<8>>>>, PRelu<Shape<8>>,
          Dropout<Shape<8>, 20>, Concat<Dense<8, 4, Tanh>, Net<Dense<8, 2>, LayerNorm<Shape<2>>>>,
          Frozen<Net<Dense<6, 4>>>, Split<Dense<2, 1>, Dense<2, 2>>, Dense<3, 1>>;

template <class Net> Net numbered(std::uint64_t seed = 1) {
    Net net;
    initialize(net, seed);
    Random random(seed);
    for (auto& p : net.parameters()) p = static_cast<typename Net::Scalar>(0.25 + random.uniform());
    return net;
}

template <class Net> bool same(const Net& a, const Net& b) {
    return std::ranges::equal(a.parameters(), b.parameters());
}

struct TestTensor {
    std::string name, dtype, shape, data;
};

/// A safetensors file of these tensors, as another program might write it.
std::string file_of(const std::vector<TestTensor>& tensors, const std::string& metadata = "") {
    std::string header = "{" + metadata, data;
    for (const TestTensor& tensor : tensors) {
        header += header == "{" ? "\"" : ",\"";
        header += tensor.name + "\":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":" + tensor.shape +
                  ",\"data_offsets\":[" + std::to_string(data.size()) + "," +
                  std::to_string(data.size() + tensor.data.size()) + "]}";
        data += tensor.data;
    }
    header += "}";
    std::string size(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) size[i] = static_cast<char>(header.size() >> (8 * i) & 255);
    return size + header + data;
}
std::string with_header(std::string header, const std::string& data) {
    std::string size(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) size[i] = static_cast<char>(header.size() >> (8 * i) & 255);
    return size + header + data;
}
template <class T> std::string bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

using Line = Net<Dense<2, 1>>;
std::vector<TestTensor> line() {
    return {{"0.weight", "F32", "[1,2]", bytes_of<float>({1, 2})},
            {"0.bias", "F32", "[1]", bytes_of<float>({3})}};
}

/// The error of a file, without the path; the net must not change.
template <class Net> std::string error_of(const std::string& bytes, const LoadOptions& options = {}) {
    const Folder folder;
    const auto path = folder.write("a.safetensors", bytes);
    Net net = numbered<Net>(7);
    const Net before = net;
    const std::string message = message_of([&] { load(net, path, options); });
    if (message == "no error") return message;
    CHECK(same(net, before));
    REQUIRE(message.starts_with(path.string() + ", "));
    return message.substr(path.string().size() + 2);
}

} // namespace

TEST_CASE("a saved net is loaded with the same bits, with every layer, as float and as double") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    const auto check = [&]<class Net>(const Net& net) {
        save(net, path);
        CHECK(same(load<Net>(path), net));
        Net other;
        CHECK(load(other, path).warning.empty());
        CHECK(same(other, net));
        save(net, path, {.numbering = Numbering::sequential});
        CHECK(same(load<Net>(path), net));
    };
    check(numbered<Xor>());
    check(numbered<Everything<float>>());
    check(numbered<Everything<double>>());
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a float net is read from F64, and a double net from F32") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    const auto net = numbered<Everything<float>>();
    save(net, path, {.numbers = SavedNumbers::f64});
    CHECK(same(load<Everything<float>>(path), net));
    const auto wide = load<Everything<double>>(path);
    CHECK(std::ranges::equal(wide.parameters(), net.parameters()));
    save(wide, path, {.numbers = SavedNumbers::f32});
    CHECK(same(load<Everything<float>>(path), net));
    NetOf<double, Dense<1, 1>> third{{1. / 3, 1e300}};
    CHECK(message_of([&] { save(third, path, {.numbers = SavedNumbers::f32}); }) ==
          path.string() + ": wanted numbers that F32 can hold, found 1e+300");
    save(third, path);
    Net<Dense<1, 1>> narrow;
    CHECK(message_of([&] { load(narrow, path); }) ==
          path.string() + ", 0.bias: wanted numbers that a float can hold, found a larger one, number 0");
    CHECK(narrow.parameters()[0] == 0);
    third.parameters()[1] = 0x1.fffffefffffffp127; // rounds to the largest float
    save(third, path);
    load(narrow, path);
    CHECK(narrow.parameters()[0] == 1.f / 3);
    CHECK(narrow.parameters()[1] == std::numeric_limits<float>::max());
}

TEST_CASE("a LayerNorm of several dimensions has PyTorch's shape, that of its values") {
    using Normed = Net<LayerNorm<Shape<2, 1, 3>>>;
    const Folder folder;
    const auto path =
        folder.write("a", file_of({{"0.weight", "F32", "[2,1,3]", bytes_of<float>({1, 2, 3, 4, 5, 6})},
                                   {"0.bias", "F32", "[2,1,3]", bytes_of<float>({7, 8, 9, 10, 11, 12})}}));
    auto net = load<Normed>(path);
    CHECK(net.layer<0>().weight(1, 0, 2) == 6);
    CHECK(net.layer<0>().bias(1, 0, 0) == 10);
    CHECK(net.layer<0>().tensor("bias", 0, 0, 2) == 9);
    for (std::size_t i = 0; i < 12; ++i) CHECK(net.parameters()[i] == static_cast<float>(i + 1));
    CHECK(error_of<Normed>(file_of({{"0.weight", "F32", "[6]", bytes_of<float>({1, 2, 3, 4, 5, 6})}})) ==
          "0.weight: wanted shape [2, 1, 3], found [6]");
    const auto again = folder.path() / "again";
    save(net, again);
    CHECK(same(load<Normed>(again), net));
}

TEST_CASE("F16 and BF16 are read exactly") {
    const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x3555};
    const std::array<double, 8> values{1, -2, 0x1p-24, 0x1.ff8p-15, 0x1p-14, 65504, -0., 0x1.554p-2};
    using Eight = Net<Dense<4, 2, Identity, false>>;
    const Folder folder;
    auto path = folder.write("a", file_of({{"0.weight", "F16", "[2,4]", bytes_of(halves)}}));
    const auto net = load<Eight>(path);
    for (std::size_t o = 0; o < 2; ++o)
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(std::bit_cast<std::uint32_t>(net.layer<0>().weight(o, i)) ==
                  std::bit_cast<std::uint32_t>(static_cast<float>(values[4 * o + i])));
    const std::vector<std::uint16_t> brains{0x3f80, 0xc000, 0x0001, 0x7f7f, 0x3eab, 0, 0x8000, 0x4049};
    path = folder.write("a", file_of({{"0.weight", "BF16", "[2,4]", bytes_of(brains)}}));
    const auto brain = load<Eight>(path);
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(std::bit_cast<std::uint32_t>(brain.layer<0>().weight(i / 4, i % 4)) == std::uint32_t{brains[i]}
                                                                                         << 16);
}

TEST_CASE("numbers that are not finite are loaded, and a warning names the tensor") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    auto net = numbered<Xor>();
    net.layer<1>().weight(0, 2) = math::not_a_number<float>();
    save(net, path);
    Xor loaded;
    CHECK(load(loaded, path).warning == "1.weight: wanted finite numbers, found 1 that is not, number 2");
    CHECK(math::is_nan(loaded.layer<1>().weight(0, 2)));
    CHECK(loaded.layer<0>().weight(2, 1) == net.layer<0>().weight(2, 1));
    net.layer<1>().weight(0, 1) = -math::infinite<float>();
    save(net, path);
    CHECK(load(loaded, path).warning ==
          "1.weight: wanted finite numbers, found 2 that are not, the first of them number 1");
}

TEST_CASE("a file may number layers as torch.nn.Sequential, and count batches") {
    const std::vector<TestTensor> tensors{{"0.weight", "F32", "[3,2]", bytes_of<float>({1, 2, 3, 4, 5, 6})},
                                          {"0.bias", "F32", "[3]", bytes_of<float>({7, 8, 9})},
                                          {"2.weight", "F32", "[1,3]", bytes_of<float>({10, 11, 12})},
                                          {"2.bias", "F32", "[1]", bytes_of<float>({13})}};
    const Folder folder;
    const Xor net = load<Xor>(folder.write("a", file_of(tensors)));
    CHECK(std::ranges::equal(net.parameters(), std::array{1, 3, 5, 2, 4, 6, 7, 8, 9, 10, 11, 12, 13}));
    auto missing = tensors;
    missing.pop_back();
    CHECK(error_of<Xor>(file_of(missing)) == "2.bias: wanted a tensor of shape [1], found none of this name");

    using Norm = Net<BatchNorm<Shape<1>>>;
    const std::string one = bytes_of<float>({1});
    const std::vector<TestTensor> norm{{"0.bias", "F32", "[1]", one},
                                       {"0.num_batches_tracked", "I64", "[]", std::string(8, '\1')},
                                       {"0.running_mean", "F32", "[1]", one},
                                       {"0.running_var", "F32", "[1]", one},
                                       {"0.weight", "F32", "[1]", one}};
    CHECK(load<Norm>(folder.write("a", file_of(norm))).parameters()[3] == 1);
}

TEST_CASE("names may be mapped, by tensor, by layer and for the whole net") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    using Nested = Net<Dense<2, 3, Relu>, Net<Dense<3, 3, Tanh>, Dense<3, 1>>>;
    const auto net = numbered<Nested>();
    const std::vector<Renamed> names{{"", "model"}, {"0", "fc1"}, {"1.1", "head"}, {"1.0.bias", "b\"\n"}};
    for (const Numbering by : {Numbering::layers, Numbering::sequential}) {
        save(net, path, {.numbering = by, .names = names});
        CHECK(same(load<Nested>(path, {.names = names}), net));
        const std::string text = detail::read_bytes(path);
        CHECK(text.find("\"fc1.weight\"") != text.npos);
        CHECK(text.find("\"head.bias\"") != text.npos);
        CHECK(text.find(by == Numbering::layers ? "\"model.1.0.weight\"" : "\"model.2.0.weight\"") !=
              text.npos);
        CHECK(message_of([&] { load<Nested>(path); }).find("wanted only tensors of the net") !=
              std::string::npos);
    }
    CHECK(message_of([&] { save(net, path, {.names = {{"0", "1.0"}}}); }) ==
          path.string() + ", 1.0.weight: wanted one tensor of this name, found two");
    CHECK(message_of([&] { load<Nested>(path, {.names = {{"7", "a"}}}); }) ==
          path.string() + ", names: wanted a tensor or a layer of the net, found \"7\"");
    CHECK(error_of<Line>(file_of({{"weight", "F32", "[1,2]", bytes_of<float>({1, 2})},
                                  {"\\u0062i\\u0061s", "F32", "[1]", bytes_of<float>({3})}}),
                         {.names = {{"0", ""}}}) == "no error");
}

TEST_CASE("a global pool is two modules of torch.nn.Sequential") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    using Image = Shape<2, 3, 3>;
    const auto names_of = [&]<class Pool>(std::type_identity<Pool>, Numbering by) {
        save(numbered<Net<Pool, Dense<2, 1>>>(), path, {.numbering = by});
        return detail::read_bytes(path);
    };
    const std::type_identity<GlobalMaxPool<Image>> maxima;
    CHECK(names_of(maxima, Numbering::sequential).find("\"2.weight\"") != std::string::npos);
    CHECK(names_of(maxima, Numbering::layers).find("\"1.weight\"") != std::string::npos);
    CHECK(names_of(std::type_identity<GlobalAveragePool<Image>>{}, Numbering::sequential)
              .find("\"2.weight\"") != std::string::npos);
}

TEST_CASE("a tensor that does not fit is refused, and the net does not change") {
    const std::string one = bytes_of<float>({1}), two = bytes_of<float>({1, 2});
    CHECK(error_of<Line>(file_of(line())) == "no error");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[2,1]", two}, {"0.bias", "F32", "[1]", one}})) ==
          "0.weight: wanted shape [1, 2], found [2, 1]");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[2]", two}, {"0.bias", "F32", "[1]", one}})) ==
          "0.weight: wanted shape [1, 2], found [2]");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[1,2]", two}})) ==
          "0.bias: wanted a tensor of shape [1], found none of this name");
    CHECK(error_of<Line>(file_of({{"0.weight", "I32", "[1,2]", two}, {"0.bias", "F32", "[1]", one}})) ==
          "0.weight: wanted F32, F64, F16 or BF16, found I32");
    CHECK(error_of<Line>(file_of({{"0.weight", "Q4", "[1,2]", two}})) ==
          "0.weight: wanted a number format of safetensors such as F32, found \"Q4\"");
    auto more = line();
    more.push_back({"other name", "F32", "[1]", one});
    CHECK(error_of<Line>(file_of(more)) ==
          "\"other name\": wanted only tensors of the net, and x and y, found this one; .names "
          "tells what layers are called in the file");
    CHECK(error_of<Line>(file_of(more), {.strict = false}) == "no error");
    more = line();
    more.push_back(more[1]);
    CHECK(error_of<Line>(file_of(more)) == "0.bias: wanted one tensor of this name, found two");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[1,2]", one}})) ==
          "0.weight: wanted 8 bytes for F32 of shape [1, 2], found 4");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[4294967296,4294967296,2]", two}})) ==
          "0.weight: wanted a shape of less than 2^61 numbers, found [4294967296, 4294967296, 2]");
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[18446744073709551616]", two}}))
              .find("wanted a whole number below 2^64, found \"6\"") != std::string::npos);
    CHECK(error_of<Line>(file_of({{"0.weight", "F32", "[1,1,1,1,1,1,1,1,2]", two}})) ==
          "0.weight: wanted shape [1, 2], found [1, 1, 1, 1, 1, 1, 1, 1, ...]");
}

TEST_CASE("a header that is no safetensors is refused in a sentence") {
    const auto entry = [](const std::string& offsets) {
        return "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":" + offsets +
               "},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    };
    const std::string data(12, '\0');
    CHECK(error_of<Line>(with_header(entry("[0,8]"), data)) == "no error");
    CHECK(error_of<Line>(with_header(entry("[0,8]") + " \n", data)) == "no error");
    CHECK(error_of<Line>(with_header(entry("[4,12]"), data)) ==
          "wanted tensors that follow one another and fill the 12 bytes of data, found gaps, or bytes of two "
          "tensors");
    CHECK(error_of<Line>(with_header(entry("[0,8]"), data + "+")).find("found gaps") != std::string::npos);
    CHECK(error_of<Line>(with_header(entry("[12,20]"), data)) ==
          "0.weight: wanted bytes within the 12 bytes of data, found [12, 20]");
    CHECK(error_of<Line>(with_header(entry("[8,0]"), data)) ==
          "0.weight: wanted bytes within the 12 bytes of data, found [8, 0]");
    CHECK(error_of<Line>(with_header(entry("[18446744073709551608,18446744073709551615]"), data)) ==
          "0.weight: wanted bytes within the 12 bytes of data, found [18446744073709551608, "
          "18446744073709551615]");
    CHECK(error_of<Line>(with_header(entry("[0,8,9]"), data)).find("wanted two whole numbers") !=
          std::string::npos);
    CHECK(error_of<Line>(with_header(entry("[00,8]"), data)).find("wanted two whole numbers") !=
          std::string::npos);
    CHECK(error_of<Line>(with_header(entry("[0.0,8]"), data)).find("wanted two whole numbers") !=
          std::string::npos);
    CHECK(error_of<Line>(with_header(entry("[0,8]") + "x", data))
              .find("wanted the end of the header, found \"x\"") != std::string::npos);
    CHECK(error_of<Line>(with_header(" " + entry("[0,8]"), data)) == "header, byte 0: wanted {, found \" \"");
    CHECK(error_of<Line>("") == "wanted a safetensors file, which has at least 8 bytes, found 0");
    CHECK(error_of<Line>(std::string(8, '\xff')) ==
          "wanted a header of at most 0 bytes, found that it has 18446744073709551615");
    CHECK(error_of<Line>("PK\3\4 a zip file, as PyTorch writes") ==
          "wanted a safetensors file, found another format");
    CHECK(error_of<Line>(std::string(8, '\0')) == "header, byte 0: wanted {, found its end");
    CHECK(error_of<Line>(with_header("{", "")) == "header, byte 1: wanted a name in quotes, found its end");
    CHECK(error_of<Line>(with_header("{\"a\"}", "")) == "header, byte 4: wanted : and {, found \"}\"");
    CHECK(error_of<Line>(with_header("{\"a\":{}}", "")) ==
          "a: wanted dtype, shape and data_offsets, found no dtype");
    CHECK(error_of<Line>(with_header("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "")) ==
          "a: wanted dtype, shape and data_offsets, each once, found \"dtype\"");
    CHECK(error_of<Line>(with_header("{\"a\":{\"more\":1}}", "")) ==
          "a: wanted dtype, shape and data_offsets, each once, found \"more\"");
    CHECK(error_of<Line>(with_header("{\"a\":{\"shape\":[[[[", "")).find("wanted a whole number") !=
          std::string::npos);
    for (const char* text : {"{\"\x80\":{", "{\"\xed\xa0\x80\":{", "{\"\\x\":{", "{\"\\ud800\":{",
                             "{\"\n\":{", "{\"\\ud800\\u0041\":{", "{\"\\u12\":{", "{\"a"})
        CHECK(error_of<Line>(with_header(text, "")).find("wanted a name in quotes") != std::string::npos);
    CHECK(error_of<Line>(with_header("{\"__metadata__\":{},\"__metadata__\":{}}", "")) ==
          "__metadata__: wanted one, found two");
    CHECK(error_of<Line>(with_header("{\"__metadata__\":{\"a\":1}}", ""))
              .find("wanted a colon and text in quotes, found \"1\"") != std::string::npos);
}

TEST_CASE("a deep or a huge header is refused at once") {
    CHECK(error_of<Line>(with_header("{\"a\":" + std::string(1'000'000, '['), "")).find("wanted : and {") !=
          std::string::npos);
    std::string many = "{";
    for (int i = 0; i < 200'000; ++i)
        many += "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},";
    CHECK(error_of<Line>(with_header(many + "\"0.bias\":1}", ""), {.strict = false}).find("wanted : and {") !=
          std::string::npos);
}

TEST_CASE("a file of tenon states its net, version and checksum, and a changed one is refused") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    const auto net = numbered<Xor>();
    save(net, path);
    const std::string bytes = detail::read_bytes(path);
    CHECK(bytes.find("\"tenon.net\":\"Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>\"") != bytes.npos);
    CHECK(bytes.find("\"tenon.version\":\"" TENON_VERSION "\"") != bytes.npos);
    CHECK(bytes.find("\"format\":\"pt\"") != bytes.npos);
    CHECK(bytes.find("{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}") != bytes.npos);
    CHECK((bytes.size() - 13 * 4) % 8 == 0);

    using Other = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Tanh>>;
    CHECK(error_of<Other>(bytes) ==
          "the net's type, layer 2: wanted Dense<3, 1, Tanh>, found Dense<3, 1, Sigmoid>");
    CHECK(error_of<Other>(bytes, {.check_type = false}) == "no error");
    CHECK(error_of<Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>, Activate<Shape<1>, Tanh>>>(bytes) ==
          "the net's type, layer 3: wanted Activate<Shape<1>, Tanh>, found no such layer");
    CHECK(error_of<Net<Frozen<Dense<2, 3, Sigmoid>>, Dense<3, 1, Sigmoid>>>(bytes) == "no error");
    std::string with_control_character = bytes;
    with_control_character[bytes.find("Sigmoid") + 4] = '\x7f';
    CHECK(error_of<Xor>(with_control_character) ==
          "the net's type, layer 1: wanted Dense<2, 3, Sigmoid>, found Dense<2, 3, Sigm\\x7fid>");
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            if (parse_safetensors<Xor>(changed)) FAIL("bit " << bit << " of byte " << i);
        }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        if (parse_safetensors<Xor>(bytes.substr(0, size))) FAIL("cut after " << size << " bytes");
    const auto replaced = [&](const std::string& from, const std::string& to) {
        std::string text = bytes;
        return text.replace(text.find(from), from.size(), to);
    };
    CHECK(error_of<Xor>(replaced("\"0.1.0\"", "\"0.9.0\"")) ==
          "__metadata__, tenon.checksum: wanted the checksum of the bytes, found another: the bytes have "
          "changed "
          "since they were written");
    CHECK(
        error_of<Xor>(replaced("tenon.checksum", "tenon_checksum")) ==
        "__metadata__: wanted tenon.net, tenon.version and tenon.checksum, or none of them, found only some");
    CHECK(error_of<Line>(file_of(line(),
                                 "\"__metadata__\":{\"tenon.net\":\"Net<Dense<2, 1>>\",\"tenon.version\":"
                                 "\"9\",\"tenon.checksum\":\"12\"}")) ==
          "__metadata__, tenon.checksum: wanted 16 hexadecimal digits, found \"12\"");
    CHECK(error_of<Line>(file_of(line(), "\"__metadata__\":{\"tenon.net\":\"a\",\"tenon.net\":\"a\"}")) ==
          "__metadata__, tenon.net: wanted one, found two");
    CHECK(error_of<Line>(file_of(line(), "\"__metadata__\":{\"format\":\"pt\"}")) == "no error");
}

TEST_CASE("a file may contain its own test") {
    const Folder folder;
    const auto path = folder.path() / "net.safetensors";
    const auto net = numbered<Xor>();
    const std::vector<Xor::Input> xs{{0, 1}, {1, 1}, {0.5f, -1}};
    save(net, path, {.x = xs});
    CHECK(verify(load<Xor>(path), path) == 0);
    std::vector<Xor::Output> ys(3);
    net(xs, ys);
    ys[1][0] += 0.25f;
    save(net, path, {.x = xs, .y = ys});
    CHECK(verify(load<Xor>(path), path) == Approx(0.25).margin(1e-6));
    const auto wide = load<NetOf<double, Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>>(path);
    CHECK(verify(wide, path) == Approx(0.25).margin(1e-6));
    ys[0][0] = math::not_a_number<float>();
    save(net, path, {.x = xs, .y = ys});
    CHECK(math::is_nan(verify(net, path)));
    CHECK(message_of([&] { save(net, path, {.x = xs, .y = std::span{ys}.first(2)}); }) ==
          path.string() + ": wanted as many y as x, found 3 x and 2 y");

    const auto verify_error = [&](const std::vector<TestTensor>& vectors) {
        const auto file = folder.write("a", file_of(vectors));
        const std::string message = message_of([&] { verify(Line{}, file); });
        return message.starts_with(file.string()) ? message.substr(file.string().size()) : message;
    };
    const std::string one = bytes_of<float>({1}), two = bytes_of<float>({1, 2});
    CHECK(verify_error({{"x", "F32", "[1,2]", two}, {"y", "F32", "[1,1]", one}}) == "no error");
    CHECK(verify_error({{"x", "F32", "[1,2]", two}}) ==
          ", wanted test vectors in tensors x and y, found no y");
    CHECK(verify_error({{"x", "F32", "[2,1]", two}}) == ", x: wanted shape [samples, 2], found [2, 1]");
    CHECK(verify_error({{"x", "I32", "[1,2]", two}}) == ", x: wanted F32, F64, F16 or BF16, found I32");
    CHECK(verify_error({{"x", "F32", "[1,2]", two}, {"y", "F32", "[1,2]", two}}) ==
          ", y: wanted shape [samples, 1], found [1, 2]");
    CHECK(verify_error({{"x", "F32", "[1,2]", two}, {"y", "F32", "[2,1]", two}}) ==
          ", wanted as many y as x, found 1 x and 2 y");
    CHECK(verify_error({{"x", "F32", "[0,2]", ""}, {"y", "F32", "[0,1]", ""}}) ==
          ", x: wanted at least one sample, found none");
}

TEST_CASE("a net with cells is saved with PyTorch's names, and tested over a stream") {
    const Folder folder;
    const auto path = folder.path() / "amp.safetensors";
    using Amp = Net<LSTM<1, 17>, GRU<17, 3>, GRU<3, 2, ResetBefore>, Dense<2, 1>>;
    const auto net = numbered<Amp>();
    save(net, path, {.x = std::vector<Amp::Input>{{1}, {-1}, {0.5f}}});
    const auto loaded = load<Amp>(path);
    CHECK(same(loaded, net));
    CHECK(verify(loaded, path) == 0);
}

TEST_CASE("files of the safetensors package are read, and it reads those of tenon") {
    const auto script = std::filesystem::path{__FILE__}.parent_path() / "safetensors_package";
    const Folder folder;
    using Small = Net<Dense<3, 4, Tanh, false>, BatchNorm<Shape<4>>,
                      Net<Dense<4, 2, Relu>, LayerNorm<Shape<2>>>, Dense<2, 1>>;
    const auto net = numbered<Small>();
    std::vector<Small::Input> xs{{1, 2, 3}, {-1, 0.5f, 2}};
    save(net, folder.path() / "from_tenon.safetensors", {.x = xs});
    const int status = std::system(("'" + script.string() + "' '" + folder.path().string() + "'").c_str());
    if (status == 77 << 8) {
        WARN("skipped: files of the safetensors package, which cannot be installed from PyPI");
        return;
    }
    REQUIRE(status == 0); // the package reads tenon's file, and finds names, shapes and values
    for (const char* name : {"F32", "F64", "F16", "sequential"}) {
        INFO(name);
        const auto path = folder.path() / (std::string{name} + ".safetensors");
        Small loaded;
        CHECK(load(loaded, path).warning.empty());
        // small whole numbers, which every format holds: the script's tensor t has t + 1, t + 2, ...
        CHECK(loaded.layer<0>().weight(1, 2) == 6);
        CHECK(loaded.layer<1>().tensor("weight", 0) == 2);
        CHECK(loaded.layer<1>().tensor("running_var", 3) == 8);
        CHECK(loaded.layer<2>().layer<0>().weight(1, 0) == 10);
        CHECK(loaded.layer<2>().layer<1>().tensor("bias", 1) == 10);
        CHECK(loaded.layer<3>().bias(0) == 11);
        CHECK(verify(loaded, path) >= 0);
    }
}
