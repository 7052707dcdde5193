// Inference and training allocate no memory, take no lock and make no system call: malloc and the functions
// for locks count their calls, and Linux traps every system call. Requires glibc, in which a program may
// replace functions.
#include <tenon/recordings.hpp>
#include <tenon/wavenet.hpp>

#include "catch.hpp"

#ifdef __GLIBC__
#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <pthread.h>
#include <span>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int allocations = 0, locks = 0;
volatile std::sig_atomic_t system_calls = 0;

/// The library's function of this name, which this program replaces.
template <class F> F* next(const char* name) { return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name)); }

} // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

// operator new calls these.
void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    ++allocations;
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    ++locks;
    return next<int(pthread_mutex_t*)>("pthread_mutex_lock")(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
    ++locks;
    return next<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock")(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
    ++locks;
    return next<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock")(lock);
}
/// Called before a static variable within a function is initialized.
int __cxa_guard_acquire(long long* guard) {
    ++locks;
    return next<int(long long*)>("__cxa_guard_acquire")(guard);
}
}

namespace {

using namespace tenon;

/// Turns every system call of this process, except its end, into a signal. Returns whether Linux supports
/// that.
bool trap_system_calls() {
    struct sigaction action = {};
    action.sa_handler = [](int) { system_calls = system_calls + 1; };
    sigaction(SIGSYS, &action, nullptr);
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1), // ends the handler
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const sock_fprog filter{std::size(code), code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Number of system calls of f, which runs in a child process; none if they cannot be trapped.
template <class F> std::optional<int> system_calls_of(F f) {
    constexpr int max_count = 100, no_trap = 101;
    const pid_t child = fork();
    if (child == 0) {
        if (!trap_system_calls()) _exit(no_trap);
        f();
        _exit(std::min(static_cast<int>(system_calls), max_count));
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == no_trap) return {};
    return WEXITSTATUS(status);
}

template <class F> void check_real_time(F f) {
    const int allocations_before = allocations, locks_before = locks;
    f();
    const int allocated = allocations - allocations_before, locked = locks - locks_before;
    CHECK(allocated == 0);
    CHECK(locked == 0);
    CHECK(system_calls_of(f).value_or(0) == 0);
}

using N = Net<Dense<20, 70, Gelu>, Dense<70, 33, Tanh>, Dense<33, 5, Softmax>>;

constexpr std::size_t samples = 101;
N net;
std::array<N::Input, samples> xs;
std::array<N::Output, samples> ts, ys;

void make_samples() {
    initialize(net, 1);
    Random random(2);
    for (std::size_t s = 0; s < samples; ++s) {
        for (float& x : xs[s]) x = static_cast<float>(random.uniform());
        ts[s] = {};
        ts[s][s % ts[s].size()] = 1;
    }
}

int value_of_local_static() {
    static const int value = std::atoi("7");
    return value;
}

} // namespace

TEST_CASE("the counters of allocations, locks and system calls count") {
    allocations = locks = 0;
    ::operator delete(::operator new(1));
    CHECK(allocations == 1);
    ::operator delete(::operator new(64, std::align_val_t{64}), std::align_val_t{64});
    CHECK(allocations == 2);

    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    CHECK(locks == 1);
    CHECK(value_of_local_static() == 7);
    CHECK(locks == 2);

    const std::optional<int> calls = system_calls_of([] {
        (void)getppid();
        (void)getppid();
    });
    CHECK(calls.value_or(2) == 2);
    if (!calls) WARN("skipped: system calls, which cannot be trapped here");
}

TEST_CASE("inference allocates nothing, takes no lock and makes no system call") {
    make_samples();
    check_real_time([] { ys[0] = net(xs[0]); });
    check_real_time([] { net(xs, ys); });
}

TEST_CASE("a stream allocates nothing, takes no lock and makes no system call") {
    using Cells = Net<LSTM<1, 20>, GRU<20, 17>, GRU<17, 17, ResetBefore>, RNN<17, 5>,
                      CausalConv<5, 4, Kernel<3>, Dilation<4>>>;
    static Cells cells;
    static std::array<State<Cells>, samples> states;
    static std::array<Cells::Input, samples> stream{};
    static std::array<Cells::Output, samples> outputs;
    initialize(cells, 1);
    check_real_time([] { outputs[0] = cells.step(states[0], stream[0]); });
    check_real_time([] { cells.run(states[0], stream, outputs); });
    check_real_time([] { cells.step(states, stream, outputs); });
    using InLanes = Net<TrainedState<LSTM<1, 20>>, GRU<20, 17>, GRU<17, 17, ResetBefore>, RNN<17, 5>>;
    static InLanes in_lanes;
    static std::array<State<InLanes>, samples> lanes;
    static std::array<InLanes::Output, samples> lane_outputs;
    initialize(in_lanes, 1);
    check_real_time([] { in_lanes.step(lanes, stream, lane_outputs); });
    using More = Net<TrainedState<GRU<1, 4>>, CausalConv<4, 4, Kernel<2>, Stride<2>, Groups<2>>,
                     Concat<LSTM<4, 2>, RNN<4, 2>>,
                     WaveNet<4, SkipLayers<4, 1, Kernel<2>, Dilations<1, 2>, WithGate>>>;
    static More more;
    static State<More> more_state;
    static std::array<More::Output, samples> more_outputs;
    initialize(more, 1);
    static std::array<More::Input, samples> more_inputs{};
    check_real_time([] { more.run(more_state, more_inputs, more_outputs); });
    using InWindows =
        Net<CausalConv<1, 3, Kernel<3>, Tanh>, WaveNet<3, SkipLayers<4, 2, Kernel<2>, Dilations<1, 20>>>>;
    static InWindows in_windows;
    static State<InWindows> window_state;
    static std::array<InWindows::Output, samples> window_outputs;
    initialize(in_windows, 1);
    check_real_time([] { in_windows.run(window_state, more_inputs, window_outputs); });
    using OfFrames = Net<CausalConv2D<Shape<1, 8>, 2, Kernel<3, 3>, Tanh>>;
    static OfFrames of_frames;
    static State<OfFrames> frames;
    initialize(of_frames, 1);
    check_real_time([] { of_frames.step(frames, {1, 2, 3, 4, 5, 6, 7, 8}); });
}

TEST_CASE("a net of images allocates nothing, takes no lock and makes no system call") {
    using Images =
        Net<Conv2D<Shape<1, 12, 12>, 6, Kernel<5, 5>, Relu, Same>, MaxPool<Shape<6, 12, 12>, Kernel<2, 2>>,
            Conv2D<Shape<6, 6, 6>, 6, Kernel<3, 3>, Groups<6>>, AveragePool<Shape<6, 4, 4>, Kernel<2, 2>>,
            ConvTranspose2D<Shape<6, 2, 2>, 4, Kernel<2, 2>, Gelu>,
            Upsample<Shape<4, 3, 3>, ScaleFactor<2, 2>, Bilinear>,
            Concat<GlobalMaxPool<Shape<4, 6, 6>>, GlobalAveragePool<Shape<4, 6, 6>>>, Dense<8, 5, Softmax>>;
    static Images images;
    static std::array<Images::Input, samples> pictures{};
    static std::array<Images::Output, samples> answers;
    initialize(images, 1);
    make_samples();
    check_real_time([] { answers[0] = images(pictures[0]); });
    check_real_time([] { images(pictures, answers); });
    Trainer trainer{images, CrossEntropy{}, Adam{}};
    check_real_time([&] { trainer.step(pictures[0], ts[0]); });
    check_real_time([&] { trainer.step(std::span(pictures).first(17), std::span(ts).first(17)); });
}

TEST_CASE("training allocates nothing, takes no lock and makes no system call") {
    make_samples();
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 1e-2}};
    const std::span<const N::Input> batch = std::span(xs).first(17);
    check_real_time([&] { trainer.step(xs[0], ts[0]); });
    check_real_time([&] { trainer.step(xs[0], 3); });
    check_real_time([&] { trainer.step(batch, std::span(ts).first(17)); });
    decltype(trainer)::FitOptions options{.epochs = 3, .batch = 32, .shuffle_seed = 7};
    options.validation = {batch, std::span(ts).first(17)};
    check_real_time([&] { trainer.fit(xs, ts, options); });
    const std::array<double, 5> weights{1, 2, 3, 4, 5};
    auto more = options;
    more.validation = {};
    more.validation_share = 0.3;
    more.class_weights = weights;
    more.reduce_on_plateau = ReduceOnPlateau{.patience = 1};
    CHECK(trainer.fit(xs, ts, more).outcome == Outcome::finished);
    check_real_time([&] {
        trainer.fit(xs, ts, more, Accuracy{}, TopK<2>{}, F1{}, Auc{}, [](const Minibatch&) noexcept {});
    });
}

