// Inference and training allocate nothing: operator new and the malloc family count their calls.
#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <span>

namespace {

int allocations = 0;

} // namespace

// glibc lets a program replace its malloc, and keeps its own as __libc_malloc.
#ifdef __GLIBC__
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

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
}
#endif

void* operator new(std::size_t size) {
    ++allocations;
    if (void* room = std::malloc(size)) return room;
    throw std::bad_alloc{};
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    const std::size_t step = static_cast<std::size_t>(alignment);
    if (void* room = std::aligned_alloc(step, (size + step - 1) / step * step)) return room;
    throw std::bad_alloc{};
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete(void* room, std::align_val_t) noexcept { std::free(room); }
void operator delete(void* room, std::size_t, std::align_val_t) noexcept { std::free(room); }

namespace {

using namespace tenon;

template <class F> int allocations_of(F f) {
    const int before = allocations;
    f();
    return allocations - before;
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

} // namespace

TEST_CASE("the counters count") {
    CHECK(allocations_of([] { ::operator delete(::operator new(1)); }) > 0);
    CHECK(allocations_of([] {
              ::operator delete (::operator new (64, std::align_val_t{64}), std::align_val_t{64});
          }) > 0);
#ifdef __GLIBC__
    void* (*volatile hidden)(std::size_t) = std::malloc; // not to be optimised away
    CHECK(allocations_of([&] { std::free(hidden(1)); }) == 1);
#endif
}

TEST_CASE("inference allocates nothing") {
    make_samples();
    CHECK(allocations_of([] { ys[0] = net(xs[0]); }) == 0);
    CHECK(allocations_of([] { net(xs, ys); }) == 0);
}

TEST_CASE("training allocates nothing") {
    make_samples();
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 1e-2}};
    const std::span<const N::Input> batch = std::span(xs).first(17);
    CHECK(allocations_of([&] { trainer.step(xs[0], ts[0]); }) == 0);
    CHECK(allocations_of([&] { trainer.step(xs[0], 3); }) == 0);
    CHECK(allocations_of([&] { trainer.step(batch, std::span(ts).first(17)); }) == 0);
    decltype(trainer)::FitOptions options{.epochs = 3, .batch = 32, .shuffle_seed = 7};
    options.validation = {batch, std::span(ts).first(17)};
    CHECK(allocations_of([&] { trainer.fit(xs, ts, options); }) == 0);
}

TEST_CASE("measuring allocates nothing") {
    make_samples();
    CHECK(allocations_of([] { (void)evaluate(net, CrossEntropy{}, xs, ts); }) == 0);
    CHECK(allocations_of([] { (void)confusion_matrix(net, xs, ts); }) == 0);
    CHECK(allocations_of([] { (void)gradient(net, CrossEntropy{}, xs[0], ts[0]); }) == 0);
}
