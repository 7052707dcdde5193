// A net with a memory: trained on a recording, then run step by step, one stream and many.
#include <tenon/recordings.hpp>
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;

using Device = Net<LSTM<1, 8>, Dense<8, 1>>; // one number in and one out, at each step

int main() {
    // The recording of a device: a low-pass filter that saturates.
    std::vector<Device::Input> inputs(40'000);
    std::vector<Device::Output> outputs(inputs.size());
    float low = 0;
    for (std::size_t t = 0; t < inputs.size(); ++t) {
        const float time = static_cast<float>(t);
        inputs[t][0] = std::sin(0.05f * time) * std::sin(0.0011f * time) + 0.5f * std::sin(0.31f * time);
        low += 0.2f * (inputs[t][0] - low);
        outputs[t][0] = std::tanh(3 * low);
    }

    static Device net;
    initialize(net, 1);
    static RecordingTrainer trainer{net, ErrorToSignal{}, Adam{.learning_rate = 0.01}, window<64>,
                                    batch_size<16>};
    const History history = trainer.fit(inputs, outputs, {.epochs = 40, .warm_up = 64, .shuffle_seed = 1});
    if (history.outcome != Outcome::finished) return 1;

    // One stream, step by step. A state is a value of fixed size.
    State<Device> state;
    std::vector<Device::Output> played;
    for (const Device::Input& x : inputs) played.push_back(net.step(state, x));
    const double error = error_to_signal(played, outputs);
    std::printf("error to signal %.4f\n", error);

    // 64 streams: a step of all of them takes less time than 64 steps.
    std::vector<State<Device>> states(64);
    std::vector<Device::Input> xs(states.size());
    std::vector<Device::Output> ys(states.size());
    for (std::size_t t = 0; t < 100; ++t) {
        for (std::size_t voice = 0; voice < xs.size(); ++voice) xs[voice] = inputs[100 * voice + t];
        net.step(states, xs, ys);
    }
    return error < 0.01 && std::abs(ys[0][0] - played[99][0]) < 1e-5f ? 0 : 1;
}
