// Compares the gradient of layers, and of nested nets, with central differences.
#include "differences.hpp"

#include <tuple>

using namespace tenon;

// One layer with and without bias, narrow and wide; an activation as the first layer; nested nets as the
// first, a middle and the last layer.
using Nets = std::tuple<
    Case<Net64<Dense<3, 1>>, HalfSquaredError>, Case<Net64<Dense<1, 19, Tanh, false>>, HalfSquaredError>,
    Case<Net64<Dense<19, 9, Gelu>, Dense<9, 2>>, MeanSquaredError>,
    Case<Net64<Net<Dense<3, 5, Gelu>, Dense<5, 4, Silu>>, Dense<4, 2>>, MeanSquaredError>,
    Case<Net64<Dense<3, 17, Gelu>, Net<Dense<17, 4, Silu>, Net<Dense<4, 9, Tanh>>>, Dense<9, 2>>,
         MeanSquaredError>,
    Case<Net64<Dense<3, 5, Gelu>, Net<Dense<5, 4, Silu>, Dense<4, 3, Softmax>>>, CrossEntropy>,
    Case<Net64<Net<Net<Dense<3, 3, Gelu>, Activate<Shape<3>, Softmax>>>>, CrossEntropy>,
    Case<Net64<Activate<Shape<3>, Gelu>, Dense<3, 4>, Activate<Shape<4>, Silu>>, MeanSquaredError>,
    Case<Net64<Net<Activate<Shape<3>, Softmax>, Activate<Shape<3>, Gelu>>, Dense<3, 2>>, MeanSquaredError>>;

TEMPLATE_LIST_TEST_CASE("the gradient through layers and nested nets is the derivative of the loss", "",
                        Nets) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}
