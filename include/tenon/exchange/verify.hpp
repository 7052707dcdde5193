// verify: a net against test vectors, given or in a safetensors file in memory.
#pragma once

#include <tenon/cells/state.hpp>
#include <tenon/exchange/read_tensors.hpp>
#include <tenon/exchange/safetensors_file.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The outputs of a net for one input after another; if it has state, they are steps of one stream.
template <class Net> class OutputsInOrder {
    const Net& net_;
    std::conditional_t<(Net::state_count > 0), State<Net>, NoView> state_{};

public:
    constexpr explicit OutputsInOrder(const Net& net) noexcept : net_(net) {}
    constexpr typename Net::Output operator()(const typename Net::Input& x) noexcept {
        if constexpr (Net::state_count > 0) return net_.step(state_, x);
        else return net_(x);
    }
};

/// The largest |y - wanted|; NaN if one is NaN.
template <class Output> constexpr double largest_difference(const Output& y, const Output& wanted) noexcept {
    double largest = 0;
    for (std::size_t o = 0; o < y.size(); ++o) {
        const double difference = static_cast<double>(y[o]) - static_cast<double>(wanted[o]),
                     error = difference < 0 ? -difference : difference;
        if (math::is_nan(error)) return error;
        if (error > largest) largest = error;
    }
    return largest;
}

} // namespace detail

/// The largest |net(x) - y| over these inputs and wanted outputs; NaN if one is NaN, if there are no samples,
/// or if there are not as many ys as xs. Of a net with cells, xs are consecutive steps of a stream.
template <class T, class... Layers>
constexpr double verify(const NetOf<T, Layers...>& net,
                        std::span<const typename NetOf<T, Layers...>::Input> xs,
                        std::span<const typename NetOf<T, Layers...>::Output> ys) noexcept {
    if (xs.empty() || xs.size() != ys.size()) return math::not_a_number<double>();
    double largest = 0;
    detail::OutputsInOrder<NetOf<T, Layers...>> outputs{net};
    for (std::size_t s = 0; s < xs.size(); ++s) {
        const double error = detail::largest_difference(outputs(xs[s]), ys[s]);
        if (math::is_nan(error)) return error;
        if (error > largest) largest = error;
    }
    return largest;
}

/// What verify_bytes returns.
struct VerifyReport {
    double largest_error = 0; ///< of |net(x) - y|; NaN if one is NaN
    std::size_t samples = 0;
    Message error; ///< why the vectors could not be read; empty if all is well
    constexpr explicit operator bool() const noexcept { return error.empty(); }
};

namespace detail {

/// The test vectors of a file: tensors x and y, [samples, ...], of which each sample has the net's sizes.
template <class Net, class B> struct TestVectors {
    using T = typename Net::Scalar;
    SafetensorsFile<B> file;
    TensorEntry<B> x, y;
    bool has_x = false, has_y = false;

    constexpr explicit TestVectors(ByteText<B> bytes) noexcept : file(bytes) {
        TensorEntry<B> entry;
        while (file.next(entry)) {
            keep(entry, "x", x, has_x, Net::inputs);
            keep(entry, "y", y, has_y, Net::outputs);
        }
        if (!file.error.empty()) return;
        if (!has_x || !has_y)
            file.fail("wanted test vectors in tensors x and y, found no ", has_x ? "y" : "x");
        else if (x.shape[0] != y.shape[0])
            file.fail("wanted as many y as x, found ", static_cast<std::size_t>(x.shape[0]), " x and ",
                      static_cast<std::size_t>(y.shape[0]), " y");
        else if (x.shape[0] == 0) file.fail("x: wanted at least one sample, found none");
    }

    template <std::size_t Width>
    constexpr void read(const TensorEntry<B>& entry, std::size_t sample,
                        std::array<T, Width>& to) const noexcept {
        with_format(entry.format.format, [&]<NumberFormat F>() {
            const B* const first = file.data() + entry.begin + sample * Width * entry.format.size;
            for (std::size_t i = 0; i < Width; ++i) to[i] = read_number<F, T>(first + i * entry.format.size);
        });
    }

private:
    constexpr void keep(const TensorEntry<B>& entry, std::string_view name, TensorEntry<B>& to, bool& has,
                        std::size_t width) noexcept {
        if (!(entry.name == name) || !file.error.empty()) return;
        if (has) return file.fail_at(entry.name, "wanted one tensor of this name, found two");
        std::uint64_t values = 1;
        for (std::size_t axis = 1; axis < entry.rank && axis < entry.max_rank; ++axis)
            values *= entry.shape[axis];
        if (entry.rank == 0 || entry.rank > entry.max_rank || values != width) {
            file.fail_at(entry.name, "wanted shape [samples, ", width, "], found ");
            return entry.write_shape(file.error);
        }
        if (entry.format.format == NumberFormat::other)
            return file.fail_at(entry.name, "wanted F32, F64, F16 or BF16, found ", entry.format.name);
        to = entry;
        has = true;
    }
};

} // namespace detail

/// Evaluates the net for the test vectors x of a safetensors file in memory, and compares with its y.
template <class T, class... Layers, class Bytes>
    requires detail::ByteRange<Bytes>
constexpr VerifyReport verify_bytes(const NetOf<T, Layers...>& net, const Bytes& bytes) noexcept {
    using Net = NetOf<T, Layers...>;
    const auto text = detail::byte_text(bytes);
    const detail::TestVectors<Net, std::remove_cvref_t<decltype(*text.bytes)>> vectors{text};
    VerifyReport report;
    report.error = vectors.file.error;
    if (!report.error.empty()) return report;
    report.samples = static_cast<std::size_t>(vectors.x.shape[0]);
    detail::OutputsInOrder<Net> outputs{net};
    for (std::size_t s = 0; s < report.samples; ++s) {
        typename Net::Input x{};
        typename Net::Output y{};
        vectors.read(vectors.x, s, x);
        vectors.read(vectors.y, s, y);
        const double error = detail::largest_difference(outputs(x), y);
        if (!(error <= report.largest_error)) report.largest_error = error;
        if (math::is_nan(error)) break;
    }
    return report;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
