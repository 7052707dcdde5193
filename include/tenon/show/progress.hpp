// Progress: an observer of training that shows its progress.
#pragma once

#include <tenon/show/terminal.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/train/epoch_with.hpp>
#include <tenon/train/history.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <ostream>
#include <string>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Shows each epoch of Trainer::fit: `Progress progress{std::cout}; trainer.fit(xs, ts, options, progress);`,
/// with the losses, the metrics of fit and the learning rate. On a terminal it updates one line, elsewhere it
/// writes about ten lines in all. To show another number as accuracy, call it from an observer of your own.
/// `finish`, or the destructor, ends the line.
class Progress {
public:
    explicit Progress(std::ostream& out) : out_(out), terminal_(out), start_(Clock::now()) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { finish(); }

    void operator()(const Epoch& epoch, double accuracy = math::not_a_number<double>()) {
        metrics_.clear();
        if (math::is_finite(accuracy)) metrics_ = ", right " + detail::percent(accuracy);
        update(epoch);
    }
    template <class... Metrics> void operator()(const EpochWith<Metrics...>& epoch) {
        metrics_.clear();
        for (std::size_t i = 0; i < sizeof...(Metrics); ++i)
            metrics_ +=
                ", " + std::string{epoch.metric_names[i]} + ' ' + detail::significant(epoch.metrics[i], 3);
        update(epoch);
    }

    /// Shows the last epoch and the elapsed time.
    void finish() {
        if (!finished_ && epoch_.number > 0) show(true);
        finished_ = true;
    }

private:
    using Clock = std::chrono::steady_clock;

    void update(const Epoch& epoch) {
        if (first_ == 0) first_ = epoch.number;
        epoch_ = epoch;
        const std::size_t step = std::max<std::size_t>(1, epoch.total / 10);
        const bool is_due = terminal_.is_terminal ? seconds() - shown_at_ >= 0.05 : epoch.number % step == 0;
        if (is_due || epoch.number == first_) show(false);
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

    void show(bool is_last) {
        using namespace detail;
        shown_at_ = seconds();
        const std::size_t all = std::max({epoch_.total, epoch_.number, std::size_t{1}});
        const double share = static_cast<double>(epoch_.number) / static_cast<double>(all),
                     done = static_cast<double>(epoch_.number - std::min(first_, epoch_.number) + 1),
                     to_do = static_cast<double>(all - epoch_.number); // fit may begin at any epoch
        const std::string total = std::to_string(all);
        const std::string begin =
            "epoch " + right(std::to_string(epoch_.number), total.size()) + '/' + total + ' ';
        std::string end = " loss " + significant(epoch_.loss, 3);
        if (!math::is_nan(epoch_.validation_loss))
            end += ", validation " + significant(epoch_.validation_loss, 3);
        end += metrics_;
        if (math::is_finite(epoch_.learning_rate))
            end += ", learning rate " + significant(epoch_.learning_rate, 3);
        end += is_last ? ", " + duration(shown_at_) : ", " + duration(shown_at_ * to_do / done) + " left";
        if (!terminal_.is_terminal) {
            out_ << begin << end << std::endl;
            return;
        }
        const std::size_t columns = terminal_.columns, used = begin.size() + end.size();
        std::string line = begin + end;
        if (used + 5 < columns) { // a bar fits
            const std::size_t width = std::min<std::size_t>(30, columns - 1 - used);
            const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
            line = begin + terminal_.styled("36", repeated("━", filled)) +
                   terminal_.styled("2", repeated("─", width - filled)) + end;
        } else line = line.substr(0, columns - 1);
        out_ << '\r' << line << "\x1b[K" << (is_last ? "\n" : "") << std::flush;
    }

    std::ostream& out_;
    detail::Terminal terminal_;
    Clock::time_point start_;
    Epoch epoch_{};
    std::string metrics_;
    std::size_t first_ = 0; // the first epoch that was seen
    double shown_at_ = 0;
    bool finished_ = false;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
