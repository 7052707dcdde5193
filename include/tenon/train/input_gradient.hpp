// input_gradient: the gradient with respect to a net's inputs.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/gradient.hpp>
#include <tenon/train/tape_calls.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Memory and passes for the gradients with respect to a block of up to Batch inputs, in inference mode.
template <class Net, std::size_t Batch> class InputGradient {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    using Passes = BlockPasses<Net, WithoutLoss, Batch, Mode::inference>;

public:
    static constexpr std::size_t block = Passes::max_block_samples;

    constexpr InputGradient() noexcept : dx_{} {}
    explicit InputGradient(typename Passes::Uninitialized memory) noexcept : passes_(memory) {}

    constexpr void one(const T* parameters, const Input& x, const Output& dy, Input& dx) noexcept {
        const auto y = passes_.output_of_one(), derivatives = passes_.derivative_of_one();
        for (std::size_t o = 0; o < Net::outputs; ++o) derivatives.data[o] = dy[o];
        const Sample<const T, false> input{x.data()};
        passes_.forward(parameters, input, y, 0);
        const Sample<T> result{dx_};
        passes_.backward(parameters, input, y, derivatives, result, NoView{}, false);
        for (std::size_t i = 0; i < Net::inputs; ++i) dx[i] = dx_[i];
    }

    constexpr void many(const T* parameters, std::span<const Input> xs, std::span<const Output> dys,
                        std::span<Input> dxs) noexcept {
        for (std::size_t first = 0; first < xs.size(); first += block) {
            const std::size_t left = xs.size() - first, samples = left < block ? left : block;
            const auto y = passes_.outputs_of(samples), dy = passes_.derivatives_of(samples);
            fill<Net::outputs>(dy, [=](std::size_t s) { return dys[first + s].data(); });
            const auto dx = y.rebind(dx_);
            passes_.load(
                xs, samples, [=](std::size_t s) { return first + s; },
                [&](auto x) {
                    passes_.forward(parameters, x, y, first);
                    passes_.backward(parameters, x, y, dy, dx, NoView{}, false);
                });
            write_outputs<Net::inputs>(dx, [=](std::size_t s) { return dxs[first + s].data(); });
        }
    }

private:
    Passes passes_;
    alignas(64) T dx_[Passes::buffer_size(Net::inputs)];
};

/// The maximum number of samples that are processed together, so that their memory keeps within
/// max_stack_bytes; 0: only one.
template <class Net> consteval std::size_t input_gradient_block() {
    using T = typename Net::Scalar;
    constexpr std::size_t largest = block_samples<T>;
    if constexpr (sizeof(InputGradient<Net, largest>) <= max_stack_bytes) return largest;
    else if constexpr (sizeof(InputGradient<Net, largest / 2>) <= max_stack_bytes) return largest / 2;
    else if constexpr (sizeof(InputGradient<Net, largest / 4>) <= max_stack_bytes) return largest / 4;
    else if constexpr (sizeof(InputGradient<Net, largest / 8>) <= max_stack_bytes) return largest / 8;
    else return 0;
}

/// Calls use(memory) with an InputGradient on the stack.
template <class Net, std::size_t Batch, class Use> constexpr void with_input_gradient(Use use) noexcept {
    using Memory = InputGradient<Net, Batch>;
    static_assert(StateSentence<Net>::passes());
    static_assert(GradientSentence<Memory>::passes());
    if (in_compiler()) {
        Memory memory;
        use(memory);
    } else {
        using Passes = BlockPasses<Net, WithoutLoss, Batch, Mode::inference>;
        Memory memory(typename Passes::Uninitialized{});
        use(memory);
    }
}

} // namespace detail

/// Sets dxs[i] to the gradient with respect to the input xs[i] of a loss whose derivatives with respect to
/// the outputs are dys[i]: dx = J^T dy, where J is the Jacobian of the net at x. Layers run as in net(xs,
/// ys), in inference mode. If the sizes differ, every dxs becomes NaN. dxs may be xs. Stack use: the values
/// between the layers for up to 64 samples (double: 32), at most 256 kB, so wider nets use smaller blocks.
template <class T, class... Layers>
constexpr void input_gradient(const NetOf<T, Layers...>& net,
                              std::span<const typename NetOf<T, Layers...>::Input> xs,
                              std::span<const typename NetOf<T, Layers...>::Output> dys,
                              std::span<typename NetOf<T, Layers...>::Input> dxs) noexcept {
    using Net = NetOf<T, Layers...>;
    const T* const parameters = net.values_is_an_implementation_detail_;
    if (xs.size() != dys.size() || xs.size() != dxs.size()) {
        for (auto& dx : dxs) dx.fill(math::not_a_number<T>());
        return;
    }
    constexpr std::size_t block = detail::input_gradient_block<Net>();
    if constexpr (block > 0)
        detail::with_input_gradient<Net, block>([&](auto& memory) { memory.many(parameters, xs, dys, dxs); });
    else
        detail::with_input_gradient<Net, 0>([&](auto& memory) {
            for (std::size_t s = 0; s < xs.size(); ++s) memory.one(parameters, xs[s], dys[s], dxs[s]);
        });
}
/// The same for one sample; returns dx.
template <class T, class... Layers>
constexpr typename NetOf<T, Layers...>::Input input_gradient(
    const NetOf<T, Layers...>& net, const typename NetOf<T, Layers...>::Input& x,
    const typename NetOf<T, Layers...>::Output& dy) noexcept {
    typename NetOf<T, Layers...>::Input dx{};
    detail::with_input_gradient<NetOf<T, Layers...>, 0>(
        [&](auto& memory) { memory.one(net.values_is_an_implementation_detail_, x, dy, dx); });
    return dx;
}

// An overload for values in braces, and those that refuse samples that do not fit the net.
template <class T, class... Layers, std::size_t N, std::size_t M>
constexpr typename NetOf<T, Layers...>::Input input_gradient(const NetOf<T, Layers...>& net, const T (&x)[N],
                                                             const T (&dy)[M]) noexcept {
    if constexpr (detail::sample_fits<NetOf<T, Layers...>, N>()) {
        detail::refuse_derivatives<T, NetOf<T, Layers...>::outputs, std::array<T, M>>();
        if constexpr (M == NetOf<T, Layers...>::outputs)
            return input_gradient(net, std::to_array(x), std::to_array(dy));
    }
    return {};
}
template <class T, class... Layers, class Xs, class Dys, class... Dxs>
    requires(detail::MisfitOfAny<T, NetOf<T, Layers...>::inputs, Xs> ||
             detail::MisfitDerivatives<NetOf<T, Layers...>, Dys, Dxs...>)
constexpr void input_gradient(const NetOf<T, Layers...>&, const Xs&, const Dys&, Dxs&&...) noexcept {
    using Net = NetOf<T, Layers...>;
    detail::refuse<Net,
                   std::conditional_t<detail::One<Xs>::values != 0, detail::One<Xs>, detail::Many<Xs>>>();
    detail::refuse_derivatives<T, Net::outputs, Dys>();
    (detail::refuse_derivatives<T, Net::inputs, std::remove_cvref_t<Dxs>>(), ...);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
