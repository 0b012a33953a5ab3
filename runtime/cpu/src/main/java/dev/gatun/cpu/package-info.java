/**
 * Layer 1: the cpu backend, native SIMD kernels behind {@link dev.gatun.tensor.Ops}.
 *
 * <p>{@code native/include/gatun_cpu.h} is the contract with C; {@link dev.gatun.cpu.CpuLibrary}
 * binds it, {@link dev.gatun.cpu.CpuMachine} the question what the processor has, and nothing else
 * here calls native code. One library per instruction set lies in the jar; the best one that the
 * processor can run is chosen at start. Arguments are checked in Java before each call, because a
 * wrong index in C is a crash.
 *
 * <p>The backend owns the memory it allocated and the native thread pool. Ops are called by one
 * thread at a time and return when they are computed. This package imports nothing of Gatun but
 * {@link dev.gatun.tensor}.
 */
@NullMarked
package dev.gatun.cpu;

import org.jspecify.annotations.NullMarked;