TEST_CASE("training on a recording allocates nothing, takes no lock and makes no system call") {
    using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;
    static Amp amp;
    static std::array<Amp::Input, samples> recording{};
    for (std::size_t t = 0; t < samples; ++t) recording[t][0] = static_cast<float>(t % 7) / 7;
    initialize(amp, 1);
    static RecordingTrainer trainer{amp, ErrorToSignal{}, Adam{}, window<8>, batch_size<3>};
    static std::array<State<Amp>, 2> states;
    check_real_time([] {
        trainer.step(states, recording, recording, std::array<std::size_t, 2>{0, 50});
        trainer.fit(recording, recording, {.epochs = 2, .warm_up = 5, .shuffle_seed = 1});
        (void)trainer.evaluate(recording, recording);
    });
}

TEST_CASE("training loops of one's own allocate nothing, take no lock and make no system call") {
    make_samples();
    static std::array<N::Output, 32> dys{};
    static std::array<N::Input, 32> dxs{};
    static const std::array<int, 3> indices{5, 0, 7};
    const auto few = std::span(xs).first<32>();
    Tape tape{net};
    Updater updater{net, Adam{}};
    Updater head{net, Adam{}, only_layers<2>};
    Trainer trainer{net, CrossEntropy{}, Adam{}};
    static N target = net;
    check_real_time([&] {
        for (std::size_t s = 0; s < 32; ++s) dys[s][0] = tape.forward(few)[s][0] - 1;
        tape.backward(dys, dxs);
        tape.accumulate(dys);
        updater.step(tape);
        head.step(tape.gradient());
        updater.reset();
        soft_update(target, net, 0.1);
    });
    check_real_time([&] {
        trainer.step_with(few, [](std::span<const N::Output> y, std::span<N::Output> dy) {
            dy[0][1] = 1;
            return y[0][1];
        });
        trainer.step_with(xs[0], [](const N::Output& y, N::Output&) { return y[0]; });
        trainer.step(xs, ts, indices);
        trainer.reset();
    });
    check_real_time([&] { input_gradient(net, few, dys, dxs); });
}

TEST_CASE("evaluation allocates nothing, takes no lock and makes no system call") {
    make_samples();
    check_real_time([] { (void)evaluate(net, CrossEntropy{}, xs, ts); });
    check_real_time([] { (void)confusion_matrix(net, xs, ts); });
    check_real_time([] { (void)gradient(net, CrossEntropy{}, xs[0], ts[0]); });
}
#else
TEST_CASE("inference and training in real time") { WARN("skipped: real_time, which requires glibc"); }
#endif
