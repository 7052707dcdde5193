// to_bytes, parse_safetensors, verify and fingerprint: without files, and in constant expressions.
#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;
using Other = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Tanh>>;
using Larger = Net<Dense<2, 3, Sigmoid>, Dense<3, 2, Sigmoid>>;
using Wide = NetOf<double, Dense<2, 2, Tanh, false>, Dense<2, 1>>;

template <class Net> constexpr Net numbered() {
    Net net;
    initialize(net, 42);
    return net;
}
template <class B, std::size_t Size>
constexpr std::array<B, Size> as(const std::array<std::byte, Size>& bytes) {
    std::array<B, Size> result{};
    for (std::size_t i = 0; i < Size; ++i) result[i] = static_cast<B>(bytes[i]);
    return result;
}

constexpr auto bytes = to_bytes(numbered<Xor>());
constexpr auto as_unsigned = as<unsigned char>(bytes);
constexpr auto as_char = as<char>(bytes);
static_assert(bytes.size() == bytes_size<Xor> && bytes.size() % 4 == 0);

// By the compiler, whatever the bytes' type is
static_assert(parse_safetensors<Xor>(bytes) && parse_safetensors<Xor>(as_unsigned) &&
              parse_safetensors<Xor>(as_char) && parse_safetensors<Xor>(std::span{bytes}));
constexpr Xor net = parse_safetensors<Xor, as_unsigned>();
static_assert(checksum(net) == checksum(numbered<Xor>()));
static_assert(parse_safetensors<Xor>(bytes).value().parameters()[4] == net.parameters()[4]);
constexpr auto misfit_error = parse_safetensors<Larger>(bytes);
static_assert(!misfit_error && misfit_error.error == "1.weight: wanted shape [2, 3], found [1, 3]");
static_assert(std::is_trivially_copyable_v<ParsedNet<Xor>>);

static_assert(fingerprint<Xor>() ==
              fingerprint<NetOf<double, Frozen<Dense<2, 3, Sigmoid>>, Dense<3, 1, Sigmoid>>>());
static_assert(fingerprint<Xor>() != fingerprint<Other>() && fingerprint<Xor>() != fingerprint<Larger>());

} // namespace

TEST_CASE("a net becomes bytes and a net again, at any address") {
    std::array<unsigned char, bytes_size<Wide> + 1> buffer{};
    const auto shifted = std::span{buffer}.subspan<1>(); // at an odd address
    const Wide wide = numbered<Wide>();
    CHECK(to_bytes(wide, shifted) == bytes_size<Wide>);
    const auto parsed = parse_safetensors<Wide>(shifted);
    CHECK(parsed);
    CHECK(parsed.warning.empty());
    CHECK(checksum(parsed.net) == checksum(wide));
    CHECK(as_unsigned == as<unsigned char>(to_bytes(net))); // the same bytes by the compiler and at run time
    // Numbers are little-endian everywhere: the last is the bias of the last layer.
    std::array<unsigned char, 4> last{};
    for (std::size_t i = 0; i < 4; ++i) last[i] = as_unsigned[as_unsigned.size() - 4 + i];
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(net.layer<1>().bias(0));
    for (std::size_t i = 0; i < 4; ++i) CHECK(last[i] == (bits >> (8 * i) & 255));
}

TEST_CASE("a span without a static size that is too small is left as it is") {
    std::array<std::byte, bytes_size<Xor>> buffer{};
    CHECK(to_bytes(net, std::span<std::byte>{buffer}.first(buffer.size() - 1)) == 0);
    CHECK(buffer == std::array<std::byte, bytes_size<Xor>>{});
    CHECK(to_bytes(net, std::span<std::byte>{buffer}) == buffer.size());
    CHECK(buffer == bytes);
}

TEST_CASE("another activation, another size and every flipped bit are refused") {
    CHECK(parse_safetensors<Other>(bytes).error ==
          "the net's type, layer 2: wanted Dense<3, 1, Tanh>, found Dense<3, 1, Sigmoid>");
    CHECK(parse_safetensors<Larger>(bytes).error == misfit_error.error);
    CHECK(parse_safetensors<Other>(bytes, {.check_type = false}));
    const auto wide_bytes = to_bytes(numbered<Wide>());
    for (std::size_t i = 0; i < wide_bytes.size(); ++i)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = wide_bytes;
            changed[i] ^= std::byte{1} << bit;
            const auto parsed = parse_safetensors<Wide>(changed);
            if (parsed || parsed.error.empty()) FAIL("bit " << bit << " of byte " << i);
        }
}

