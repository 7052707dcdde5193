// save_checkpoint and resume: the whole state of a training in a file.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/checkpoint_file.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/tenon.hpp>
#include <tenon/text/spelling.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// A friend of the trainer. Names and sizes of all parts are compared before the first is copied.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
class Checkpoint<Trainer<Net, Loss, Optimizer, Batch>> {
    using FitTrainer = Trainer<Net, Loss, Optimizer, Batch>;
    using State = decltype(FitTrainer::step_.state);
    static_assert(std::is_trivially_copyable_v<Optimizer> && std::is_trivially_copyable_v<State>,
                  "the settings and the state of an optimizer in a checkpoint must be trivially copyable");

public:
    static std::string file_of(const FitTrainer& trainer, const Net* best) {
        CheckpointWriter file;
        file.text("net", type_name<Net>());
        file.text("loss", type_name<Loss>());
        file.text("optimizer", type_name<Optimizer>());
        file.text("batch_size", std::to_string(Batch));
        file.part("parameters", bytes_of(trainer.net_.parameters()));
        file.part("settings", bytes_of(trainer.optimizer_));
        file.part("state", bytes_of(trainer.step_.state));
        file.part("steps", bytes_of(trainer.passes_.keys.state()));
        file.part("progress", bytes_of(trainer.progress_));
        if (best) file.part("best", bytes_of(best->parameters()));
        return file.finish();
    }

    static std::size_t resume(FitTrainer& trainer, Net* best, const std::filesystem::path& path) {
        const std::string bytes = read_bytes(path);
        CheckpointReader file{path.string(), bytes};
        file.require("net", type_name<Net>());
        file.require("loss", type_name<Loss>());
        file.require("optimizer", type_name<Optimizer>());
        file.require("batch_size", std::to_string(Batch));
        auto steps = trainer.passes_.keys.state();
        const std::string_view parameters =
                                   file.part("parameters", bytes_of(trainer.net_.parameters()).size()),
                               settings = file.part("settings", sizeof trainer.optimizer_),
                               state = file.part("state", sizeof trainer.step_.state),
                               step_bytes = file.part("steps", sizeof steps),
                               progress = file.part("progress", sizeof trainer.progress_);
        std::string_view best_bytes;
        if (best || !file.at_end()) best_bytes = file.part("best", parameters.size());
        if (!file.at_end()) throw file.refused("no more parts", "another one");
        // Nothing has changed so far, and nothing can fail from here on.
        std::memcpy(trainer.net_.parameters().data(), parameters.data(), parameters.size());
        std::memcpy(static_cast<void*>(&trainer.optimizer_), settings.data(), settings.size());
        std::memcpy(static_cast<void*>(&trainer.step_.state), state.data(), state.size());
        std::memcpy(&steps, step_bytes.data(), step_bytes.size());
        trainer.passes_.keys.restore(steps);
        std::memcpy(static_cast<void*>(&trainer.progress_), progress.data(), progress.size());
        if (!best) trainer.progress_.best_is_kept = false;
        if (best) std::memcpy(best->parameters().data(), best_bytes.data(), best_bytes.size());
        trainer.step_.state_was_replaced();
        return trainer.progress_.epoch + 1;
    }

private:
    template <class T> static std::string type_name() {
        std::string name;
        const auto append = [&](std::string_view text) { name += text; };
        Spelling<T, false>::write(append);
        return name;
    }
    template <class T> static std::string_view bytes_of(const T& value) {
        if constexpr (requires { value.data(); })
            return {reinterpret_cast<const char*>(value.data()), value.size() * sizeof(*value.data())};
        else return {reinterpret_cast<const char*>(&value), sizeof value};
    }
};

} // namespace detail

/// Writes all that decides how a training goes on: parameters, the optimizer's settings and state (with a
/// schedule's steps), the seed and number of steps, the epoch, early stopping, reduce_on_plateau, and the
/// weights of the best epoch if `best` is given. Not the samples, the options of fit, and its history. Called
/// after an epoch, for example by an observer; within one, resume begins that epoch anew:
/// `trainer.fit(xs, ts, options, [&](const Epoch&) { save_checkpoint(trainer, "mnist.checkpoint"); });`.
///
/// The file is complete on the disk before it takes the place of an older one (io/write_file.hpp): whenever
/// the program or the machine stops, the old or the new one is there. Throws Error, and leaves the old one.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
void save_checkpoint(const Trainer<Net, Loss, Optimizer, Batch>& trainer, const std::filesystem::path& path) {
    using Checkpoint = detail::Checkpoint<Trainer<Net, Loss, Optimizer, Batch>>;
    detail::write_file(path, Checkpoint::file_of(trainer, nullptr), detail::Durability::synced);
}
template <class Net, class Loss, class Optimizer, std::size_t Batch>
void save_checkpoint(const Trainer<Net, Loss, Optimizer, Batch>& trainer, const Net& best,
                     const std::filesystem::path& path) {
    using Checkpoint = detail::Checkpoint<Trainer<Net, Loss, Optimizer, Batch>>;
    detail::write_file(path, Checkpoint::file_of(trainer, &best), detail::Durability::synced);
}

/// Gives a trainer, and its net, the state in a checkpoint of the same types of net, loss, optimizer and
/// batch_size. Returns the number of the next epoch: `options.first_epoch = resume(trainer,
/// "mnist.checkpoint");`. With the same samples and options, training then has the same result, bit by bit,
/// as if it had not been interrupted. Settings of the optimizer are those of the file. Without `best`, a fit
/// that keeps the best weights looks for the best epoch anew.
///
/// Throws Error if the file cannot be read, is no checkpoint, is damaged, or one of another training; trainer
/// and nets are then unchanged.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
std::size_t resume(Trainer<Net, Loss, Optimizer, Batch>& trainer, const std::filesystem::path& path) {
    return detail::Checkpoint<Trainer<Net, Loss, Optimizer, Batch>>::resume(trainer, nullptr, path);
}
template <class Net, class Loss, class Optimizer, std::size_t Batch>
std::size_t resume(Trainer<Net, Loss, Optimizer, Batch>& trainer, Net& best,
                   const std::filesystem::path& path) {
    return detail::Checkpoint<Trainer<Net, Loss, Optimizer, Batch>>::resume(trainer, &best, path);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
