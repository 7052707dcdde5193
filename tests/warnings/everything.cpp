// A program with all of tenon, compiled by `check` with warnings that users may have.
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>
#include <tenon/threads.hpp>

#include <array>
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

using namespace tenon;

namespace {

template <class N, class Loss, class Optimizer> bool runs(Loss loss, Optimizer optimizer) {
    using T = typename N::Scalar;
    static N net;
    static std::array<typename N::Input, 9> xs{};
    static std::array<typename N::Output, 9> ts{}, ys{};
    initialize(net, 1);
    for (std::size_t s = 0; s < xs.size(); ++s) {
        xs[s][0] = static_cast<T>(s) / T(9);
        ts[s][s % N::outputs] = T(1);
    }
    Trainer trainer{net, loss, optimizer, batch_size<16>};
    trainer.step(xs[0], ts[0]);
    trainer.step(xs, ts);
    trainer.fit(
        xs, ts,
        {.epochs = 2, .batch = 5, .shuffle_seed = 1, .validation = {xs, ts}, .patience = 1, .threads = 2});
    net(xs, ys);
    const auto derivatives = gradient(net, loss, xs[0], ts[0]);
    return evaluate(net, loss, xs, ts) < T(1000) && derivatives[0] < T(1000) && net(xs[8])[0] < T(1000) &&
           accuracy(net, xs, ts) > 0 && confusion_matrix(net, xs, ts).total() == 9;
}

bool runs_with_everything() {
    using Nine = Shape<9>;
    using Large = Net<Dense<3, 9, Gelu>, Activate<Nine, Silu>, Activate<Nine, Softplus>, Activate<Nine, Elu>,
                      Activate<Nine, Selu>, Activate<Nine, LeakyRelu>, Activate<Nine, Relu>,
                      Activate<Nine, Softsign>, Activate<Nine, HardSigmoid>, Dense<9, 3, Softmax>>;
    using Small = Net<Dense<3, 2, Sigmoid>>;
    using Logs = NetOf<double, NetOf<double, Dense<3, 5, Tanh, false>>, Dense<5, 3, LogSoftmax>>;
    return runs<Large>(CrossEntropy{}, Adam{}) && runs<Logs>(NegativeLogLikelihood{}, Adam{}) &&
           runs<Small>(MeanSquaredError{}, Sgd{}) && runs<Small>(HalfSquaredError{}, Sgd{.momentum = 0.9}) &&
           runs<Small>(MeanAbsoluteError{}, Sgd{.momentum = 0.9, .nesterov = true}) &&
           runs<Small>(Huber{}, Adam{.weight_decay = 1e-3}) && runs<Small>(BinaryCrossEntropy{}, Adam{});
}

constexpr float by_the_compiler() {
    Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>> net;
    initialize(net, 42, XavierNormal{});
    initialize(net, 42, Uniform{});
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 2}};
    return trainer.step({0.f, 1.f}, {1.f});
}

using Iris = Net<Dense<4, 8, Relu>, Dense<8, 3, Softmax>>;

void files(const std::string& path) {
    Dataset data = read_csv(path, {.header = CsvHeader::no, .target = CsvTarget::category});
    data.shuffle(1);
    auto [train, test] = data.split(0.8);
    const Standardize scale{train};
    scale(train);
    scale(test);
    const auto samples = train.samples<Iris>();
    Iris net;
    initialize(net, 1);
    net.layer<0>().weight(1, 2) = 1;
    net.layer<1>().bias(1) = 2;
    Trainer trainer{net, CrossEntropy{}, Adam{}};
    Progress progress{std::cout};
    const flush_denormals scope{};
    const History history = trainer.fit(samples.inputs, samples.targets, {.epochs = 3}, progress);
    print(std::cout, history);
    print(std::cout, net);
    print(std::cout, summary<Iris>());
    print(std::cout, confusion_matrix(net, samples.inputs, samples.targets), train.classes);
    std::vector<std::size_t> labels(samples.inputs.size());
    trainer.fit(samples.inputs, labels, {.epochs = 1});
    Iris best;
    const std::vector<double> weights(labels.size(), 1);
    const auto measured = trainer.fit(
        samples.inputs, labels,
        {.validation_share = 0.2,
         .best = &best,
         .reduce_on_plateau = ReduceOnPlateau{},
         .sample_weights = weights},
        Accuracy{}, TopK<2>{}, Precision{}, Recall{}, F1{.average = Average::macro}, Auc{}, R2{},
        MeanAbsoluteError{}, progress, [](const Minibatch& minibatch) { return minibatch.loss < 1e9; });
    write_history(measured, path);
    write_curves(measured, path, Theme::dark);
    print(std::cout, measured);
    save_checkpoint(trainer, best, path);
    resume(trainer, best, path);
    trainer.step(samples.inputs[0], labels[0]);
    write_header(net, path, "iris_net");
    read_fann(path);
    read_idx(path, path);
}

} // namespace

int main(int count, char** words) {
    constexpr float loss = by_the_compiler();
    try {
        if (count > 1) files(words[1]);
    } catch (const Error& error) {
        std::cerr << error.what() << '\n';
    }
    return runs_with_everything() && loss < 1 ? 0 : 1;
}
