// A loss that would leave out the beginning of every window.
// wanted: but_found AfterWarmUp
// rule: a RecordingTrainer takes the steps of its warm-up among the options of fit, not AfterWarmUp
#include <tenon/recordings.hpp>

using namespace tenon;

#ifdef MISFIT
using Chosen = AfterWarmUp<2, MeanSquaredError>;
#else
using Chosen = MeanSquaredError;
#endif

int main() {
    static NetOf<double, LSTM<1, 3>, Dense<3, 2, Identity>> net;
    static RecordingTrainer trainer{net, Chosen{}, Sgd{}, window<4>, batch_size<2>};
    return trainer.evaluate({}, {}) > 1;
}
