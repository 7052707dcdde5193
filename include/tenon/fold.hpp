// fold: a shorter net with the same outputs, for inference.
#pragma once

#include <tenon/layers/activate.hpp>
#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/branches.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/flatten.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/scale.hpp>
#include <tenon/net.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail::folding {

template <class... Types> struct List {};
/// A layer whose parameters begin at Offset in the source's array.
template <class L, std::size_t Offset> struct Placed {};
struct NoLayerYet {};

// What has no effect outside training.
template <class L> inline constexpr bool has_no_effect = false;
template <class Values, std::size_t Percent, class Mask>
inline constexpr bool has_no_effect<Dropout<Values, Percent, Mask>> = true;
template <std::size_t N> inline constexpr bool has_no_effect<Flatten<Shape<N>>> = true;
template <std::size_t N> inline constexpr bool has_no_effect<Unflatten<Shape<N>>> = true;
template <class L> inline constexpr bool has_no_effect<Frozen<L>> = has_no_effect<L>;

/// y = factor x + shift
struct Line {
    double factor = 1, shift = 0;
    constexpr Line then(Line next) const noexcept {
        return {factor * next.factor, shift * next.factor + next.shift};
    }
};

/// The layers whose output is a Line of their input, value by value: at(parameters, i) is that of value i.
template <class L> struct LineOf {};
template <std::size_t N> struct LineOf<Scale<Shape<N>>> {
    template <class T> static constexpr Line at(const T* parameters, std::size_t i) noexcept {
        const double mean = static_cast<double>(parameters[i]),
                     deviation = static_cast<double>(parameters[N + i]);
        return {1 / deviation, -mean / deviation};
    }
};
template <std::size_t N, class Momentum, class Epsilon, bool Affine>
struct LineOf<BatchNorm<Shape<N>, Momentum, Epsilon, Affine>> {
    template <class T> static constexpr Line at(const T* parameters, std::size_t i) noexcept {
        const auto number = [=](std::size_t p) { return static_cast<double>(parameters[p]); };
        constexpr std::size_t trained = Affine ? 2 * N : 0;
        constexpr double epsilon = static_cast<double>(Epsilon::num) / static_cast<double>(Epsilon::den);
        const double factor = (Affine ? number(i) : 1) / math::sqrt(number(trained + N + i) + epsilon);
        return {factor, (Affine ? number(N + i) : 0) - number(trained + i) * factor};
    }
};
template <class L> struct LineOf<Frozen<L>> : LineOf<L> {};
template <class L> inline constexpr bool is_line = requires { LineOf<L>::template at<float>; };

/// A Dense layer, possibly frozen.
template <class L> struct DenseOf {
    static constexpr bool found = false, is_linear = false;
};
template <std::size_t In, std::size_t Out, class A, bool Bias> struct DenseOf<Dense<In, Out, A, Bias>> {
    static constexpr bool found = true, is_linear = std::is_same_v<A, Identity>;
};
template <class L> struct DenseOf<Frozen<L>> : DenseOf<L> {};

/// What replaces layer L if nothing is folded into it: L without Frozen; in a container, its layers are
/// folded.
template <class L> struct Single {
    using type = L;
    template <class T> static constexpr void convert(const T* from, T* to) noexcept {
        for (std::size_t p = 0; p < L::parameter_count; ++p) to[p] = from[p];
    }
};
template <class L> struct Single<Frozen<L>> : Single<L> {};

/// A layer of the result: a layer of the source by itself, or a Dense with the lines before and after it.
template <class Before, class Layer, class After> struct Group;
template <class L, std::size_t Offset> struct Group<List<>, Placed<L, Offset>, List<>> {
    using type = typename Single<L>::type;
    template <class T> static constexpr void convert(const T* source, T* to) noexcept {
        Single<L>::convert(source + Offset, to);
    }
};
template <class Before, class L, std::size_t Offset, class After>
    requires(!std::is_same_v<Before, After>) // so they are not both empty
