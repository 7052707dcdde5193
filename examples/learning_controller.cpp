// Learning controller: a robot's joint is controlled at 10 kHz by a net that another thread trains meanwhile.
//
// Feedback-error learning (Kawato et al., 1987): the torque is that of a PD controller plus that of the net,
// which gets the desired angle, velocity and acceleration. What the PD controller still had to add is the
// net's error. The controlling thread sends it through a queue of 6.4 ms, so that the simulation, which is
// quicker than 10 kHz, runs no further ahead; the learning thread does one step for each of
// a million samples, clips the weights, and hands nets back. Nobody waits for a lock. The figure is the error
// of tracking, first without a net, then with the one learnt, and the times of the learning steps, of which
// 10 kHz allow 100 us.
#include "triple_buffer.hpp"

#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

using namespace tenon;

using Torque = Net<Dense<4, 24, Tanh>, Dense<24, 1>>; // sine of the angle, cosine, velocity, acceleration
static_assert(std::is_trivially_copyable_v<Torque>);

/// A queue from one thread to one other, wait-free.
template <class T, std::size_t Size> class Queue {
public:
    bool push(const T& value) noexcept {
        const std::size_t end = end_.load(std::memory_order_relaxed);
        if (end - first_.load(std::memory_order_acquire) == Size) return false;
        slots_[end % Size] = value;
        end_.store(end + 1, std::memory_order_release);
        return true;
    }
    bool pop(T& value) noexcept {
        const std::size_t first = first_.load(std::memory_order_relaxed);
        if (first == end_.load(std::memory_order_acquire)) return false;
        value = slots_[first % Size];
        first_.store(first + 1, std::memory_order_release);
        return true;
    }

private:
    std::array<T, Size> slots_{};
    alignas(64) std::atomic<std::size_t> first_{0};
    alignas(64) std::atomic<std::size_t> end_{0};
};

/// An arm of 1 kg at 0.5 m with friction in its joint.
struct Joint {
    double angle = 0, velocity = 0;

    void move(double torque, double dt) noexcept {
        const double friction = 0.4 * std::tanh(velocity / 0.05) + 0.1 * velocity;
        velocity += dt * (torque - friction - 9.81 * 0.5 * std::sin(angle)) / 0.25;
        angle += dt * velocity;
    }
};

struct Desired {
    double angle, velocity, acceleration;
};
Desired desired_at(double t) noexcept {
    const double a = 2.1, b = 3.7;
    return {std::sin(a * t) + 0.5 * std::sin(b * t), a * std::cos(a * t) + 0.5 * b * std::cos(b * t),
            -a * a * std::sin(a * t) - 0.5 * b * b * std::sin(b * t)};
}
Torque::Input input_of(const Desired& d) noexcept {
    return {static_cast<float>(std::sin(d.angle)), static_cast<float>(std::cos(d.angle)),
            static_cast<float>(d.velocity / 4), static_cast<float>(d.acceleration / 12)};
}

struct Observation {
    Torque::Input x;
    float feedback; ///< the torque of the PD controller
};

constexpr std::size_t samples = 1'000'000; // 100 s
constexpr double dt = 1e-4;

/// The joint with its PD controller.
class Controller {
public:
    /// Moves the joint with the torque of the PD controller, which it returns, and another one.
    double run(std::size_t i, double torque) noexcept {
        const Desired desired = desired_at(static_cast<double>(i) * dt);
        const double error = desired.angle - joint_.angle;
        const double feedback = 200 * error + 14 * (desired.velocity - joint_.velocity);
        joint_.move(feedback + torque, dt);
        squares_ += error * error;
        ++count_;
        return feedback;
    }
    /// The root of the mean squared error since the start, or since forget_errors.
    double error() const noexcept { return std::sqrt(squares_ / count_); }
    void forget_errors() noexcept { squares_ = count_ = 0; }

private:
    Joint joint_{desired_at(0).angle, desired_at(0).velocity};
    double squares_ = 0, count_ = 0;
};

/// The learning thread. Returns the duration of each step in us.
std::vector<float> learn(Queue<Observation, 64>& queue, TripleBuffer<Torque>& nets, Torque net) {
    using Clock = std::chrono::steady_clock;
    std::vector<float> durations(samples);
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 1e-4}, batch_size<1>};
    for (float& duration : durations) {
        Observation sample;
        while (!queue.pop(sample)) std::this_thread::yield();
        const auto start = Clock::now();
        trainer.step_with(sample.x, [&](const Torque::Output&, Torque::Output& dy) {
            dy[0] = -sample.feedback;
            return sample.feedback * sample.feedback / 2;
        });
        for (float& weight : net.parameters()) weight = std::clamp(weight, -8.f, 8.f);
        nets.write(net);
        duration = std::chrono::duration<float, std::micro>(Clock::now() - start).count();
    }
    return durations;
}

int main() {
    Torque net;
    initialize(net, 1);
    for (float& weight : net.parameters().last<25>()) weight = 0; // the last layer: no torque at first
    const auto queue = std::make_unique<Queue<Observation, 64>>();
    TripleBuffer<Torque> nets(net);
    std::vector<float> durations;
    std::thread learner([&] { durations = learn(*queue, nets, net); });

    Controller controller;
    for (std::size_t i = 0; i < samples / 10; ++i) controller.run(i, 0);
    const double without = controller.error();

    controller = {};
    float largest_weight = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        if (i == samples / 10 * 9) controller.forget_errors();
        const Torque& newest = nets.newest();
        const Torque::Input x = input_of(desired_at(static_cast<double>(i) * dt));
        const double feedback = controller.run(i, static_cast<double>(newest(x)[0]));
        while (!queue->push({x, static_cast<float>(feedback)})) std::this_thread::yield();
        if (i % 1000 == 0)
            for (const float weight : newest.parameters())
                largest_weight = std::max(largest_weight, std::abs(weight));
    }
    const double last = controller.error();
    learner.join();

    std::ranges::sort(durations);
    const float typical = durations[samples / 2], nearly_worst = durations[samples - samples / 10000];
    std::printf(
        "tracking error %.2f mrad without the net, %.2f mrad with it after 90 s; largest weight %.2f\n",
        1e3 * without, 1e3 * last, static_cast<double>(largest_weight));
    std::printf(
        "a learning step takes %.2f us, the worst of a million %.1f us, all but 100 at most %.2f us\n",
        static_cast<double>(typical), static_cast<double>(durations.back()),
        static_cast<double>(nearly_worst));
    // The worst step is that of a thread that the system interrupts; other programs run, too.
    return last < without / 10 && largest_weight <= 8 && typical < 20 &&
                   durations[samples - samples / 100] < 100
               ? 0
               : 1;
}
