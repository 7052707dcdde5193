// Start-up code of a Cortex-M, which runs the program, and printing through the debugger (Arm semihosting).
#include <cstdint>

void print_outputs();
void print(const char* label, std::uint32_t bits);
extern "C" {
void reset();
extern std::uint32_t data_in_flash[], data_begin[], data_end[], bss_end[], stack_end[], flash_bytes[];
}

namespace {

using Word = std::uint32_t;

/// The first two words that the CPU reads: the initial stack pointer and the address of the reset handler.
struct Vectors {
    Word* stack;
    void (*reset)();
};
[[gnu::section(".vectors"), gnu::used]] const Vectors vectors{stack_end, reset};

constexpr Word never_written = 0xdeadbeef; // fills the free stack, to measure its use

enum Call : Word { write = 4, exit = 0x18 };

[[gnu::section(".printing"), gnu::noinline]] void semihosting(Call call, const void* argument) {
    register Word r0 asm("r0") = call;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

} // namespace

[[gnu::section(".printing")]] void print(const char* label, Word bits) {
    char line[] = " 00000000\n";
    for (int i = 8; i > 0; --i, bits >>= 4) line[i] = "0123456789abcdef"[bits & 15];
    semihosting(write, label);
    semihosting(write, line);
}

void reset() {
#ifdef __ARM_FP
    *reinterpret_cast<volatile Word*>(0xe000ed88) = 0xf << 20; // CPACR: enables the FPU
    asm volatile("dsb\n isb" ::: "memory");
#endif
    const Word* from = data_in_flash;
    for (Word* to = data_begin; to != data_end;) *to++ = *from++;
    for (Word* to = data_end; to != bss_end;) *to++ = 0;
    Word in_use; // the stack from here upwards is in use
    for (volatile Word* to = bss_end; to != &in_use; ++to) *to = never_written;
    print_outputs();

    const volatile Word* deepest = bss_end;
    while (*deepest == never_written) ++deepest;
    print("flash", reinterpret_cast<Word>(flash_bytes));
    print("ram", static_cast<Word>((bss_end - data_begin + (stack_end - deepest)) * 4));
    semihosting(exit, reinterpret_cast<const void*>(0x20026)); // ADP_Stopped_ApplicationExit
    for (;;) {}
}
