// A net over sequences, which remembers nothing between them.
// wanted: but_found Sequence
// rule: a RecordingTrainer trains a net with cells, not one over sequences
#include <tenon/recordings.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Sequence<4, LSTM<1, 3>>>;
#else
using N = Net<LSTM<1, 3>>;
#endif

int main() {
    static N net;
    static RecordingTrainer trainer{net, MeanSquaredError{}, Sgd{}, window<4>, batch_size<2>};
    return trainer.evaluate({}, {}) > 1;
}
