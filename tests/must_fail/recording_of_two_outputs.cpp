// ErrorToSignal of a net with two outputs.
// wanted: but_found ErrorToSignalOf<1
// rule: ErrorToSignal is of one output a step: write ErrorToSignalOf<outputs of a step>
#include <tenon/recordings.hpp>

using namespace tenon;

#ifdef MISFIT
using Chosen = ErrorToSignal;
#else
using Chosen = ErrorToSignalOf<2>;
#endif

int main() {
    static NetOf<double, LSTM<1, 3>, Dense<3, 2, Identity>> net;
    static RecordingTrainer trainer{net, Chosen{}, Sgd{}, window<4>, batch_size<2>};
    return trainer.evaluate({}, {}) > 1;
}
