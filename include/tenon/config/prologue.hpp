// Every header of tenon includes this file last and ends with epilogue.hpp; libc++ and protobuf do the same.
// Between the two, macros of programs and of other headers, such as max, small or I, are saved and undefined:
// those of tests/macros/names that occur in tenon's code. Warnings about what is intended are off.
#ifdef TENON_PROLOGUE
#error "the header of tenon before this one does not end with epilogue.hpp"
#endif
#define TENON_PROLOGUE

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wfloat-equal" // comparisons with 0, or of x with itself to find NaN
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wshadow" // at each instantiation, if a lambda uses a name of the program
#pragma GCC diagnostic ignored "-Wuseless-cast" // casts that other types need, or a std::size_t of 32 bits
#endif

#pragma push_macro("abs")
#undef abs
#pragma push_macro("bit")
#undef bit
#pragma push_macro("boolean")
#undef boolean
#pragma push_macro("byte")
#undef byte
#pragma push_macro("clear")
#undef clear
#pragma push_macro("e")
#undef e
#pragma push_macro("erase")
#undef erase
#pragma push_macro("far")
#undef far
#pragma push_macro("free")
#undef free
#pragma push_macro("map")
#undef map
#pragma push_macro("max")
#undef max
#pragma push_macro("min")
#undef min
#pragma push_macro("move")
#undef move
#pragma push_macro("near")
#undef near
#pragma push_macro("round")
#undef round
#pragma push_macro("seed")
#undef seed
#pragma push_macro("select")
#undef select
#pragma push_macro("small")
#undef small
#pragma push_macro("sq")
#undef sq
#pragma push_macro("swap")
#undef swap
#pragma push_macro("A")
#undef A
#pragma push_macro("B")
#undef B
#pragma push_macro("C")
#undef C
#pragma push_macro("D")
#undef D
#pragma push_macro("E")
#undef E
#pragma push_macro("F")
#undef F
#pragma push_macro("G")
#undef G
#pragma push_macro("H")
#undef H
#pragma push_macro("I")
#undef I
#pragma push_macro("J")
#undef J
#pragma push_macro("K")
#undef K
#pragma push_macro("L")
#undef L
#pragma push_macro("M")
#undef M
#pragma push_macro("N")
#undef N
#pragma push_macro("O")
#undef O
#pragma push_macro("P")
#undef P
#pragma push_macro("Q")
#undef Q
#pragma push_macro("R")
#undef R
#pragma push_macro("S")
#undef S
#pragma push_macro("T")
#undef T
#pragma push_macro("U")
#undef U
#pragma push_macro("V")
#undef V
#pragma push_macro("W")
#undef W
#pragma push_macro("X")
#undef X
#pragma push_macro("Y")
#undef Y
#pragma push_macro("Z")
#undef Z
