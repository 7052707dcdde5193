// needs: the compiler; -fno-math-errno
// Image networks in loops as an expert writes them by hand: of static size, images [row][column][channel]
// with their padding around them, innermost over output channels, several positions of a row at a time.
#include "by_hand.hpp"
#include "image_harness.hpp"

namespace {

using namespace bench;

/// Where an image is stored: with the padding of the layer that reads it, which stays zero.
struct Plane {
    Image image;
    std::size_t above = 0, left = 0, rows = 0, columns = 0;

    constexpr Plane(const PlacedLayer& reader)
        : image(reader.input), above(reader.rows().zeros_before()), left(reader.columns().zeros_before()),
          rows(image.height + reader.rows().zeros()), columns(image.width + reader.columns().zeros()) {}
    constexpr explicit Plane(Image last) : image(last), rows(last.height), columns(last.width) {}

    constexpr std::size_t size() const { return rows * columns * image.channels; }
    constexpr std::size_t at(std::size_t row, std::size_t column) const {
        return ((row + above) * columns + column + left) * image.channels;
    }
};

constexpr std::size_t divisor(std::size_t value, std::size_t most) {
    while (value % most != 0) --most;
    return most;
}

/// The weights as the loops read them, [kernel row][kernel column][in][out] of images.
std::vector<float> reordered(const PlacedLayer& layer, const float* w) {
    const std::size_t out = layer.biases(), taps = layer.kernel[0] * layer.kernel[1],
                      in = layer.fan_in() / taps;
    std::vector<float> to(layer.weights());
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t c = 0; c < in; ++c)
            for (std::size_t t = 0; t < taps; ++t) to[(t * in + c) * out + o] = w[(o * in + c) * taps + t];
    return to;
}

template <PlacedLayer L> void convolve(const float* x, const float* w, const float* b, float* y, Plane to) {
    constexpr Plane from{L};
    constexpr Image in = L.input, out = L.output();
    constexpr std::size_t width = divisor(out.channels, 16), positions = divisor(out.width, 5);
    constexpr bool each = L.kind == depthwise;
    for (std::size_t o = 0; o < out.channels; o += width)
        for (std::size_t row = 0; row < out.height; ++row)
            for (std::size_t column = 0; column < out.width; column += positions) {
                float sum[positions][width];
                for (auto& of_position : sum) std::copy_n(b + o, width, of_position);
                for (std::size_t i = 0; i < L.kernel[0]; ++i)
                    for (std::size_t j = 0; j < L.kernel[1]; ++j) {
                        const float* tap =
                            w + (i * L.kernel[1] + j) * (each ? 1 : in.channels) * out.channels + o;
                        const float* pixel =
                            x + ((row * L.stride + i) * from.columns + column * L.stride + j) * in.channels;
                        for (std::size_t c = 0; c < (each ? 1 : in.channels); ++c)
                            for (std::size_t p = 0; p < positions; ++p)
                                for (std::size_t n = 0; n < width; ++n)
                                    sum[p][n] += pixel[p * L.stride * in.channels + (each ? o + n : c)] *
                                                 tap[c * out.channels + n];
                    }
                for (std::size_t p = 0; p < positions; ++p)
                    for (std::size_t n = 0; n < width; ++n)
                        y[to.at(row, column + p) + o + n] =
                            L.activation == relu ? std::max(sum[p][n], 0.f) : sum[p][n];
            }
}

template <PlacedLayer L> void max_of_windows(const float* x, float* y, Plane to) {
    constexpr Plane from{L};
    constexpr Image out = L.output();
    for (std::size_t row = 0; row < out.height; ++row)
        for (std::size_t column = 0; column < out.width; ++column)
            for (std::size_t c = 0; c < out.channels; ++c) {
                float most = x[from.at(row * L.stride, column * L.stride) + c];
                for (std::size_t i = 0; i < L.kernel[0]; ++i)
                    for (std::size_t j = 0; j < L.kernel[1]; ++j)
                        most = std::max(most, x[from.at(row * L.stride + i, column * L.stride + j) + c]);
                y[to.at(row, column) + c] = most;
            }
}

