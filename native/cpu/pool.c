/*
 * The thread pool. The caller publishes a task, gives every thread a share of its items, and raises
 * `generation`. A thread takes its own share from the front, a quarter of what is left at a time,
 * and then from the back of others' shares, so that a thread that was put aside holds up no more
 * than what it has in hand. The op is done when no item is `pending`; threads that came too late
 * find nothing and are not waited for. Both sides spin for some microseconds, which covers the gap
 * between two ops of a step, and then sleep on a futex, so that an idle or crowded machine is left
 * to others.
 *
 * A share is one word, so taking from it is one compare-and-swap. The task is read only after that
 * succeeded: the items then belong to the op that is published, however long ago the word was read.
 *
 * A side that is about to sleep first announces it (`num_sleeping`, `is_caller_sleeping`) and then
 * sleeps only if the word is still what it saw; the other side changes the word first and looks for
 * the announcement second. With sequentially consistent atomics one of the two sees the other.
 */
#define _GNU_SOURCE
#include "pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A pause takes 10 to 50 ns: 20 to 100 microseconds. */
#define SPINS 2000

typedef struct {
  gatun_pool *pool;
  int32_t index;
  pthread_t thread;
} worker;

/* Items [from, to) as from << 32 | to; a cache line each. */
typedef struct {
  _Alignas(64) _Atomic uint64_t items;
} share;

struct gatun_pool {
  int32_t size;
  int32_t num_started;
  worker *workers; /* size - 1; worker i has index i + 1 */
  share *shares;   /* size */

  /* Written by the caller before the shares, read by whoever took from one. */
  gatun_task task;
  void *context;
  int64_t grain;
  _Atomic int is_closing;

  _Alignas(64) _Atomic uint32_t generation;
  _Atomic uint32_t num_sleeping;
  _Alignas(64) _Atomic uint32_t pending;
  _Atomic uint32_t is_caller_sleeping;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

typedef struct {
  int64_t from;
  int64_t to;
} items;

/* Takes some of a share, from its front or its back; none if it is empty. */
static items take(gatun_pool *pool, int32_t index, int is_front) {
  _Atomic uint64_t *word = &pool->shares[index].items;
  uint64_t seen = atomic_load(word);
  while (1) {
    int64_t from = (int64_t)(seen >> 32);
    int64_t to = (int64_t)(seen & UINT32_MAX);
    if (from >= to) {
      return (items){0, 0};
    }
    int64_t some = (to - from + 3) / 4;
    some = some < pool->grain ? pool->grain : some;
    some = some > to - from ? to - from : some;
    items taken = is_front ? (items){from, from + some} : (items){to - some, to};
    from = is_front ? taken.to : from;
    to = is_front ? to : taken.from;
    if (atomic_compare_exchange_weak(word, &seen, (uint64_t)from << 32 | (uint64_t)to)) {
      return taken;
    }
  }
}

/* Works until no share has items left. */
static void run_shares(gatun_pool *pool, int32_t index) {
  for (int32_t i = 0; i < pool->size; i++) {
    int32_t owner = (index + i) % pool->size;
    for (items some = take(pool, owner, i == 0); some.from < some.to;
         some = take(pool, owner, i == 0)) {
      pool->task(pool->context, index, some.from, some.to);
      uint32_t done = (uint32_t)(some.to - some.from);
      if (atomic_fetch_sub(&pool->pending, done) == done &&
          atomic_load(&pool->is_caller_sleeping)) {
        futex_wake(&pool->pending);
      }
    }
  }
}

static uint32_t await_generation(gatun_pool *pool, uint32_t seen) {
  for (int i = 0; i < SPINS; i++) {
    uint32_t now = atomic_load(&pool->generation);
    if (now != seen) {
      return now;
    }
    spin_pause();
  }
  atomic_fetch_add(&pool->num_sleeping, 1);
  while (atomic_load(&pool->generation) == seen) {
    futex_wait(&pool->generation, seen);
  }
  atomic_fetch_sub(&pool->num_sleeping, 1);
  return atomic_load(&pool->generation);
}

static void *work(void *argument) {
  worker *self = argument;
  gatun_pool *pool = self->pool;
  uint32_t seen = 0;
  while (1) {
    seen = await_generation(pool, seen);
    if (pool->is_closing) {
      return NULL;
    }
    run_shares(pool, self->index);
  }
}

static void raise_generation(gatun_pool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->num_sleeping) > 0) {
    futex_wake(&pool->generation);
  }
}

