// Pendulum: a pendulum is swung up by a torque that is too weak to lift it, learnt by an actor-critic.
//
// TD3 (Fujimoto et al., 2018): two critics learn the value of an action; the actor follows the critic's
// gradient with respect to the action, which is a part of its input. The figure is the mean return of 50
// episodes, for three seeds.
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

/// The physics and the reward of Gym's Pendulum-v1: 1 kg, 1 m, at most 2 Nm, steps of 0.05 s.
class Pendulum {
public:
    using State =
        std::array<float, 3>; // cosine and sine of the angle from the vertical, angular velocity / 8
    static constexpr int steps_per_episode = 200;

    explicit Pendulum(std::uint64_t seed) : random_(seed) { reset(); }

    void reset() {
        angle_ = pi * (2 * random_.uniform() - 1);
        velocity_ = 2 * random_.uniform() - 1;
    }
    State state() const {
        return {static_cast<float>(std::cos(angle_)), static_cast<float>(std::sin(angle_)),
                static_cast<float>(velocity_ / 8)};
    }
    /// Applies a torque of 2 Nm times `action` for a step. Returns the reward.
    double turn(double action) {
        const double torque = 2 * std::clamp(action, -1.0, 1.0);
        const double from_top = std::remainder(angle_, 2 * pi);
        const double cost = from_top * from_top + 0.1 * velocity_ * velocity_ + 0.001 * torque * torque;
        velocity_ = std::clamp(velocity_ + (15 * std::sin(angle_) + 3 * torque) * 0.05, -8.0, 8.0);
        angle_ += velocity_ * 0.05;
        return -cost;
    }

private:
    static constexpr double pi = 3.14159265358979;
    Random random_;
    double angle_ = 0, velocity_ = 0;
};

using Actor = Net<Dense<3, 64, Relu>, Dense<64, 64, Relu>, Dense<64, 1, Tanh>>;
using Critic = Net<Dense<4, 64, Relu>, Dense<64, 64, Relu>, Dense<64, 1>>; // of state and action

class Td3 {
public:
    static constexpr std::size_t batch = 64, warm_up = 1000;

    explicit Td3(std::uint64_t seed) : random_(seed) {
        initialize(actor_, seed);
        initialize(critics_[0], seed + 100);
        initialize(critics_[1], seed + 200);
        actor_target_ = actor_;
        critic_targets_ = critics_;
    }

    const Actor& actor() const { return actor_; }

    /// An action with noise; at first, any.
    double explore(const Pendulum::State& state) {
        if (memory_.size() < warm_up) return 2 * random_.uniform() - 1;
        return std::clamp(static_cast<double>(actor_(state)[0]) + 0.1 * random_.normal(), -1.0, 1.0);
    }

    void learn(const Pendulum::State& before, double action, double reward, const Pendulum::State& after) {
        memory_.push_back(
            {with_action(before, static_cast<float>(action)), after, static_cast<float>(reward)});
        if (memory_.size() < warm_up) return;
        std::array<Pendulum::State, batch> states, afters;
        std::array<Critic::Input, batch> xs, next_xs;
        std::array<float, batch> rewards;
        for (std::size_t s = 0; s < batch; ++s) {
            const Step& step = memory_[random_() % memory_.size()];
            xs[s] = step.state_and_action;
            states[s] = {xs[s][0], xs[s][1], xs[s][2]};
            afters[s] = step.after;
            rewards[s] = step.reward;
        }

        // The critics learn reward + 0.99 Q(next), the smaller Q of two, for a noisy next action.
        std::array<Actor::Output, batch> actions;
        std::array<Critic::Output, batch> values, others;
        actor_target_(afters, actions);
        for (std::size_t s = 0; s < batch; ++s) {
            const float noise = std::clamp(static_cast<float>(0.2 * random_.normal()), -0.5f, 0.5f);
            next_xs[s] = with_action(afters[s], std::clamp(actions[s][0] + noise, -1.f, 1.f));
        }
        critic_targets_[0](next_xs, values);
        critic_targets_[1](next_xs, others);
        for (std::size_t s = 0; s < batch; ++s)
            values[s][0] = 0.1f * rewards[s] + 0.99f * std::min(values[s][0], others[s][0]);
        first_.step(xs, values);
        second_.step(xs, values);
        if (++steps_ % 2 != 0) return;

        // The actor follows the first critic's gradient with respect to the action.
        const auto ys = tape_.forward(states);
        for (std::size_t s = 0; s < batch; ++s) xs[s] = with_action(states[s], ys[s][0]);
        std::array<Critic::Output, batch> dqs;
        dqs.fill({-1.f / batch});
        input_gradient(critics_[0], xs, dqs, xs);
        for (std::size_t s = 0; s < batch; ++s) actions[s][0] = xs[s][3];
        tape_.backward(actions);
        updater_.step(tape_);
        soft_update(actor_target_, actor_, 0.01);
        soft_update(critic_targets_[0], critics_[0], 0.01);
        soft_update(critic_targets_[1], critics_[1], 0.01);
    }

private:
    struct Step {
        Critic::Input state_and_action;
        Pendulum::State after;
        float reward;
    };
    static Critic::Input with_action(const Pendulum::State& state, float action) {
        return {state[0], state[1], state[2], action};
    }

    Random random_;
    Actor actor_, actor_target_;
    std::array<Critic, 2> critics_, critic_targets_;
    std::vector<Step> memory_{};
    std::size_t steps_ = 0;
    Trainer<Critic, MeanSquaredError, Adam, batch> first_{critics_[0], MeanSquaredError{}, Adam{}},
        second_{critics_[1], MeanSquaredError{}, Adam{}};
    Tape<Actor, batch> tape_{actor_};
    Updater<Actor, Adam> updater_{actor_, Adam{}};
};

double mean_return(const Actor& actor, int episodes, std::uint64_t seed) {
    Pendulum pendulum(seed);
    double sum = 0;
    for (int e = 0; e < episodes; ++e) {
        pendulum.reset();
        for (int t = 0; t < Pendulum::steps_per_episode; ++t)
            sum += pendulum.turn(static_cast<double>(actor(pendulum.state())[0]));
    }
    return sum / episodes;
}

int main() {
    bool all = true;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const auto start = std::chrono::steady_clock::now();
        const auto agent = std::make_unique<Td3>(seed);
        Pendulum pendulum(seed);
        for (int episode = 0; episode < 60; ++episode) {
            pendulum.reset();
            for (int t = 0; t < Pendulum::steps_per_episode; ++t) {
                const Pendulum::State before = pendulum.state();
                const double action = agent->explore(before);
                const double reward = pendulum.turn(action);
                agent->learn(before, action, reward, pendulum.state());
            }
        }
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const double reached = mean_return(agent->actor(), 50, 9000 + seed);
        std::printf("seed %d: mean return %.0f after 12000 steps in %.1f s\n", static_cast<int>(seed),
                    reached, seconds);
        all = all && reached > -200;
    }
    return all ? 0 : 1;
}
