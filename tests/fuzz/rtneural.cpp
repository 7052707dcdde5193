// RTNeural's JSON of any bytes, without files, which take most of the time: a net is read whole, or stays as
// it was.
#include "fuzz.hpp"

#include <tenon/tenon.hpp>

#include <ratio>

using namespace fuzz;

namespace {

using Listed = tenon::Net<tenon::Dense<2, 3, tenon::Tanh>,
                          tenon::BatchNorm<tenon::Shape<3>, std::ratio<1, 100>, std::ratio<1, 1000>>,
                          tenon::PRelu<tenon::Shape<3>>, tenon::Dense<3, 1, tenon::Softmax, false>>;
using Frames =
    tenon::Net<tenon::CausalConv2D<tenon::Shape<2, 3>, 2, tenon::Kernel<2, 2>, tenon::Dilation<3, 1>>,
               tenon::BatchNorm<tenon::Shape<2, 2>>, tenon::PRelu<tenon::Shape<2, 2>>,
               tenon::Flatten<tenon::Shape<2, 2>>, tenon::CausalConv<4, 1, tenon::Kernel<2>, tenon::Tanh>>;
using Residuals = tenon::Net<tenon::Dense<2, 2>, tenon::Residual<tenon::Dense<2, 2, tenon::Relu>>,
                             tenon::LayerNorm<tenon::Shape<2>>>;

template <class Net> void read(const std::string& bytes) {
    const std::string file = "amp.json";
    Net net;
    for (auto& p : net.parameters()) p = 42;
    try {
        tenon::detail::load_rtneural(net, file, bytes);
    } catch (const tenon::Error& error) {
        const std::string_view message = error.what();
        check(message.starts_with(file), "a message begins with the file's name", message);
        check(std::ranges::none_of(message, is_control), "a message is one line", message);
        check(message.size() < 4096, "a message is short", message);
        check(std::ranges::count(net.parameters(), 42) == static_cast<std::ptrdiff_t>(Net::parameter_count),
              "the net stays as it was", message);
        return;
    }
    check(std::ranges::all_of(net.parameters(), [](auto p) { return std::isfinite(p); }),
          "numbers are finite");
    if constexpr (!std::is_same_v<Net, Residuals>) {
        Net again;
        tenon::detail::load_rtneural(again, file, tenon::to_rtneural_json(net));
        check(std::ranges::equal(again.parameters(), net.parameters()), "what is written is read back");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes = Bytes{data, size}.rest();
    read<Listed>(bytes);
    read<Frames>(bytes);
    read<Residuals>(bytes);
    return 0;
}
