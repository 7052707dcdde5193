// A net to an array that is too small for its bytes.
// wanted: net_takes_bytes but_given
// rule: the span must hold bytes_size<Net> bytes
#include <tenon/tenon.hpp>

#include <array>
#include <cstddef>

using namespace tenon;

using N = Net<Dense<2, 1>>;

#ifdef MISFIT
constexpr std::size_t size = bytes_size<N> - 1;
#else
constexpr std::size_t size = bytes_size<N>;
#endif

int main() {
    std::array<std::byte, size> bytes;
    return to_bytes(N{}, bytes) == 0;
}
