// to_onnx: its bytes. tests/importer checks models of every layer with onnx, and runs them in onnxruntime.
#include <tenon/io/onnx.hpp>

#include "catch.hpp"

#include <tenon/tenon.hpp>

#include <clocale>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace tenon;

namespace {

using Tiny = Net<Dense<2, 1, LeakyReluWith<std::ratio<1, 10>>>>;

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
}

} // namespace

TEST_CASE("a message has fields of numbers, floats and bytes, as protobuf's documentation shows") {
    detail::Protobuf inner, outer;
    inner.number(1, 150);
    CHECK(inner.bytes() == "\x08\x96\x01");
    outer.message(3, inner).text(2, "testing");
    CHECK(outer.bytes() == std::string("\x1a\x03\x08\x96\x01\x12\x07testing"));
    detail::Protobuf real;
    real.real(2, 1.5f).number(20, 1);
    CHECK(real.bytes() == std::string("\x15\x00\x00\xc0\x3f\xa0\x01\x01", 8));
}

TEST_CASE("a model has PyTorch's tensors, and ends in output") {
    Tiny net;
    net.layer<0>().weight(0, 0) = 1.5f;
    net.layer<0>().weight(0, 1) = -2;
    net.layer<0>().bias(0) = 0.25f;
    const std::string bytes = to_onnx(net);
    CHECK(bytes.starts_with(std::string("\x08\x08\x12\x05tenon", 9))); // ir_version 8, producer_name tenon
    // dims [1, 2], type float, its name, and 8 bytes of raw_data
    CHECK(count(bytes, std::string("\x08\x01\x08\x02\x10\x01\x42\x08"
                                   "0.weight\x4a\x08\x00\x00\xc0\x3f\x00\x00\x00\xc0",
                                   26)) == 1);
    CHECK(count(bytes, std::string("\x08\x01\x10\x01\x42\x06"
                                   "0.bias\x4a\x04\x00\x00\x80\x3e",
                                   18)) == 1);
    CHECK(count(bytes, "LeakyRelu") >= 1);
    CHECK(bytes.ends_with(std::string("\x42\x04\x0a\x00\x10\x11", 6))); // opset_import: "", 17
    CHECK(count(bytes, "output") == 2);                                 // of the last node, and of the graph
}

TEST_CASE("a model's bytes are the same under every locale, and each time") {
    Tiny net;
    initialize(net, 1);
    const std::string bytes = to_onnx(net);
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) WARN("skipped: no locale de_DE.UTF-8");
    CHECK(to_onnx(net) == bytes);
    std::setlocale(LC_ALL, "C");
}

TEST_CASE("doubles stay doubles, and a net that does nothing has an Identity") {
    const NetOf<double, Dense<1, 1>> net{{0.1, 2}};
    const std::string bytes = to_onnx(net);
    CHECK(count(bytes, std::string("\x10\x0b\x42\x08"
                                   "0.weight\x4a\x08\x9a\x99\x99\x99\x99\x99\xb9\x3f",
                                   22)) == 1);
    CHECK(count(to_onnx(Net<Dropout<Shape<2>, 5>>{}), "Identity") >= 1);
}

namespace {

/// The bytes of floats.
std::string bytes_of(std::initializer_list<float> values) {
    std::string bytes;
    for (const float value : values) detail::append_little_endian(bytes, value);
    return bytes;
}

} // namespace

TEST_CASE("gates are written in ONNX' order: i, o, f, c, and z, r, h") {
    // W of one input, U, then the bias: parameters of the gates i, f, g, o in memory
    const Net<Sequence<2, LSTM<1, 1>>> lstm{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    const std::string of_lstm = to_onnx(lstm);
    CHECK(count(of_lstm, bytes_of({1, 4, 2, 3})) == 1);
    CHECK(count(of_lstm, bytes_of({5, 8, 6, 7})) == 1);
    CHECK(count(of_lstm, bytes_of({9, 12, 10, 11, 0, 0, 0, 0})) == 1); // and PyTorch's second bias
    // W, b, U, d of the gates r, z, n
    const Net<Sequence<2, GRU<1, 1>>> gru{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    const std::string of_gru = to_onnx(gru);
    CHECK(count(of_gru, bytes_of({2, 1, 3})) == 1);
    CHECK(count(of_gru, bytes_of({8, 7, 9})) == 1);
    CHECK(count(of_gru, bytes_of({5, 4, 6, 11, 10, 12})) == 1);
    CHECK(count(of_gru, "linear_before_reset\x18\x01") == 1);
    CHECK(count(to_onnx(Net<Sequence<2, GRU<1, 1, ResetBefore>>>{}),
                std::string("linear_before_reset\x18\x00", 21)) == 1);
}

TEST_CASE("a net that runs step by step has its states as inputs and outputs, one over sequences has none") {
    using Stream = Net<CausalConv<1, 2, Kernel<3>, Dilation<4>>, Residual<LSTM<2, 2>>, RNN<2, 1, Relu>>;
    const std::string bytes = to_onnx(Stream{});
    for (const char* const state : {"0.past", "1.0.h", "1.0.c", "2.h"}) {
        CHECK(count(bytes, state) == 4); // a node's input, the model's, then both outputs, with _next
        CHECK(count(bytes, std::string{state} + "_next") == 2);
    }
    CHECK(count(bytes, "steps") == 2);
    const std::string of_windows = to_onnx(Unrolled<Stream, 5>{});
    CHECK(count(of_windows, "_next") == 0);
    CHECK(count(of_windows, "steps") == 0);
    CHECK(count(of_windows, "0.1.0.weight_ih_l0") == 2);
}
