// Convolutions: PyTorch's numbers for all options, on one sample and on blocks.
#include <tenon/tenon.hpp>

#include "convolutions.hpp"

TEMPLATE_LIST_TEST_CASE("convolutions of images have PyTorch's values and gradients", "",
                        reference::pytorch_convolutions::Images) {
    check_case<TestType>();
}
TEMPLATE_LIST_TEST_CASE("convolutions of signals have PyTorch's values and gradients", "",
                        reference::pytorch_convolutions::Signals) {
    check_case<TestType>();
}
TEMPLATE_LIST_TEST_CASE("transposed convolutions have PyTorch's values and gradients", "",
                        reference::pytorch_convolutions::Transposed) {
    check_case<TestType>();
}
