// For the few loops over numbers that take most of an image's time on the CPU: HRN_CPU_CLONES in front of a
// function compiles it for plain x86-64 and for processors with AVX2 and with AVX-512 as well; the loader
// takes the one that fits. The same operations in the same order, so the same bits.
//
// Not under a sanitizer (the choice is made before its runtime is up), and nothing where the compiler or the
// C library has no such thing. Functions that a clone calls gain only if they are inlined.
#pragma once

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HRN_CPU_CLONES [[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]]
#else
#define HRN_CPU_CLONES
#endif
