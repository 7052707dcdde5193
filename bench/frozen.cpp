// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// What Frozen saves: training only the last layer of a net, against training all.
#include "harness.hpp"
#include "tenon_net.hpp"

#include <memory>
#include <span>

namespace {

using namespace bench;

/// A step of Adam over a minibatch of 64.
template <class Net> struct Work {
    Net net;
    tenon::Trainer<Net, tenon::CrossEntropy, tenon::Adam, 64> trainer{
        net, tenon::CrossEntropy{}, tenon::Adam{.learning_rate = adam_rate}};

    explicit Work(const auto& start) { tenon::copy_parameters(start, net); }
};

/// Prints the microseconds of a step for each sample.
template <class Net> void time_step(const Options& options, const std::string& mode) {
    static const auto xs = inputs<mnist>(64);
    static const auto ts = targets<mnist>(64);
    const auto work = std::make_unique<Work<Net>>(TenonNet<mnist>::load(initial_parameters(mnist)));
    const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
        return elapsed([&] {
            for (std::size_t i = 0; i < count; ++i) work->trainer.step(std::span{xs}, std::span{ts});
        });
    });
    print_row("tenon", mnist.name, mode, seconds * 1e6 / 64, "us");
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    if (!options.selects(mnist)) return 0;
    using tenon::Dense, tenon::Frozen;
    using First = Dense<784, 128, tenon::Relu>;
    using Last = Dense<128, 10, tenon::Softmax>;
    time_step<tenon::Net<First, Last>>(options, "trained-all");
    time_step<tenon::Net<Frozen<First>, Last>>(options, "trained-last");
}
