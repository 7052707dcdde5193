// Sentences about layers that move a window over an image, or resize it.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <std::size_t... N> struct kernel;
template <std::size_t... N> struct stride;
template <std::size_t... N> struct padding;
template <std::size_t... N> struct but_input;
template <std::size_t... N> struct but_padded_input;
template <std::size_t... N> struct but_kernel;
template <std::size_t... N> struct but_windows_end_at;
template <std::size_t... N> struct factor;

// The numbers of a sentence are those of one axis, or of both.
template <std::size_t... K, std::size_t... N>
inline constexpr bool fits<kernel<K...>, but_padded_input<N...>> = ((K <= N) && ...);
template <std::size_t... P, std::size_t... K>
inline constexpr bool fits<padding<P...>, but_kernel<K...>> = ((2 * P <= K) && ...);
template <std::size_t... N, std::size_t... E>
inline constexpr bool fits<takes<N...>, but_windows_end_at<E...>> = ((N == E) && ...);
template <std::size_t... N> inline constexpr bool fits<kernel<N...>> = ((N > 0) && ...);
template <std::size_t... N> inline constexpr bool fits<stride<N...>> = ((N > 0) && ...);
template <std::size_t... N> inline constexpr bool fits<factor<N...>> = ((N > 0) && ...);

template <class Kernel, class Input> struct kernel_exceeds_input {
    static consteval bool passes() {
        static_assert(fits<Kernel, Input>, "a kernel must not be larger than the input with its padding");
        return true;
    }
};

template <class Padding, class Kernel> struct padding_exceeds_kernel {
    static consteval bool passes() {
        static_assert(fits<Padding, Kernel>, "the padding of a pool must be at most half of its kernel");
        return true;
    }
};

template <class Input, class WindowsEnd> struct unused_values {
    static consteval bool passes() {
        static_assert(fits<Input, WindowsEnd>,
                      "the windows of a pool without a Stride must divide its input: write Stride<2, 2> if "
                      "the last values are not to be used, or CeilMode if they are");
        return true;
    }
};

template <class Numbers> struct window_without_values {
    static consteval bool passes() {
        static_assert(fits<Numbers>, "the numbers of Kernel, Stride and ScaleFactor are at least 1");
        return true;
    }
};

template <class Shape, class Found> struct numbers_for_axes {
    static consteval bool passes() {
        static_assert(fits<Shape, Found>,
                      "write one number for each axis: Shape<8, 24, 24> with Kernel<2, 2>, or Shape<2, 100> "
                      "with Kernel<2>");
        return true;
    }
};

template <class Found> struct unknown_pool_option {
    static consteval bool passes() {
        static_assert(fits<Found>, "the options of a pool are Stride, Padding and CeilMode, and, of "
                                   "AveragePool, ExcludePadding; write MaxPool<Shape, Kernel, options...>");
        return true;
    }
};

template <class Shape, class Found> struct padding_numbers {
    static consteval bool passes() {
        static_assert(fits<Shape, Found>,
                      "Pad takes Padding<rows, columns> or Padding<top, bottom, left, right>; of "
                      "Shape<channels, length>, Padding<positions> or Padding<left, right>");
        return true;
    }
};

template <class Padding, class Input> struct padding_exceeds_input {
    static consteval bool passes() {
        static_assert(fits<Padding, Input>,
                      "Reflect adds fewer rows and columns than the input has, and Circular at most as many");
        return true;
    }
};

template <class Found> struct repeated_pool_option {
    static consteval bool passes() {
        static_assert(fits<Found>, "a pool has at most one Stride and one Padding");
        return true;
    }
};

template <class Found> struct unknown_padding_mode {
    static consteval bool passes() {
        static_assert(fits<Found>, "the modes of Pad are Zeros, Reflect, Replicate and Circular");
        return true;
    }
};

template <class Found> struct unknown_upsampling {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "the options of Upsample are Nearest and Bilinear, and, of Bilinear, AlignCorners");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
