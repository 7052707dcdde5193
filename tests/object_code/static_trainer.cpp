// Trainers in static memory: of a namespace, and of a function.
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<784, 512, Relu>, Dense<512, 10, Softmax>>;

N net, other;
Trainer trainer{net, CrossEntropy{}, Adam{}};

float step(const N::Input& x, int t) {
    static Trainer local{other, CrossEntropy{}, Sgd{.learning_rate = 0.1}, batch_size<8>};
    return local.step(x, t) + trainer.step(x, t);
}
