// Compares the gradient of layers, and of nested nets, with central differences.
#include "differences.hpp"

#include <cstddef>
#include <tuple>
#include <utility>

using namespace tenon;

// One layer with and without bias, narrow and wide; an activation as the first layer; nested nets as the
// first, a middle and the last layer; wide layers with narrow ones between them, whose outputs share memory.
using Nets = std::tuple<
    Case<Net64<Dense<3, 1>>, HalfSquaredError>, Case<Net64<Dense<1, 19, Tanh, false>>, HalfSquaredError>,
    Case<Net64<Dense<19, 9, Gelu>, Dense<9, 2>>, MeanSquaredError>,
    Case<Net64<Net<Dense<3, 5, Gelu>, Dense<5, 4, Silu>>, Dense<4, 2>>, MeanSquaredError>,
    Case<Net64<Dense<3, 17, Gelu>, Net<Dense<17, 4, Silu>, Net<Dense<4, 9, Tanh>>>, Dense<9, 2>>,
         MeanSquaredError>,
    Case<Net64<Dense<3, 5, Gelu>, Net<Dense<5, 4, Silu>, Dense<4, 3, Softmax>>>, CrossEntropy>,
    Case<Net64<Net<Net<Dense<3, 3, Gelu>, Activate<Shape<3>, Softmax>>>>, CrossEntropy>,
    Case<Net64<Activate<Shape<3>, Gelu>, Dense<3, 4>, Activate<Shape<4>, Silu>>, MeanSquaredError>,
    Case<Net64<Net<Activate<Shape<3>, Softmax>, Activate<Shape<3>, Gelu>>, Dense<3, 2>>, MeanSquaredError>,
    Case<Net64<Dense<3, 20, Gelu>, Dense<20, 2, Tanh>, Dense<2, 1>, Dense<1, 20, Silu>, Dense<20, 2>>,
         MeanSquaredError>>;

/// Deep<Count>: a net of Count layers.
template <std::size_t... I>
auto deep(std::index_sequence<I...>)
    -> Net64<Dense<2, 3, Tanh>, Activate<Shape<I * 0 + 3>, Softsign>..., Dense<3, 1>>;
template <std::size_t Count> using Deep = decltype(deep(std::make_index_sequence<Count - 2>{}));

// Numbers of layers around 6 and 13, from which on Hana's fold needs one more call.
using DeepNets = std::tuple<Case<Deep<5>, HalfSquaredError>, Case<Deep<6>, HalfSquaredError>,
                            Case<Deep<7>, HalfSquaredError>, Case<Deep<12>, HalfSquaredError>,
                            Case<Deep<13>, HalfSquaredError>, Case<Deep<14>, HalfSquaredError>>;

TEMPLATE_LIST_TEST_CASE("the gradient through layers and nested nets is the derivative of the loss", "",
                        Nets) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}

TEMPLATE_LIST_TEST_CASE("the gradient through nets of many layers is the derivative of the loss", "",
                        DeepNets) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}
