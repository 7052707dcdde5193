// CartPole: a pole is balanced on a cart, learnt by a policy gradient and by double Q-learning.
//
// Each method learns with three seeds, until 20 episodes in a row last 490 of 500 steps on average; the
// figure is the average of 100 other episodes.
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

using namespace tenon;

/// The cart and its pole (Barto, Sutton and Anderson, 1983), with the constants of Gym's CartPole-v1.
class CartPole {
public:
    using State = std::array<float, 4>; // position, velocity, angle from the vertical, angular velocity
    static constexpr std::size_t max_steps = 500;

    explicit CartPole(std::uint64_t seed) : random_(seed) { reset(); }

    void reset() {
        for (double& value : state_) value = 0.1 * random_.uniform() - 0.05;
        steps_ = 0;
    }
    State state() const {
        return {static_cast<float>(state_[0]), static_cast<float>(state_[1]), static_cast<float>(state_[2]),
                static_cast<float>(state_[3])};
    }
    /// Pushes the cart to the left (0) or to the right (1) for 0.02 s.
    void push(std::size_t action) {
        constexpr double gravity = 9.8, pole_mass = 0.1, mass = 1.1, half_length = 0.5, dt = 0.02;
        auto& [x, v, angle, w] = state_;
        const double force = action == 1 ? 10 : -10, sine = std::sin(angle), cosine = std::cos(angle);
        const double push = (force + pole_mass * half_length * w * w * sine) / mass;
        const double angular =
            (gravity * sine - cosine * push) / (half_length * (4.0 / 3 - pole_mass * cosine * cosine / mass));
        const double linear = push - pole_mass * half_length * angular * cosine / mass;
        x += dt * v;
        v += dt * linear;
        angle += dt * w;
        w += dt * angular;
        ++steps_;
    }
    bool has_fallen() const {
        return std::abs(state_[0]) > 2.4 || std::abs(state_[2]) > 12 * 3.14159265 / 180;
    }
    bool is_over() const { return has_fallen() || steps_ == max_steps; }
    std::size_t steps() const { return steps_; }

private:
    Random random_;
    std::array<double, 4> state_{};
    std::size_t steps_ = 0;
};

template <class Values> std::size_t best(const Values& values) {
    return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

/// The average length of episodes in which the net's best action is taken.
template <class Net> double average_steps(const Net& net, int episodes, std::uint64_t seed) {
    CartPole cart(seed);
    double sum = 0;
    for (int e = 0; e < episodes; ++e) {
        for (cart.reset(); !cart.is_over();) cart.push(best(net(cart.state())));
        sum += static_cast<double>(cart.steps());
    }
    return sum / episodes;
}

template <class Net> bool is_learnt(const Net& net, std::uint64_t seed) {
    return average_steps(net, 20, 1000 + seed) >= 490;
}

// The net gives the probability of each action. REINFORCE (Williams, 1992): the gradient of -log p(action)
// times the advantage, the discounted return beyond the average at this time. Each episode is a minibatch of
// the tape; the gradients of ten episodes are accumulated.
using Policy = Net<Dense<4, 32, Tanh>, Dense<32, 2, Softmax>>;

Policy learn_by_policy_gradient(std::uint64_t seed) {
    constexpr int episodes = 10;
    struct Episode {
        std::vector<CartPole::State> states{};
        std::vector<std::size_t> actions{};
        std::vector<double> returns{};
    };
    Policy net;
    initialize(net, seed);
    const auto tape = std::make_unique<Tape<Policy, CartPole::max_steps>>(net); // 400 kB
    Updater updater{net, Adam{.learning_rate = 0.01}};
    Random random(seed);
    CartPole cart(seed);
    for (int update = 0; update < 300 && !is_learnt(net, seed); ++update) {
        std::array<Episode, episodes> played;
        double sum = 0, squares = 0, count = 0;
        for (Episode& episode : played) {
            for (cart.reset(); !cart.is_over();) {
                episode.states.push_back(cart.state());
                episode.actions.push_back(random.uniform() < static_cast<double>(net(cart.state())[1]));
                cart.push(episode.actions.back());
            }
            episode.returns.resize(episode.states.size());
            double following = 0;
            for (std::size_t t = episode.returns.size(); t-- > 0;) {
                following = episode.returns[t] = 1 + 0.99 * following;
                sum += following;
                squares += following * following;
                ++count;
            }
        }
        const double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean) + 1e-6;
        tape->clear();
        for (const Episode& episode : played) {
            const auto ys = tape->forward(episode.states);
            std::vector<Policy::Output> dys(ys.size());
            for (std::size_t t = 0; t < ys.size(); ++t) {
                const std::size_t a = episode.actions[t];
                dys[t][a] = static_cast<float>((mean - episode.returns[t]) / deviation / count) / ys[t][a];
            }
            tape->accumulate(dys);
        }
        updater.step(*tape);
    }
    return net;
}

