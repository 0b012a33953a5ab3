/* Splits the work of one op over the threads of a pool. */
#ifndef GATUN_POOL_H
#define GATUN_POOL_H

#include "gatun_cpu.h"

/* Computes items [from, to); worker in [0, pool_size) selects scratch. */
typedef void (*gatun_task)(void *context, int32_t worker, int64_t from, int64_t to);

int32_t pool_size(const gatun_pool *pool);

/*
 * Runs the task over [0, count), count < 2^31, and returns when all items are done. Each thread
 * computes contiguous pieces, one after the other, of at least `grain` items but for the last of a
 * share; which ones depends on who is quick. What makes one piece only runs right here. A null pool
 * is the caller alone.
 */
void pool_run(gatun_pool *pool, gatun_task task, void *context, int64_t count, int64_t grain);

/* Tells the core that it spins: some 10 to 50 ns. YIELD would do nothing on most Arm cores. */
static inline void spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("isb" ::: "memory");
#endif
}

/* Rows that are worth a thread's wake-up: about 32 K elements of element-wise work. */
static inline int64_t rows_grain(int64_t columns) { return 1 + 32768 / (columns + 1); }

#endif
