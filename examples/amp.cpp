// Amplifier: an LSTM and a WaveNet learn from a recording what an amplifier does to a guitar, and play.
//
// They are trained by truncated backpropagation through time on pieces of the recording, and then stream:
// blocks of 64 samples, as an audio plug-in gets them, each timed.
//
//     amp [INPUT.wav TARGET.wav]
//
// The files are mono and of equal length: what went into the amplifier and what came out of it. Without them
// the program makes a guitar and an amplifier. It writes amp_input.wav, amp_target.wav and amp_answer.wav
// into the working directory. Needs libsndfile.
#include <tenon/recordings.hpp>
#include <tenon/wavenet.hpp>

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <memory>
#include <numbers>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tenon;

using Amp = Net<LSTM<1, 20>, Dense<20, 1>>;
using Convolutions = Net<WaveNet<1, SkipLayers<8, 1, Kernel<3>, Dilations<1, 2, 4, 8, 16, 32, 64>>>>;
using Signal = std::vector<Amp::Input>; // an Output is the same array of one float

constexpr int rate = 44100; // of the recording that is made, in Hz
constexpr std::size_t block = 64;

// WAV files.

struct Recording {
    Signal samples;
    int rate;
};

Recording read_wav(const std::string& path) {
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
    if (!file) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
    if (info.channels != 1)
        throw std::runtime_error(path + ": wanted one channel, found " + std::to_string(info.channels));
    Recording result{Signal(static_cast<std::size_t>(info.frames)), info.samplerate};
    if (sf_readf_float(file.get(), result.samples.data()->data(), info.frames) != info.frames)
        throw std::runtime_error(path + ": " + sf_strerror(file.get()));
    return result;
}

void write_wav(const std::string& path, const Recording& recording) {
    SF_INFO info{};
    info.channels = 1;
    info.samplerate = recording.rate;
    info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_WRITE, &info), sf_close);
    const auto frames = static_cast<sf_count_t>(recording.samples.size());
    if (!file || sf_writef_float(file.get(), recording.samples.data()->data(), frames) != frames)
        throw std::runtime_error(path + ": " + sf_strerror(file.get()));
}

// A guitar and an amplifier.

/// Plucked strings: noise in a loop that dampens it (Karplus and Strong, 1983), soft and hard, one after
/// another and in chords.
Signal play_guitar(std::size_t count) {
    std::mt19937 random(7);
    Signal result(count);
    const auto uniform = [&] { return static_cast<double>(random()) / 4294967295.; };
    for (std::size_t start = 0; start < count; start += rate / 4) {
        const double loudness = 0.05 + 0.5 * uniform();
        const std::size_t strings = random() % 3 == 0 ? 3 : 1, root = random() % 25;
        for (std::size_t s = 0; s < strings; ++s) {
            const double pitch = 82.4 * std::exp2(static_cast<double>(root + s * 7) / 12);
            std::vector<double> loop(static_cast<std::size_t>(rate / pitch));
            for (double& value : loop) value = loudness * (2 * uniform() - 1);
            double last = 0;
            const std::size_t end = std::min(count, start + rate);
            for (std::size_t i = start, place = 0; i < end; ++i, place = (place + 1) % loop.size()) {
                const double now = loop[place];
                loop[place] = 0.996 * (now + last) / 2;
                last = now;
                result[i][0] += static_cast<float>(now);
            }
        }
    }
    return result;
}

/// A valve stage at eight times the rate, so that its overtones are not mirrored: a high-pass, a curve whose
/// bias follows the loudness of the last hundredth of a second, a low-pass.
class Amplifier {
    static constexpr std::size_t factor = 8, half = 16 * factor; // of the filters that change the rate
    std::vector<double> filter_;

public:
    Amplifier() : filter_(2 * half + 1) {
        using std::numbers::pi;
        for (std::size_t i = 0; i < filter_.size(); ++i) {
            const double x = (static_cast<double>(i) - half) / factor,
                         window = 0.5 + 0.5 * std::cos(pi * x / 16);
            filter_[i] = window * (i == half ? 0.9 : std::sin(0.9 * pi * x) / (pi * x));
        }
    }

    Signal operator()(const Signal& x) const {
        std::vector<double> fast(x.size() * factor + 2 * half);
        for (std::size_t i = 0; i < x.size(); ++i)
            for (std::size_t k = 0; k < filter_.size(); ++k)
                fast[i * factor + k] += static_cast<double>(x[i][0]) * filter_[k];
        double low = 0, loudness = 0, once = 0, twice = 0;
        for (double& value : fast) {
            low += step(80) * (value - low);
            const double high = value - low;
            loudness += step(16) * (std::abs(high) - loudness);
            const double shaped = std::tanh(8 * high - 3 * loudness) + 0.1 * high;
            once += step(5000) * (shaped - once);
            twice += step(5000) * (once - twice);
            value = twice;
        }
        Signal y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            double sum = 0;
            for (std::size_t k = 0; k < filter_.size(); ++k) sum += fast[i * factor + k] * filter_[k];
            y[i][0] = static_cast<float>(0.6 * sum / factor);
        }
        return y;
    }

private:
    /// The step of a first-order filter with this corner, in Hz.
    static double step(double corner) {
        return 1 - std::exp(-2 * std::numbers::pi * corner / (rate * static_cast<double>(factor)));
    }
};

