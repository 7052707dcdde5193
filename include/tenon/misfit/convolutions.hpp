// Sentences about convolutions and their options.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <std::size_t... N> struct kernel_spans;
template <std::size_t... N> struct but_padded_input;
template <std::size_t N> struct groups;
template <std::size_t N> struct takes_channels;
template <std::size_t N> struct gives_channels;

// The numbers are those of one axis, or of both.
template <std::size_t... N, std::size_t... M>
inline constexpr bool fits<kernel_spans<N...>, but_padded_input<M...>> = ((N <= M) && ...);
template <std::size_t N, std::size_t In, std::size_t Out>
inline constexpr bool fits<groups<N>, takes_channels<In>, gives_channels<Out>> = In % N == 0 && Out % N == 0;

template <class Shape> struct not_an_image {
    static consteval bool passes() {
        static_assert(fits<Shape>, "a layer in 2D takes Shape<channels, height, width>, and a layer in 1D "
                                   "Shape<channels, length>");
        return true;
    }
};

template <class Found> struct not_a_kernel {
    static consteval bool passes() {
        static_assert(fits<Found>, "after the shape and the number of output channels comes Kernel<height, "
                                   "width>, or, in 1D, Kernel<length>");
        return true;
    }
};

template <class Found> struct not_a_convolution_option {
    static consteval bool passes() {
        static_assert(fits<Found>, "the options of a convolution are Stride, Padding, Same, Valid, Dilation, "
                                   "Groups and NoBias, in addition to an activation");
        return true;
    }
};

template <class Found> struct not_a_transposed_option {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "the options of a transposed convolution are Stride, Padding, "
                      "OutputPadding, Dilation, Groups and NoBias, in addition to an activation");
        return true;
    }
};

template <class Found> struct repeated_option {
    static consteval bool passes() {
        static_assert(fits<Found>, "a convolution has at most one option of each kind, and of Padding, Same "
                                   "and Valid");
        return true;
    }
};

template <class Shape, class Found> struct option_without_axes {
    static consteval bool passes() {
        static_assert(fits<Shape, Found>,
                      "Kernel, Stride, Padding, OutputPadding and Dilation have one number "
                      "for each axis: Stride<2, 2>, or, in 1D, Stride<2>");
        return true;
    }
};

template <class Found> struct zero_option {
    static consteval bool passes() {
        static_assert(fits<Found>, "the numbers of Kernel, Stride, Dilation and Groups are at least 1");
        return true;
    }
};

template <class Spans, class Input> struct convolution_exceeds_input {
    static consteval bool passes() {
        static_assert(fits<Spans, Input>, "a kernel must not be larger than its input with padding; it spans "
                                          "(size - 1) * dilation + 1");
        return true;
    }
};

template <class Takes, class Found> struct padding_leaves_nothing {
    static consteval bool passes() {
        static_assert(fits<Takes, Found>,
                      "the padding of a transposed convolution is cut off from its output, "
                      "and must leave at least one value along each axis");
        return true;
    }
};

template <class Found> struct large_output_padding {
    static consteval bool passes() {
        static_assert(fits<Found>, "OutputPadding must be smaller than Stride or smaller than Dilation");
        return true;
    }
};

template <class Groups, class Takes, class Gives> struct groups_do_not_divide {
    static consteval bool passes() {
        static_assert(fits<Groups, Takes, Gives>,
                      "Groups must divide the number of channels that a layer takes and that it gives");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
