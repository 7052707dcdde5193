// Checkpoints: training that is killed and resumed, damaged and foreign files, disks that are full.
#include <tenon/io/checkpoint.hpp>
#include <tenon/threads.hpp>

#include "io_files.hpp"
#include "support.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace tenon;
namespace fs = std::filesystem;
using detail::read_bytes;

// In this program small minibatches are divided among threads too.
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::min_parallel_minibatch<NetOf<T, Layers...>> = 0;
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::min_parallel_fit<NetOf<T, Layers...>> = 0;

namespace {

using N = Net<Dense<3, 10, Tanh>, BatchNorm<Shape<10>>, Dropout<Shape<10>, 20>, Dense<10, 2, Softmax>>;
using Wrapped = ClipNorm<Scheduled<Averaged<Adam>, Cosine>>;
using NTrainer = Trainer<N, CrossEntropy, Wrapped, 8>;
const auto xs = random_samples<N::Input>(90, 1);
const std::vector<int> classes = [] {
    std::vector<int> all;
    for (const auto& x : xs) all.push_back(x[0] * x[1] > 0);
    return all;
}();
constexpr std::size_t epochs = 150;

/// A training with everything that a checkpoint contains.
struct Training {
    N net, best;
    NTrainer trainer{net,
                     CrossEntropy{},
                     {{Averaged{Adam{.learning_rate = 0.02}}, Cosine{.steps = 2000, .minimum = 0.1}}, 0.5}};
    std::size_t first_epoch = 1;

    Training() {
        initialize(net, 3);
        trainer.seed(5);
    }
    template <class Observer> History fit(std::size_t last, int threads, Observer observer) {
        return trainer.fit(xs, classes,
                           {.epochs = last,
                            .first_epoch = first_epoch,
                            .batch = 24,
                            .shuffle_seed = 7,
                            .validation_share = 0.2,
                            .best = &best,
                            .restore_best = false,
                            .reduce_on_plateau = ReduceOnPlateau{.factor = 0.7, .patience = 5},
                            .threads = threads},
                           observer);
    }
    /// All that training has changed.
    std::string result() const {
        const auto bytes = [](auto values) {
            return std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes());
        };
        return bytes(net.parameters()) + bytes(best.parameters());
    }
    std::string file() const { return detail::Checkpoint<NTrainer>::file_of(trainer, &best); }
};

/// A process that trains and saves each epoch, and at the end writes its result.
[[noreturn]] void train_in_child(const fs::path& checkpoint, const fs::path& result, int threads) {
    try {
        const auto training = std::make_unique<Training>();
        if (fs::exists(checkpoint))
            training->first_epoch = resume(training->trainer, training->best, checkpoint);
        training->fit(epochs, threads,
                      [&](const Epoch&) { save_checkpoint(training->trainer, training->best, checkpoint); });
        detail::write_file(result, training->result());
        _exit(0);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        _exit(1);
    }
}

} // namespace

TEST_CASE("training that is killed at 100 random points, and resumed, has the bits of one that was not") {
    const auto undisturbed = std::make_unique<Training>();
    undisturbed->fit(epochs, 1, [](const Epoch&) {});
    const Folder folder;
    const fs::path checkpoint = folder.path() / "checkpoint", result = folder.path() / "result";
    Random random(std::random_device{}());
    std::size_t kills = 0, completed = 0;
    for (int life = 0; kills < 100 || completed == 0; ++life) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) train_in_child(checkpoint, result, 1 + life % 3);
        if (kills < 100) {
            usleep(static_cast<useconds_t>(random() % 20000));
            kill(child, SIGKILL);
        }
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        if (WIFSIGNALED(status)) {
            REQUIRE(WTERMSIG(status) == SIGKILL);
            ++kills;
            continue;
        }
        REQUIRE(WEXITSTATUS(status) == 0);
        REQUIRE(read_bytes(result) == undisturbed->result());
        ++completed;
        fs::remove(checkpoint);
        fs::remove(result);
    }
    CHECK(kills >= 100);
}

TEST_CASE("a checkpoint restores all of a trainer, and the history goes on") {
    const Folder folder;
    const fs::path path = folder.path() / "checkpoint";
    const auto one = std::make_unique<Training>(), two = std::make_unique<Training>();
    std::string file;
    one->fit(20, 1, [&](const Epoch& epoch) {
        if (epoch.number == 9) {
            save_checkpoint(one->trainer, one->best, path);
            file = one->file();
        }
    });
    CHECK(read_bytes(path) == file);
    tenon::detail::innermost(two->trainer.optimizer()).learning_rate = 77;
    two->first_epoch = resume(two->trainer, two->best, path);
    CHECK(two->first_epoch == 10);
    CHECK(tenon::detail::innermost(two->trainer.optimizer()).learning_rate < 1);
    const History history = two->fit(20, 2, [](const Epoch&) {});
    CHECK(history.epochs().size() == 11);
    CHECK(two->result() == one->result());
    CHECK(two->file() == one->file());
}

namespace {

/// resume ends in a message with these words, and changes nothing.
void check_refused(const fs::path& path, const std::vector<std::string>& words) {
    const auto training = std::make_unique<Training>();
    training->fit(2, 1, [](const Epoch&) {});
    const std::string before = training->file();
    const std::string message = message_of([&] { resume(training->trainer, training->best, path); });
    INFO(message);
    CHECK(message.starts_with(path.string() + ": wanted "));
    CHECK(message.find('\n') == std::string::npos);
    for (const std::string& word : words) CHECK(message.find(word) != std::string::npos);
    CHECK(training->file() == before);
}

} // namespace

