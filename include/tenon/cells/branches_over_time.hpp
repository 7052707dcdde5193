// Concat and Split of cells over the steps of a sequence.
#pragma once

#include <tenon/cells/over_time.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/branches.hpp>
#include <tenon/layers/layer_list.hpp>

#include <tenon/config/prologue.hpp>
//
#include <boost/hana/for_each.hpp>
//
#include <tenon/config/epilogue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Cells side by side at each of Steps steps; Branches are CellOverTime. If IsSplit, the input of a step is
/// divided among them, else each takes it whole.
template <std::size_t Steps, bool IsSplit, class... Branches> struct CellsOverTime : LayerList<Branches...> {
    using List = LayerList<Branches...>;
    using List::indices, List::offsets;
    static constexpr std::size_t count = sizeof...(Branches);
    template <std::size_t I> using Branch = typename List::template Layer<I>;
    template <std::size_t I> using Cell = typename Branch<I>::Cell;

    static constexpr auto outputs = offsets_of(std::array{Branches::Cell::OutputShape::size...});
    static constexpr auto inputs =
        offsets_of(std::array{(IsSplit ? Branches::Cell::InputShape::size : std::size_t{0})...});
    static constexpr auto traces = offsets_of(std::array{padded(Branches::trace)...});
    static constexpr std::size_t in = IsSplit ? inputs[count] : Branch<0>::Cell::InputShape::size,
                                 out = outputs[count];
    using InputShape = Shape<Steps, in>;
    using OutputShape = Shape<Steps, out>;
    static constexpr std::size_t multiply_adds = (Branches::multiply_adds + ...), trace = traces[count];
    static constexpr bool shares_weights = true;
    static constexpr std::size_t activations = List::nested_activations;
    /// The gradient of the input via a branch, then the scratch of a cell.
    static constexpr std::size_t scratch = Steps * padded(in) + std::max({padded(Branches::scratch)...});

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value;
            Cell<i>::template forward_steps<Steps>(parameters + offsets[i], steps_of_branch<i, true>(x),
                                                   steps_of_branch<i, false>(y),
                                                   List::template context_of<i, traces[i]>(context));
        });
    }
    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value;
            const auto partial_dx = [=](std::size_t t) { return scratch_view.subview(t * padded(in)); };
            const auto branch_backward = [&](auto branch_dx) {
                Cell<i>::template backward_steps<Steps>(
                    parameters + offsets[i], steps_of_branch<i, true>(x), steps_of_branch<i, false>(y),
                    List::template context_of<i, traces[i]>(context),
                    steps_of_branch<i, false>(dy.read_only()), branch_dx,
                    scratch_view.subview(Steps * padded(in)), advanced(gradient, offsets[i]), add);
            };
            if constexpr (std::is_same_v<Dx, NoView>) branch_backward(dx);
            else if constexpr (IsSplit || i == 0) branch_backward(steps_of_branch<i, true>(dx));
            else {
                branch_backward(partial_dx);
                for (std::size_t t = 0; t < Steps; ++t) add_exactly<in>(dx.subview(t * in), partial_dx(t));
            }
        });
    }

private:
    /// Views of the values of branch I at each step, of input or output.
    template <std::size_t I, bool IsInput, class View>
    static constexpr auto steps_of_branch(View steps) noexcept {
        constexpr std::size_t first = IsInput ? inputs[I] : outputs[I], step = IsInput ? in : out;
        return [steps](std::size_t t) { return steps.subview(t * step + first); };
    }
};

template <std::size_t Steps, class... Branches, bool Continues>
    requires((state_count<Branches> + ... + 0) > 0)
struct OverTimeOf<Steps, Concat<Branches...>, Continues> {
    using type = CellsOverTime<Steps, false, OverTime<Steps, Branches, Continues>...>;
};
template <std::size_t Steps, class... Branches, bool Continues>
    requires((state_count<Branches> + ... + 0) > 0)
struct OverTimeOf<Steps, Split<Branches...>, Continues> {
    using type = CellsOverTime<Steps, true, OverTime<Steps, Branches, Continues>...>;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