struct Group<Before, Placed<Frozen<L>, Offset>, After> : Group<Before, Placed<L, Offset>, After> {};
template <class... B, std::size_t... OffsetB, std::size_t In, std::size_t Out, class A, bool Bias,
          std::size_t Offset, class... C, std::size_t... OffsetC>
    requires(sizeof...(B) + sizeof...(C) > 0)
struct Group<List<Placed<B, OffsetB>...>, Placed<Dense<In, Out, A, Bias>, Offset>,
             List<Placed<C, OffsetC>...>> {
    using type = Dense<In, Out, A>;
    /// W (f x + s) + b, times f' plus s', computed in double.
    template <class T> static constexpr void convert(const T* source, T* to) noexcept {
        std::array<Line, In> before{};
        for (std::size_t i = 0; i < In; ++i)
            ((before[i] = before[i].then(LineOf<B>::at(source + OffsetB, i))), ...);
        const T* const weights = source + Offset;
        for (std::size_t o = 0; o < Out; ++o) {
            Line after;
            ((after = after.then(LineOf<C>::at(source + OffsetC, o))), ...);
            double bias = Bias ? static_cast<double>(weights[In * Out + (Bias ? o : 0)]) : 0;
            for (std::size_t i = 0; i < In; ++i) {
                const double weight = static_cast<double>(weights[i * Out + o]);
                bias += weight * before[i].shift;
                to[i * Out + o] = static_cast<T>(weight * before[i].factor * after.factor);
            }
            to[In * Out + o] = static_cast<T>(bias * after.factor + after.shift);
        }
    }
};

/// The groups of layers, from left to right. Open is the last one, to which the next layer may be added.
/// `closed` is the list of all groups if no layer follows.
template <class Done, class Open> struct Groups;
template <class... Done> struct Groups<List<Done...>, NoLayerYet> {
    using closed = List<Done...>;
    template <class L> using with_line = Groups<List<Done...>, Group<List<L>, NoLayerYet, List<>>>;
    template <class L> using with_dense = Groups<List<Done...>, Group<List<>, L, List<>>>;
};
template <class... Done, class... Lines> // lines that go into the next layer if that is a Dense
struct Groups<List<Done...>, Group<List<Lines...>, NoLayerYet, List<>>> {
    using closed = List<Done..., Group<List<>, Lines, List<>>...>;
    template <class L> using with_line = Groups<List<Done...>, Group<List<Lines..., L>, NoLayerYet, List<>>>;
    template <class L> using with_dense = Groups<List<Done...>, Group<List<Lines...>, L, List<>>>;
};
template <class... Done, class Before, class D, std::size_t Offset, class... After>
struct Groups<List<Done...>, Group<Before, Placed<D, Offset>, List<After...>>> {
    using Last = Group<Before, Placed<D, Offset>, List<After...>>;
    using closed = List<Done..., Last>;
    template <class L>
    using with_line =
        std::conditional_t<DenseOf<D>::is_linear,
                           Groups<List<Done...>, Group<Before, Placed<D, Offset>, List<After..., L>>>,
                           Groups<closed, Group<List<L>, NoLayerYet, List<>>>>;
    template <class L> using with_dense = Groups<closed, Group<List<>, L, List<>>>;
};

template <class List, class Last> struct Appended;
template <class... G, class Last> struct Appended<List<G...>, Last> {
    using type = List<G..., Last>;
};