// Training and playing.

template <class Net>
void train(Net& net, std::span<const typename Net::Input> xs, std::span<const typename Net::Output> ts,
           std::size_t epochs, double learning_rate) {
    initialize(net, 1);
    const std::size_t segment = 2048 + 256, updates = (xs.size() / segment + 1 + 15) / 16 * (2048 / 128);
    const Scheduled optimizer{Adam{.learning_rate = learning_rate}, Cosine{.steps = epochs * updates}};
    using Optimizer = std::remove_const_t<decltype(optimizer)>;
    using Training = RecordingTrainer<Net, ErrorToSignal, Optimizer, 128, 16>;
    const auto trainer =
        std::make_unique<Training>(net, ErrorToSignal{}, optimizer, window<128>, batch_size<16>);
    const std::clock_t start = std::clock();
    const History history =
        trainer->fit(xs, ts, {.epochs = epochs, .segment = segment, .warm_up = 256, .shuffle_seed = 1},
                     [&](const Epoch& epoch) {
                         std::printf("epoch %2zu  error to signal %.4f  %.1f core-seconds\n", epoch.number,
                                     epoch.loss, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
                         std::fflush(stdout);
                     });
    if (history.outcome != Outcome::finished) throw std::runtime_error("the training did not finish");
}

/// Streams a net in blocks, as an audio plug-in does, and prints what share of real time the blocks take.
template <class Net> Signal play(const Net& net, std::span<const Amp::Input> xs, int samples_per_second) {
    using Clock = std::chrono::steady_clock;
    const flush_denormals flush;
    Signal ys(xs.size());
    State<Net> state;
    std::vector<double> seconds;
    for (std::size_t first = 0; first + block <= xs.size(); first += block) {
        const auto start = Clock::now();
        net.run(state, xs.subspan(first, block), std::span(ys).subspan(first, block));
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::ranges::sort(seconds);
    const auto at = [&](double share) {
        return seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
    };
    const double available = static_cast<double>(block) / samples_per_second;
    std::printf(
        "blocks of %zu samples take %.1f us, 99.9%% of them at most %.1f us: %.1f%% and %.1f%% of real "
        "time\n",
        block, 1e6 * at(0.5), 1e6 * at(0.999), 100 * at(0.5) / available, 100 * at(0.999) / available);
    return ys;
}

/// Draws a piece of a signal, a sample a column, for values from -largest to largest.
void draw(std::span<const Amp::Output> ys, float largest) {
    constexpr int rows = 11, middle = rows / 2;
    for (int row = 0; row < rows; ++row) {
        std::string line;
        for (const auto& y : ys) {
            const int end = static_cast<int>(std::lround((1 - y[0] / largest) * middle));
            const bool is_filled = std::min(end, middle) <= row && row <= std::max(end, middle);
            line += is_filled ? '#' : ' ';
        }
        std::puts(line.c_str());
    }
}

int main(int count, char** arguments) try {
    const bool is_given = count == 3;
    const Recording input = is_given ? read_wav(arguments[1]) : Recording{play_guitar(15 * rate), rate};
    const Recording target = is_given ? read_wav(arguments[2]) : Recording{Amplifier{}(input.samples), rate};
    if (input.rate != target.rate || input.samples.size() != target.samples.size())
        throw std::runtime_error("both recordings must have the same rate and length");
    if (input.samples.size() < 10 * static_cast<std::size_t>(input.rate))
        throw std::runtime_error("the recordings must have at least 10 seconds");
    if (!is_given) {
        write_wav("amp_input.wav", input);
        write_wav("amp_target.wav", target);
    }
    const std::size_t split = input.samples.size() * 4 / 5;
    const std::span<const Amp::Input> xs(input.samples), ts(target.samples);

    const auto test_xs = xs.subspan(split), test_ts = ts.subspan(split);
    std::puts("LSTM of 20 units");
    const auto lstm = std::make_unique<Amp>();
    train(*lstm, xs.first(split), ts.first(split), 30, 8e-3);
    const Signal ys = play(*lstm, test_xs, input.rate);
    write_wav("amp_answer.wav", {ys, input.rate});
    std::puts("\nWaveNet of 8 channels");
    const auto convolutions = std::make_unique<Convolutions>();
    train(*convolutions, xs.first(split), ts.first(split), 30, 1e-2);
    const Signal by_convolutions = play(*convolutions, test_xs, input.rate);

    const std::size_t piece = ys.size() / 2;
    const std::span<const Amp::Output> wanted = test_ts.subspan(piece, 100);
    float largest = 1e-9f;
    for (const auto& y : wanted) largest = std::max(largest, std::abs(y[0]));
    std::puts("\nThe amplifier:");
    draw(wanted, largest);
    std::puts("\nThe LSTM:");
    draw(std::span(ys).subspan(piece, 100), largest);

    const auto error = [&](const Signal& answer) {
        return error_to_signal(std::span(answer).subspan(2048), test_ts.subspan(2048));
    };
    std::printf("\nerror to signal of the last fifth: LSTM %.2f%%, WaveNet %.2f%%\n", 100 * error(ys),
                100 * error(by_convolutions));
    if (is_given || (error(ys) < 0.01 && error(by_convolutions) < 0.01)) return 0;
    std::puts("FAILED: more than 1%");
    return 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
