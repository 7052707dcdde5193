// Statistics: the sums over a minibatch that layers such as BatchNorm collect during training.
#pragma once

#include <tenon/simd/strict.hpp>
#include <tenon/train/trained_ranges.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The statistics of a step. Layers that have `settle` sum them in the gradient of parameters that are not
/// trained, so that blocks and threads add them up like gradients. `take` moves them out of the gradient and
/// leaves zeros there; after the update, `settle` gives them to the layers.
template <class Layers, class T, bool Any = Layers::any_statistics> class Statistics {
public:
    /// Adds to the statistics taken before if `add`. Returns whether all statistics are finite.
    constexpr bool take(T* gradient, bool add = false) noexcept {
        bool finite = true;
        for_each_untrained<Layers>([&](std::size_t p) {
            sums_[p] = add ? sums_[p] + gradient[p] : gradient[p];
            gradient[p] = 0;
            if (!math::is_finite(sums_[p])) finite = false;
        });
        return finite;
    }
    constexpr void settle(T* parameters, std::size_t samples) const noexcept {
        Layers::settle(parameters, sums_, samples);
    }
    constexpr const T* sums() const noexcept { return sums_; }

private:
    T sums_[Layers::parameter_count] = {};
};
template <class Layers, class T> class Statistics<Layers, T, false> {
public:
    constexpr bool take(T*, bool = false) noexcept { return true; }
    constexpr void settle(T*, std::size_t) const noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