struct Plain {
    static constexpr std::string_view name = "plain";

    template <const ImageNetwork& N> class One {
    public:
        explicit One(std::span<const float> start) {
            for (std::size_t index = 0; index < N.layers(); ++index) {
                const PlacedLayer layer = N.layer(index);
                const std::vector<float> ordered = reordered(layer, &start[N.weight(index)]);
                std::ranges::copy(ordered, p.begin() + static_cast<std::ptrdiff_t>(N.weight(index)));
                std::copy_n(start.data() + N.bias(index), layer.biases(), p.data() + N.bias(index));
            }
        }
        Output<N> operator()(const Input<N>& x) {
            constexpr Plane first{N.layer(0)};
            for (std::size_t c = 0; c < first.image.channels; ++c)
                for (std::size_t i = 0; i < first.image.height; ++i)
                    for (std::size_t j = 0; j < first.image.width; ++j)
                        values[0][first.at(i, j) + c] =
                            x[(c * first.image.height + i) * first.image.width + j];
            run<0>();
            constexpr Image last = N.layer(N.layers() - 1).output();
            const std::size_t positions = last.height * last.width;
            Output<N> y;
            for (std::size_t c = 0; c < last.channels; ++c)
                for (std::size_t i = 0; i < positions; ++i)
                    y[c * positions + i] = values[N.layers()][i * last.channels + c];
            return y;
        }

    private:
        static constexpr Plane plane(std::size_t index) {
            return index < N.layers() ? Plane{N.layer(index)} : Plane{N.layer(N.layers() - 1).output()};
        }

        template <std::size_t I> void run() {
            if constexpr (I < N.layers()) {
                constexpr PlacedLayer layer = N.layer(I);
                const float *x = values[I].data(), *w = p.data() + N.weight(I), *b = p.data() + N.bias(I);
                float* y = values[I + 1].data();
                constexpr std::size_t channels = layer.input.channels, out = layer.output().channels,
                                      positions = layer.input.height * layer.input.width;
                if constexpr (layer.kind == convolution || layer.kind == depthwise)
                    convolve<layer>(x, w, b, y, plane(I + 1));
                if constexpr (layer.kind == max_pool) max_of_windows<layer>(x, y, plane(I + 1));
                if constexpr (layer.kind == global_average) {
                    std::fill_n(y, channels, 0.f);
                    for (std::size_t i = 0; i < positions; ++i)
                        for (std::size_t c = 0; c < channels; ++c) y[c] += x[i * channels + c];
                    for (std::size_t c = 0; c < channels; ++c) y[c] /= positions;
                }
                if constexpr (layer.kind == flatten)
                    for (std::size_t c = 0; c < channels; ++c)
                        for (std::size_t i = 0; i < positions; ++i)
                            y[c * positions + i] = x[i * channels + c];
                if constexpr (layer.kind == dense) {
                    std::copy_n(b, out, y);
                    constexpr std::size_t terms = divisor(channels, 4);
                    for (std::size_t i = 0; i < channels; i += terms)
                        for (std::size_t o = 0; o < out; ++o) {
                            float sum = y[o];
                            for (std::size_t k = 0; k < terms; ++k) sum += x[i + k] * w[(i + k) * out + o];
                            y[o] = sum;
                        }
                    activate<layer.activation>({y, out});
                }
                run<I + 1>();
            }
        }

        static constexpr std::size_t largest = [] {
            std::size_t most = 0;
            for (std::size_t index = 0; index <= N.layers(); ++index)
                most = std::max(most, plane(index).size());
            return most;
        }();
        alignas(64) std::array<float, N.parameters()> p{};
        alignas(64) std::array<std::array<float, (largest + 15) / 16 * 16>, N.layers() + 1> values{};
    };

    template <const ImageNetwork& N> struct Batch : One<N> {
        using One<N>::One;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            for (std::size_t s = 0; s < xs.size(); ++s) ys[s] = One<N>::operator()(xs[s]);
        }
    };
};

}

int main(int argc, char** argv) { return bench::run_images<Plain>(argc, argv); }
