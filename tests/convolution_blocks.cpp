// Convolutions of blocks of samples: PyTorch's values and gradients for all options.
#include <tenon/tenon.hpp>

#include "convolutions.hpp"

using namespace tenon;
namespace pytorch = reference::pytorch_convolutions;

namespace {

constexpr std::size_t lanes = lanes_for<float>(64);

/// Every second case in blocks of one register, the others in blocks of two. One lane, or two, are unused.
template <class Case> void check_in_blocks() {
    constexpr bool one_register = Case::numbers.size() % 2 == 1;
    if constexpr (one_register && 2 < lanes) check_case<Case, Block<float, lanes>>(lanes / 2 - 1);
    else check_case<Case, Block<float, 2 * lanes>>(lanes < 2 ? 1 : lanes - 1);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("convolutions of images have PyTorch's values and gradients", "", pytorch::Images) {
    check_in_blocks<TestType>();
}
TEMPLATE_LIST_TEST_CASE("convolutions of signals have PyTorch's values and gradients", "", pytorch::Signals) {
    check_in_blocks<TestType>();
}
TEMPLATE_LIST_TEST_CASE("transposed convolutions have PyTorch's values and gradients", "",
                        pytorch::Transposed) {
    check_in_blocks<TestType>();
}