// The net gives the value Q of each action. Double Q-learning (van Hasselt et al., 2016) with experience
// replay (Mnih et al., 2015): the net chooses the next action, the target network values it.
using Values = Net<Dense<4, 64, Relu>, Dense<64, 64, Relu>, Dense<64, 2>>;

Values learn_by_q_learning(std::uint64_t seed) {
    constexpr std::size_t batch = 64, memory_size = 20000, warm_up = 500;
    struct Step {
        CartPole::State before, after;
        std::size_t action;
        bool has_fallen;
    };
    Values net;
    initialize(net, seed);
    Values target = net;
    Trainer trainer{net, Huber{}, Adam{.learning_rate = 1e-3}, batch_size<batch>};
    std::vector<Step> memory;
    Random random(seed);
    CartPole cart(seed);
    for (std::size_t t = 0; t < 60000; ++t) {
        const double explored = std::max(0.05, 1 - static_cast<double>(t) / 4000);
        const CartPole::State before = cart.state();
        const std::size_t action = random.uniform() < explored ? random() % 2 : best(net(before));
        cart.push(action);
        const Step step{before, cart.state(), action, cart.has_fallen()};
        if (memory.size() < memory_size) memory.push_back(step);
        else memory[t % memory_size] = step;
        if (cart.is_over()) cart.reset();
        if (memory.size() < warm_up) continue;

        std::array<Step, batch> sampled;
        std::array<Values::Input, batch> befores, afters;
        for (std::size_t s = 0; s < batch; ++s) {
            sampled[s] = memory[random() % memory.size()];
            befores[s] = sampled[s].before;
            afters[s] = sampled[s].after;
        }
        std::array<Values::Output, batch> choices, values;
        net(afters, choices);
        target(afters, values);
        trainer.step_with(befores, [&](std::span<const Values::Output> ys, std::span<Values::Output> dys) {
            float loss = 0;
            for (std::size_t s = 0; s < batch; ++s) {
                const std::size_t a = sampled[s].action;
                const float wanted = 1 + (sampled[s].has_fallen ? 0 : 0.99f * values[s][best(choices[s])]);
                const float error = ys[s][a] - wanted;
                loss += error * error / batch;
                dys[s][a] = std::clamp(error, -1.f, 1.f) / batch;
            }
            return loss;
        });
        soft_update(target, net, 0.01);
        if (t % 1000 == 999 && is_learnt(net, seed)) break;
    }
    return net;
}

/// Learns with three seeds; returns whether each reaches 475 steps.
template <class Learn> bool report(const char* method, Learn learn) {
    bool all = true;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const auto start = std::chrono::steady_clock::now();
        const auto net = learn(seed);
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const double steps = average_steps(net, 100, 5000 + seed);
        std::printf("%-16s seed %d: %5.1f of 500 steps, learnt in %.2f s\n", method, static_cast<int>(seed),
                    steps, seconds);
        all = all && steps >= 475;
    }
    return all;
}

int main() {
    const bool by_policy = report("policy gradient", learn_by_policy_gradient);
    const bool by_values = report("double Q-learning", learn_by_q_learning);
    return by_policy && by_values ? 0 : 1;
}
