// Gestures: a GRU tells from an accelerometer, measurement by measurement, what a hand does.
//
// It is trained on windows of 50 measurements, a second, and writes the net that runs measurement by
// measurement to gestures_net.hpp, for a microcontroller: tests/microcontroller runs it on one.
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <memory>
#include <numbers>
#include <random>
#include <span>
#include <vector>

using namespace tenon;

constexpr std::size_t steps = 50;
enum Gesture : std::size_t { rest, shake, circle, knock };
constexpr std::array names{"rest", "shake", "circle", "knock"};

/// Takes the acceleration along three axes and its magnitude, in g without gravity.
using Gestures = Net<GRU<4, 16>, Dense<16, 4, Softmax>>;
using Trained = Net<Sequence<steps, GRU<4, 16>>, LastStep<Shape<steps, 16>>, Dense<16, 4, Softmax>>;
using Window = Trained::Input;

/// A second of a gesture: fast or slow, strong or weak, in any direction, with noise.
Window measure(Gesture gesture, std::mt19937& random) {
    const auto uniform = [&](double low, double high) {
        return low + (high - low) * static_cast<double>(random()) / 4294967295.;
    };
    using std::numbers::pi;
    const double rate = uniform(2, 4), strength = uniform(0.4, 1.2), phase = uniform(0, 2 * pi),
                 turn = uniform(0, 2 * pi), sign = uniform(0, 1) < 0.5 ? -1 : 1;
    Window window{};
    for (std::size_t t = 0; t < steps; ++t) {
        const double seconds = static_cast<double>(t) / 50, angle = 2 * pi * rate * seconds + phase;
        double along = 0, across = 0;
        if (gesture == shake) along = strength * std::sin(angle);
        if (gesture == circle) {
            along = strength * std::cos(angle);
            across = sign * strength * std::sin(angle);
        }
        if (gesture == knock) // short, twice a second
            along = 1.5 * strength * std::exp(-30 * std::fmod(seconds + phase / (4 * pi), 0.5));
        const double x = along * std::cos(turn) - across * std::sin(turn),
                     y = along * std::sin(turn) + across * std::cos(turn);
        std::array<double, 3> a{x, y, 0};
        double squares = 0;
        for (double& value : a) {
            value += uniform(-0.1, 0.1);
            squares += value * value;
        }
        for (std::size_t i = 0; i < 3; ++i) window[4 * t + i] = static_cast<float>(a[i]);
        window[4 * t + 3] = static_cast<float>(std::sqrt(squares));
    }
    return window;
}

int main() try {
    std::mt19937 random(3);
    std::vector<Window> windows(5000);
    std::vector<std::size_t> gestures(windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
        gestures[i] = i % 4;
        windows[i] = measure(Gesture{i % 4}, random);
    }
    const auto xs = std::span(windows).first(4000), test_xs = std::span(windows).subspan(4000);
    const auto ts = std::span(gestures).first(4000), test_ts = std::span(gestures).subspan(4000);

    const auto trained = std::make_unique<Trained>();
    initialize(*trained, 1);
    using Training = Trainer<Trained, CrossEntropy, Adam, 32>;
    const auto trainer = std::make_unique<Training>(*trained, CrossEntropy{}, Adam{.learning_rate = 5e-3});
    const History history = trainer->fit(xs, ts, {.epochs = 12, .batch = 32, .shuffle_seed = 1});
    const double right = accuracy(*trained, test_xs, test_ts);
    std::printf("%zu epochs, loss %.3f; %.1f%% of the test windows are right\n", history.last.number,
                history.last.loss, 100 * right);

    Gestures net;
    std::ranges::copy(trained->parameters(), net.parameters().begin());
    for (std::size_t gesture = 0; gesture < names.size(); ++gesture) {
        State<Gestures> state;
        std::printf("\n%-6s", names[gesture]);
        for (std::size_t t = 0; t < steps; ++t) {
            Gestures::Input x;
            std::copy_n(test_xs[gesture].begin() + static_cast<std::ptrdiff_t>(4 * t), 4, x.begin());
            const Gestures::Output y = net.step(state, x);
            const auto best = static_cast<std::size_t>(std::ranges::max_element(y) - y.begin());
            if (t % 7 == 6) std::printf("  %-6s", names[best]);
        }
    }
    write_header(net, "gestures_net.hpp", "gestures_net");
    std::puts("\n\nwrote gestures_net.hpp");
    if (right >= 0.95) return 0;
    std::puts("FAILED: less than 95%");
    return 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