static void await_items(gatun_pool *pool) {
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load(&pool->pending) == 0) {
      return;
    }
    spin_pause();
  }
  atomic_store(&pool->is_caller_sleeping, 1);
  uint32_t pending;
  while ((pending = atomic_load(&pool->pending)) != 0) {
    futex_wait(&pool->pending, pending);
  }
  atomic_store(&pool->is_caller_sleeping, 0);
}

int32_t pool_size(const gatun_pool *pool) { return pool == NULL ? 1 : pool->size; }

void pool_run(gatun_pool *pool, gatun_task task, void *context, int64_t count, int64_t grain) {
  int64_t parts = grain > 0 ? count / grain : count;
  if (parts > pool_size(pool)) {
    parts = pool_size(pool);
  }
  if (parts <= 1) {
    if (count > 0) {
      task(context, 0, 0, count);
    }
    return;
  }
  pool->task = task;
  pool->context = context;
  pool->grain = grain > 0 ? grain : 1;
  atomic_store(&pool->pending, (uint32_t)count);
  for (int64_t i = 0; i < parts; i++) {
    uint64_t from = (uint64_t)(count * i / parts);
    uint64_t to = (uint64_t)(count * (i + 1) / parts);
    atomic_store(&pool->shares[i].items, from << 32 | to);
  }
  raise_generation(pool);
  run_shares(pool, 0);
  await_items(pool);
}

/* Signals of the process are for its Java threads; faults must still reach whoever caused them. */
static int start_thread(worker *self) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGFPE);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  int error = pthread_create(&self->thread, NULL, work, self);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) {
    char name[16];
    snprintf(name, sizeof name, "gatun-cpu-%d", self->index);
    pthread_setname_np(self->thread, name);
  }
  return error;
}

int32_t gatun_cpu_pool_create(int32_t num_threads, gatun_pool **result) {
  if (num_threads < 1 || result == NULL) {
    return GATUN_INVALID_ARGUMENT;
  }
  gatun_pool *pool = aligned_alloc(64, sizeof(gatun_pool));
  worker *workers = calloc((size_t)num_threads, sizeof(worker));
  share *shares = aligned_alloc(64, (size_t)num_threads * sizeof(share));
  if (pool == NULL || workers == NULL || shares == NULL) {
    free(pool);
    free(workers);
    free(shares);
    return GATUN_NO_MEMORY;
  }
  memset(pool, 0, sizeof *pool);
  pool->size = num_threads;
  pool->workers = workers;
  pool->shares = shares;
  memset(shares, 0, (size_t)num_threads * sizeof(share));
  for (int32_t i = 0; i < num_threads - 1; i++) {
    workers[i].pool = pool;
    workers[i].index = i + 1;
    if (start_thread(&workers[i]) != 0) {
      gatun_cpu_pool_destroy(pool);
      return GATUN_NO_THREAD;
    }
    pool->num_started++;
  }
  *result = pool;
  return GATUN_OK;
}

void gatun_cpu_pool_destroy(gatun_pool *pool) {
  if (pool == NULL) {
    return;
  }
  pool->is_closing = 1;
  raise_generation(pool);
  for (int32_t i = 0; i < pool->num_started; i++) {
    pthread_join(pool->workers[i].thread, NULL);
  }
  free(pool->workers);
  free(pool->shares);
  free(pool);
}
