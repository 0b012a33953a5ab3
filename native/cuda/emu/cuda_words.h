/* The words of CUDA C++. __noinline__ is not among them: libstdc++ uses it in attributes. */
#ifndef GTN_EMU_CUDA_WORDS_H
#define GTN_EMU_CUDA_WORDS_H

#ifdef GTN_EMU_SCAN
#define __global__ emu_scan_kernel
#define __launch_bounds__(...) emu_scan_bounds(__VA_ARGS__)
#else
#define __global__
#define __launch_bounds__(...)
#endif

#define __device__
#define __host__
#define __constant__ static
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))

/*
 * A block runs on one thread of the host at a time, so what its threads share is a thread-local of
 * the host: at block scope that is static by itself, and `extern __shared__` is legal too. The
 * array of dynamic shared memory has this name and type in every kernel; dynamic_shared.cc has it.
 */
#define __shared__ thread_local

#define threadIdx (::emu::current->thread_index)
#define blockIdx (::emu::current->block->block_index)
#define blockDim (::emu::current->block->block_dim)
#define gridDim (::emu::current->block->grid_dim)
#define warpSize 32

#endif