/// The groups of these layers, the first of which has its parameters at Offset.
template <class Open, std::size_t Offset> consteval auto groups() {
    return std::type_identity<typename Open::closed>{};
}
template <class Open, std::size_t Offset, class First, class... Rest> consteval auto groups() {
    using Here = Placed<First, Offset>;
    constexpr std::size_t next = Offset + First::parameter_count;
    if constexpr (has_no_effect<First>) return groups<Open, next, Rest...>();
    else if constexpr (is_line<First>)
        return groups<typename Open::template with_line<Here>, next, Rest...>();
    else if constexpr (DenseOf<First>::found)
        return groups<typename Open::template with_dense<Here>, next, Rest...>();
    else
        return groups<
            Groups<typename Appended<typename Open::closed, Group<List<>, Here, List<>>>::type, NoLayerYet>,
            next, Rest...>();
}
/// The groups of these layers; if none is left, a layer that copies.
template <class First, class... Rest> consteval auto groups_or_copy() {
    using Found = typename decltype(groups<Groups<List<>, NoLayerYet>, 0, First, Rest...>())::type;
    if constexpr (!std::is_same_v<Found, List<>>) return Found{};
    else return List<Group<List<>, Placed<Activate<typename First::InputShape, Identity>, 0>, List<>>>{};
}
template <class... Layers> using GroupsOf = decltype(groups_or_copy<Layers...>());

/// Writes the parameters of all groups, one after another.
template <class T, class... G> constexpr void convert_all(List<G...>, const T* source, T* to) noexcept {
    ((G::convert(source, to), to += G::type::parameter_count), ...);
}

// A container of groups, and what replaces a container.
template <class T, class Groups> struct NetFrom;
template <class T, class... G> struct NetFrom<T, List<G...>> {
    using type = NetOf<T, typename G::type...>;
};
template <class Groups> struct ResidualFrom;
template <class... G> struct ResidualFrom<List<G...>> {
    using type = Residual<typename G::type...>;
};
template <class Group> struct OnlyOne;
template <class G> struct OnlyOne<List<G>> {
    using type = typename G::type;
};
template <class L> using BranchFrom = typename OnlyOne<GroupsOf<L>>::type;

template <class T, class... Layers> struct Single<NetOf<T, Layers...>> {
    using type = typename NetFrom<T, GroupsOf<Layers...>>::type;
    template <class U> static constexpr void convert(const U* from, U* to) noexcept {
        convert_all(GroupsOf<Layers...>{}, from, to);
    }
};
template <class... Layers> struct Single<Residual<Layers...>> {
    using type = typename ResidualFrom<GroupsOf<Layers...>>::type;
    template <class T> static constexpr void convert(const T* from, T* to) noexcept {
        convert_all(GroupsOf<Layers...>{}, from, to);
    }
};
template <class... Branches> struct SingleBranches {
    template <class T> static constexpr void convert(const T* from, T* to) noexcept {
        ((convert_all(GroupsOf<Branches>{}, from, to), from += Branches::parameter_count,
          to += BranchFrom<Branches>::parameter_count),
         ...);
    }
};
template <class... Branches> struct Single<Concat<Branches...>> : SingleBranches<Branches...> {
    using type = Concat<BranchFrom<Branches>...>;
};
template <class... Branches> struct Single<Split<Branches...>> : SingleBranches<Branches...> {
    using type = Split<BranchFrom<Branches>...>;
};

} // namespace detail::folding

/// Returns a net that gives the same outputs with fewer layers: BatchNorm and Scale go into the Dense before
/// them, if that has no activation, or else into the one after them; Dropout is left out; Frozen is removed.
/// Computed in double: outputs differ by a few ulp of the largest. A constant expression if the net is one.
///     auto smaller = fold(net); // Net<Dense<64, 128>, BatchNorm<Shape<128>>> becomes Net<Dense<64, 128>>
template <class T, class... Layers>
constexpr typename detail::folding::NetFrom<T, detail::folding::GroupsOf<Layers...>>::type fold(
    const NetOf<T, Layers...>& net) noexcept {
    typename detail::folding::NetFrom<T, detail::folding::GroupsOf<Layers...>>::type result;
    detail::folding::convert_all(detail::folding::GroupsOf<Layers...>{}, net.parameters().data(),
                                 result.parameters().data());
    return result;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