TEST_CASE("a net is compared with test vectors, also by the compiler") {
    static constexpr std::array<Xor::Input, 2> xs{{{0, 1}, {1, 1}}};
    static constexpr std::array<Xor::Output, 2> ys{net(xs[0]), net(xs[1])};
    static_assert(verify(net, xs, ys) == 0);
    auto shifted = ys;
    shifted[1][0] += 0.5f;
    CHECK(verify(net, xs, shifted) == Approx(0.5).margin(1e-5));
    CHECK(math::is_nan(verify(net, xs, std::span{shifted}.first(1))));
    CHECK(math::is_nan(verify(net, {}, {})));
    CHECK(verify_bytes(net, bytes).error == "wanted test vectors in tensors x and y, found no x");
}

TEST_CASE("a long message is cut") {
    Message message;
    CHECK(message.empty());
    for (int i = 0; i < 100; ++i) message("0123456789");
    CHECK(message.size() == 399);
    CHECK(message.view().ends_with("345..."));
    CHECK(std::string_view{message.c_str()} == message.view());
    Message quoted;
    quoted.quote(std::string_view{"a\n\x7f"});
    CHECK(quoted == "\"a\\x0a\\x7f\"");
}

namespace {

using Recurrent = Net<LSTM<1, 1>, GRU<1, 2>, Net<RNN<2, 17>>, GRU<17, 17, ResetBefore>>;
constexpr Recurrent recurrent = numbered<Recurrent>();
constexpr auto recurrent_bytes = to_bytes(recurrent);
static_assert(parse_safetensors<Recurrent>(recurrent_bytes).value().parameters()[3] ==
              recurrent.parameters()[3]);

/// What PyTorch saves of an LSTM(1, 1): the numbers 1 to 16, of which the last four are the second bias.
std::vector<char> lstm_of_pytorch(std::string_view second_bias) {
    std::string header = R"({"0.weight_ih_l0":{"dtype":"F32","shape":[4,1],"data_offsets":[0,16]},)"
                         R"("0.weight_hh_l0":{"dtype":"F32","shape":[4,1],"data_offsets":[16,32]},)"
                         R"("0.bias_ih_l0":{"dtype":"F32","shape":[4],"data_offsets":[32,48]},")";
    header += std::string{second_bias} + R"(":{"dtype":"F32","shape":[4],"data_offsets":[48,64]}})";
    std::vector<char> file(8);
    file[0] = static_cast<char>(header.size() & 255);
    file[1] = static_cast<char>(header.size() >> 8);
    file.insert(file.end(), header.begin(), header.end());
    for (int i = 1; i <= 16; ++i) {
        const auto number = std::bit_cast<std::array<char, 4>>(static_cast<float>(i));
        file.insert(file.end(), number.begin(), number.end());
    }
    return file;
}

} // namespace

TEST_CASE("a cell's tensors have PyTorch's names and order; its two biases are read as their sum") {
    const auto parsed = parse_safetensors<Net<LSTM<1, 1>>>(lstm_of_pytorch("0.bias_hh_l0"));
    REQUIRE(parsed);
    const auto lstm = parsed.value().layer<0>();
    CHECK(lstm.tensor("weight_ih_l0", 2, 0) == 3);
    CHECK(lstm.tensor("weight_hh_l0", 0, 0) == 5);
    CHECK(lstm.tensor("bias_ih_l0", 3) == 12 + 16);
    CHECK(parse_safetensors<Net<LSTM<1, 1>>>(lstm_of_pytorch("0.bias_xx_l0")).error ==
          "0.bias_xx_l0: wanted only tensors of the net, and x and y, found this one; .names tells what "
          "layers are "
          "called in the file");

    const std::string_view text{reinterpret_cast<const char*>(recurrent_bytes.data()),
                                recurrent_bytes.size()};
    for (const char* name : {"0.bias_hh_l0\":{\"dtype\":\"F32\",\"shape\":[4]", "1.bias_hh_l0\":",
                             "2.0.bias_hh_l0\":", "3.bias_hh_l0\":{\"dtype\":\"F32\",\"shape\":[51]",
                             "2.0.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[17,17]"})
        CHECK(text.find(name) != text.npos);
    // Over time, the layers are one level deeper.
    Unrolled<Recurrent, 3> over_time;
    const std::array names{Renamed{"0", ""}};
    CHECK(read_tensors(recurrent_bytes, over_time, {.names = names, .check_type = false}).error == "");
    CHECK(std::ranges::equal(over_time.parameters(), recurrent.parameters()));
}

TEST_CASE("test vectors of a net with cells are steps of one stream") {
    std::vector<Recurrent::Input> xs{{1}, {-2}, {0.5f}};
    std::vector<Recurrent::Output> ys;
    State<Recurrent> state;
    for (const auto& x : xs) ys.push_back(recurrent.step(state, x));
    CHECK(verify(recurrent, xs, ys) == 0);
    std::swap(xs[0], xs[1]);
    CHECK(verify(recurrent, xs, ys) > 0);
}
