// to_bytes, parse_safetensors, verify and fingerprint: without files, and in constant expressions.
#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

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
