// Where a kernel that slides along an axis of an image reads: sizes, and the elements that lie on the image.
#pragma once

#include <tenon/version.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Elements of a kernel along an axis: `count` of them, from element `kernel` on, of which the first reads
/// `position`.
struct Taps {
    std::size_t kernel, position, count;
};

constexpr std::size_t greatest_divisor(std::size_t a, std::size_t b) noexcept {
    while (b != 0) {
        const std::size_t remainder = a % b;
        a = b;
        b = remainder;
    }
    return a;
}

/// An axis of In positions with Before positions of padding before them and After behind, along which a
/// kernel of Kernel elements slides in steps of Stride. Element k of output o reads position
/// o * Stride + k * Dilation - Before, which is padding unless it is in [0, In). There are at most MaxOut
/// outputs.
template <std::size_t In, std::size_t Kernel, std::size_t Stride = 1, std::size_t Before = 0,
          std::size_t After = 0, std::size_t Dilation = 1, std::size_t MaxOut = std::size_t(-1)>
struct Axis {
    static constexpr std::size_t in = In, kernel = Kernel, stride = Stride, before = Before, after = After,
                                 dilation = Dilation;
    /// From the first to the last position that the kernel reads at once.
    static constexpr std::size_t span = (Kernel - 1) * Dilation + 1;
    static constexpr std::size_t padded_in = In + Before + After;
    static constexpr bool fits = span <= padded_in;
    /// As many steps as there is room for, as in PyTorch. Positions after the last step are not read.
    static constexpr std::size_t steps = fits ? (padded_in - span) / Stride + 1 : 1,
                                 out = steps < MaxOut ? steps : MaxOut;
    /// Whether an output reads padding.
    static constexpr bool clipped = Before > 0 || (out - 1) * Stride + span > Before + In;

    /// The elements of output o that are not padding; element k + 1 reads Dilation positions after element k.
    static constexpr Taps taps(std::size_t o) noexcept {
        const std::size_t begin = o * Stride;
        if constexpr (!clipped) return {0, begin, Kernel};
        const std::size_t first = begin >= Before ? 0 : (Before - begin + Dilation - 1) / Dilation,
                          available =
                              begin >= In + Before ? 0 : (In + Before - begin + Dilation - 1) / Dilation,
                          end = available < Kernel ? available : Kernel;
        if (first >= end) return {0, 0, 0};
        return {first, begin + first * Dilation - Before, end - first};
    }

    /// The outputs whose element k is not padding: from `first` to `end` - 1, if `first` < `end`; both are at
    /// most `out`.
    struct Outputs {
        std::size_t first, end;
    };
    static constexpr Outputs outputs(std::size_t k) noexcept {
        const std::size_t place = k * Dilation,
                          first = place >= Before ? 0 : (Before - place + Stride - 1) / Stride,
                          end = place >= In + Before ? 0 : (In + Before - place + Stride - 1) / Stride;
        return {first < out ? first : out, end < out ? end : out};
    }

    // The adjoint: which outputs read position p. Their elements are `adjoint_kernel_step` apart; each reads
    // p for an output that is `adjoint_step` before that of the one before it.
    static constexpr std::size_t adjoint_kernel_step = Stride / greatest_divisor(Stride, Dilation),
                                 adjoint_step = Dilation / greatest_divisor(Stride, Dilation);

    /// The elements that read position p for an output; `position` is the output of the first.
    static constexpr Taps adjoint_taps(std::size_t p) noexcept {
        const std::size_t place = p + Before;
        std::size_t k = 0;
        if constexpr (Stride > 1)
            while (k < adjoint_kernel_step && (place < k * Dilation || (place - k * Dilation) % Stride != 0))
                ++k;
        if (k >= Kernel || k >= adjoint_kernel_step || place < k * Dilation) return {0, 0, 0};
        std::size_t o = (place - k * Dilation) / Stride;
        if (o >= out) {
            const std::size_t skipped = (o - out) / adjoint_step + 1;
            k += skipped * adjoint_kernel_step;
            if (k >= Kernel || o < skipped * adjoint_step) return {0, 0, 0};
            o -= skipped * adjoint_step;
        }
        const std::size_t in_kernel = (Kernel - 1 - k) / adjoint_kernel_step + 1,
                          in_outputs = o / adjoint_step + 1;
        return {k, o, in_kernel < in_outputs ? in_kernel : in_outputs};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
