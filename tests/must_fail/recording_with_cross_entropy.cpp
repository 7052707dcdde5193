// A loss that includes an activation.
// wanted: but_found CrossEntropy
// rule: the loss of a RecordingTrainer includes no activation
#include <tenon/recordings.hpp>

using namespace tenon;

#ifdef MISFIT
using Chosen = CrossEntropy;
#else
using Chosen = MeanSquaredError;
#endif

int main() {
    static NetOf<double, LSTM<1, 3>, Dense<3, 2, Softmax>> net;
    static RecordingTrainer trainer{net, Chosen{}, Sgd{}, window<4>, batch_size<2>};
    return trainer.evaluate({}, {}) > 1;
}