TEST_CASE("a truncated, damaged or foreign file ends in a sentence, and changes nothing") {
    const Folder folder;
    const auto training = std::make_unique<Training>();
    training->fit(3, 1, [](const Epoch&) {});
    const std::string file = training->file();
    const fs::path path = folder.path() / "checkpoint";
    const auto throws = [&](const std::string& bytes) {
        try {
            detail::CheckpointReader{"file", bytes};
            return false;
        } catch (const Error&) {
            return true;
        }
    };
    for (std::size_t size = 0; size < file.size(); ++size) REQUIRE(throws(file.substr(0, size)));
    Random random(1);
    for (std::size_t at = 0; at < file.size(); ++at) {
        std::string flipped = file;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
        REQUIRE(throws(flipped));
    }
    CHECK(!throws(file));
    CHECK(throws(file + "x"));

    check_refused(folder.path() / "none", {"a file that can be read", "No such file"});
    check_refused(folder.write("empty", ""), {"begins with tenonckp", "nothing"});
    check_refused(folder.write("foreign", "x,y\n1,2\n"), {"begins with tenonckp", "\"x,y"});
    check_refused(folder.write("short", file.substr(0, 1000)),
                  {"a checkpoint of " + std::to_string(file.size()) + " bytes, found 1000 bytes"});
    std::string changed = file;
    changed[500] = static_cast<char>(changed[500] ^ 1);
    check_refused(folder.write("changed", changed), {"another checksum: it is damaged"});
    changed = file;
    changed[12] = 2;
    check_refused(folder.write("later", changed), {"version 1", "found version 2"});
    changed = file;
    std::reverse(changed.begin() + 8, changed.begin() + 12);
    check_refused(folder.write("order", changed), {"byte order of this machine"});

    // Files of other trainings, which are whole.
    const auto check_other = [&](auto& net, auto trainer, const std::vector<std::string>& words) {
        initialize(net, 1);
        save_checkpoint(trainer, path);
        check_refused(path, words);
    };
    Net<Dense<3, 10, Relu>, Dense<10, 2, Softmax>> other;
    check_other(other, Trainer{other, CrossEntropy{}, Wrapped{}, batch_size<8>},
                {"the net Net<Dense<3, 10, Tanh>, Batch", "found Net<Dense<3, 10, Relu>, "});
    N same;
    check_other(same, Trainer{same, CrossEntropy{}, Sgd{}, batch_size<8>},
                {"the optimizer ClipNorm<Scheduled<Averaged<Adam>, Cosine>>, found Sgd"});
    check_other(same, Trainer{same, CrossEntropy{}, Wrapped{}, batch_size<16>},
                {"the batch_size 8, found 16"});
}

TEST_CASE("a checkpoint without the best weights is refused if they are wanted") {
    const Folder folder;
    const auto training = std::make_unique<Training>();
    save_checkpoint(training->trainer, folder.path() / "without");
    check_refused(folder.path() / "without", {"the part best, found the end of the file"});
    CHECK(resume(training->trainer, folder.path() / "without") == 1);
    save_checkpoint(training->trainer, training->best, folder.path() / "with");
    CHECK(resume(training->trainer, folder.path() / "with") == 1);

    // What is the best epoch is then found anew, so that no other net is taken for its weights.
    training->fit(8, 1, [](const Epoch&) {});
    save_checkpoint(training->trainer, training->best, folder.path() / "with");
    training->best = {};
    training->first_epoch = resume(training->trainer, folder.path() / "with");
    training->fit(9, 1, [](const Epoch&) {});
    CHECK(training->first_epoch == 9);
    CHECK(std::ranges::equal(training->best.parameters(), training->net.parameters()));
}

TEST_CASE("a full disk, a folder that cannot be written and a file in place of a folder lose nothing") {
    const Folder folder;
    const auto training = std::make_unique<Training>();
    const fs::path path = folder.path() / "checkpoint";
    save_checkpoint(training->trainer, path);
    const std::string old = read_bytes(path);
    training->fit(2, 1, [](const Epoch&) {});
    const std::string before = training->file();
    const auto files = [&] {
        return std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{});
    };
    const auto failed = [&](const fs::path& to) {
        const std::string message = message_of([&] { save_checkpoint(training->trainer, to); });
        INFO(message);
        CHECK(message.starts_with(to.string() + ": wanted a file that can be written, found "));
        CHECK(read_bytes(path) == old);
        CHECK(files() == 1);
        CHECK(training->file() == before);
        return message;
    };
    CHECK(failed("/dev/full").find("No space left") != std::string::npos);
    CHECK(failed(path / "below").find("Not a directory") != std::string::npos);
    CHECK(failed(folder.path() / "absent" / "checkpoint").find("No such file") != std::string::npos);
    CHECK(!failed("/proc/tenon_checkpoint").empty()); // nobody may create files there, root neither

    // Files may not become larger than 200 bytes: fails within the write, as on a full disk.
    struct rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small{200, limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string message = failed(path);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(message.find("File too large") != std::string::npos);
    save_checkpoint(training->trainer, path);
    CHECK(read_bytes(path) != old);
}
