// flush_denormals: a guard that makes this thread treat subnormal numbers as zero.
#pragma once

#include <tenon/version.hpp>

#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// During its lifetime, subnormal numbers (in float below 1.2e-38) are zero for this thread, as operands and
/// as results. Many CPUs compute with them at a fraction of their speed, and what decays (the state of a
/// filter, a momentum whose gradient is zero) becomes subnormal and stays so. For a loop or a
/// callback, `flush_denormals guard;` costs 20 ns on Zen 3. Guards nest; the mode from before comes back, and
/// all else in the floating-point environment is left alone. On x86 with SSE (FTZ and DAZ), AArch64 and ARM
/// with an FPU (FZ); elsewhere it does nothing.
class flush_denormals {
    // The memory clobbers keep arithmetic on values in memory within the guard's lifetime. The compiler may
    // still move other arithmetic across its ends.
#if defined(__x86_64__) || defined(__SSE3__) // before SSE3 there are CPUs without DAZ
    using Control = std::uint32_t;           // MXCSR
    static constexpr Control mode = 0x8040;
    static void read(Control& bits) noexcept { asm volatile("stmxcsr %0" : "=m"(bits) : : "memory"); }
    static void write(Control bits) noexcept { asm volatile("ldmxcsr %0" : : "m"(bits) : "memory"); }
#elif defined(__aarch64__)
    using Control = std::uint64_t;
    static constexpr Control mode = 1 << 24;
    static void read(Control& bits) noexcept { asm volatile("mrs %0, fpcr" : "=r"(bits) : : "memory"); }
    static void write(Control bits) noexcept { asm volatile("msr fpcr, %0" : : "r"(bits) : "memory"); }
#elif defined(__arm__) && defined(__ARM_FP)
    using Control = std::uint32_t;
    static constexpr Control mode = 1 << 24;
    static void read(Control& bits) noexcept { asm volatile("vmrs %0, fpscr" : "=r"(bits) : : "memory"); }
    static void write(Control bits) noexcept { asm volatile("vmsr fpscr, %0" : : "r"(bits) : "memory"); }
#else
    using Control = std::uint32_t;
    static constexpr Control mode = 0;
    static void read(Control& bits) noexcept { bits = 0; }
    static void write(Control) noexcept {}
#endif

public:
    /// True if this CPU has such a mode.
    static constexpr bool supported = mode != 0;

    [[nodiscard("give the guard a name: it flushes only while it exists")]] flush_denormals() noexcept {
        read(before_);
        write(before_ | mode);
    }
    ~flush_denormals() {
        Control now;
        read(now);
        write((now & ~mode) | (before_ & mode));
    }
    flush_denormals(const flush_denormals&) = delete;
    flush_denormals& operator=(const flush_denormals&) = delete;

private:
    Control before_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
