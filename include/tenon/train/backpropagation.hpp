// Loss and gradient of a net: forward, loss, backward, for one sample or a batch.
#pragma once

#include <tenon/detail/batch.hpp>
#include <tenon/detail/loss.hpp>
#include <tenon/net.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

namespace tenon {

template <class Loss, class A> inline constexpr bool fits<Loss, ends_in<A>> = detail::suits<Loss, A>();

}

namespace tenon::inline TENON_ABI {

namespace detail {

/// The words for the end of a net.
template <class Net> using EndsIn = ends_in<typename Ending<Net>::type>;

/// What a loss works on: the net, or the net without the activation that the loss takes over.
template <class Net, class Loss> struct Trained { using type = typename Net::Stack; };
template <class Net, class Loss>
    requires fused_loss<Loss>
struct Trained<Net, Loss> {
    using type = typename Net::Stack::template with_activation<Identity>;
};

/// The order of samples as they lie.
struct InOrder {
    std::size_t first = 0;
    constexpr std::size_t operator()(std::size_t i) const noexcept { return first + i; }
};

/// Memory and passes for the gradient of up to Batch samples: of each block from zero, then added up.
template <class Net, class Loss, std::size_t Batch> class Backpropagation {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Passes = typename Trained<Net, Loss>::type;
    static constexpr std::size_t most = Batch < block_samples<T> ? Batch : block_samples<T>;
    static constexpr std::size_t stride = block_stride<T>(most), inputs = Net::inputs, outputs = Net::outputs;
    static constexpr std::size_t room(std::size_t n) {
        return n * stride > padded(n) ? n * stride : padded(n);
    }

public:
    Loss loss;

    constexpr explicit Backpropagation(Loss l) noexcept : loss(l) {}

    constexpr std::span<const T, Net::parameter_count> gradient() const noexcept {
        return std::span<const T, Net::parameter_count>(gradient_, Net::parameter_count);
    }
    constexpr const T* gradient_data() const noexcept { return gradient_; }

    /// The loss of one sample; its gradient is then in gradient().
    template <class Target>
    constexpr T one(const T* parameters, const Input& x, const Target& target) noexcept {
        const Sample<const T, false> input{x.data()};
        if constexpr (std::integral<Target>) {
            T t[outputs] = {};
            put_class<outputs>(t, 1, target);
            return pass(parameters, input, Sample<const T, false>{t}, Sample<T>{y_}, T(1), false);
        } else
            return pass(parameters, input, Sample<const T, false>{target.data()}, Sample<T>{y_}, T(1), false);
    }

    /// The mean loss of `count` samples xs[order(i)], ts[order(i)], and its gradient.
    template <class Target, class Order>
    constexpr T many(const T* parameters, std::span<const Input> xs, std::span<const Target> ts,
                     std::size_t count, Order order) noexcept {
        if (count == 1) return one(parameters, xs[order(0)], ts[order(0)]);
        const T scale = T(1) / static_cast<T>(count);
        T sum = 0;
        for (std::size_t first = 0; first < count; first += most) {
            const std::size_t samples = count - first < most ? count - first : most;
            const Block<T, stride> t{t_, samples}, y{y_, samples};
            if constexpr (std::integral<Target>) {
                for (std::size_t i = 0; i < outputs * stride; ++i) t_[i] = 0;
                for (std::size_t s = 0; s < samples; ++s)
                    put_class<outputs>(t_ + s, stride, ts[order(first + s)]);
            } else fill<outputs>(t, [=](std::size_t s) { return ts[order(first + s)].data(); });
            with_inputs<Passes, stride>(
                xs, samples, [&](std::size_t s) { return order(first + s); }, std::is_same_v<Order, InOrder>,
                x_, [&](auto x) { sum += pass(parameters, x, t.read_only(), y, scale, first > 0); });
        }
        return sum * scale;
    }

private:
    template <class X, class Target, class Y>
    constexpr T pass(const T* parameters, X x, Target t, Y y, T scale, bool add) noexcept {
        const auto trace = y.with(trace_), scratch = y.with(scratch_), dy = y.with(dy_);
        Passes::forward(parameters, x, y, trace);
        const T sum = loss_of<outputs>(loss, y.read_only(), t, dy, scale);
        Passes::backward(parameters, x, y.read_only(), trace, dy, Nothing{}, scratch, gradient_, add);
        return sum;
    }

    alignas(64) T x_[room(inputs)] = {};
    alignas(64) T t_[room(outputs)] = {};
    alignas(64) T y_[room(outputs)] = {};
    alignas(64) T dy_[room(outputs)] = {};
    alignas(64) T trace_[room(Passes::trace) + 1] = {};
    alignas(64) T scratch_[room(Passes::scratch) + 1] = {};
    alignas(64) T gradient_[Net::parameter_count + 64 / sizeof(T)] = {};
};

} // namespace detail

} // namespace tenon
