// What the program and the code for each CPU agree on.
#pragma once

#include <tenon/tenon.hpp>
#include <xsimd/xsimd.hpp>

#include <span>

using Circle = tenon::Net<tenon::Dense<2, 32, tenon::Tanh>, tenon::Dense<32, 32, tenon::Tanh>,
                          tenon::Dense<32, 1, tenon::Sigmoid>>;

/// The CPUs that answers.cpp is compiled for, the best first.
using Cpus = xsimd::arch_list<xsimd::avx512bw, xsimd::fma3<xsimd::avx2>, xsimd::sse2>;

/// The answers of the Circle at `net`. A net's type belongs to the CPU that it is compiled for; its bytes are
/// the same on all of them.
using Answer = void(const void* net, std::span<const Circle::Input> xs,
                    std::span<Circle::Output> ys) noexcept;

/// Which function it is on a CPU. xsimd::dispatch<Cpus>(AnswerOn{})() finds the best that runs here.
struct AnswerOn {
    template <class Cpu> Answer* operator()(Cpu) const noexcept;
};
