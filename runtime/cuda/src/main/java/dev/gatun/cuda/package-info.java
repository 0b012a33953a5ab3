/**
 * Layer 1: the cuda backend. Java calls the CUDA driver and, where it is installed, cuBLASLt; there
 * is no C++ host library in between.
 *
 * <p>{@link dev.gatun.cuda.CudaDriver}, {@link dev.gatun.cuda.CublasLt}, {@link
 * dev.gatun.cuda.Nvml} and {@link dev.gatun.cuda.Nccl} bind one library each; nothing else here
 * calls native code. {@code native/cuda/args.h} is the contract with the kernels, which lie as one
 * fatbin among the resources. Arguments are checked in Java before a launch, because a wrong index
 * in a kernel is a lost device.
 *
 * <p>The backend owns the device memory it allocated, its streams, events and graphs. It is used by
 * one thread at a time; ops return when they are queued and run later, in order. This package
 * imports nothing of Gatun but {@link dev.gatun.tensor}.
 */
@NullMarked
package dev.gatun.cuda;

import org.jspecify.annotations.NullMarked;
