// to_onnx: its bytes. tests/importer checks models of every layer with onnx, and runs them in onnxruntime.
#include <tenon/io/onnx.hpp>

#include "catch.hpp"

#include <tenon/tenon.hpp>

#include <clocale>
#include <cstdint>
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
