/*
 * How fast memory can be read right now: read_probe [THREADS]. For each line on its input it reads
 * a buffer larger than the caches with all threads a few times and prints the median in GB/s; it
 * sleeps in between, so it can stand beside what is being measured. Reads nothing but its buffer.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (512LL << 20)
#define ROUNDS 5
#define MAX_THREADS 1024
#define LANES 32

static int64_t *buffer;
static int num_threads;
static pthread_barrier_t barrier;
static volatile int64_t sinks[MAX_THREADS];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sums in independent lanes, which the compiler keeps in vector registers. */
static void read_part(int thread) {
  int64_t count = BUFFER_BYTES / 8 / num_threads / LANES * LANES;
  const int64_t *data = buffer + thread * count;
  int64_t sums[LANES] = {0};
  for (int64_t i = 0; i < count; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      sums[lane] += data[i + lane];
    }
  }
  int64_t sum = 0;
  for (int lane = 0; lane < LANES; lane++) {
    sum += sums[lane];
  }
  sinks[thread] = sum;
}

static void *work(void *argument) {
  int thread = (int)(intptr_t)argument;
  for (;;) {
    pthread_barrier_wait(&barrier);
    read_part(thread);
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double measure(void) {
  double rates[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    pthread_barrier_wait(&barrier);
    read_part(0);
    pthread_barrier_wait(&barrier);
    rates[round] = (double)BUFFER_BYTES / (now() - start);
  }
  qsort(rates, ROUNDS, sizeof rates[0], compare);
  return rates[ROUNDS / 2];
}

int main(int argc, char **argv) {
  num_threads = argc > 1 ? atoi(argv[1]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  if (num_threads < 1 || num_threads > MAX_THREADS) {
    fprintf(stderr, "read_probe: threads must be 1 to %d\n", MAX_THREADS);
    return 2;
  }
  buffer = aligned_alloc(4096, BUFFER_BYTES);
  if (buffer == NULL || pthread_barrier_init(&barrier, NULL, (unsigned)num_threads) != 0) {
    fprintf(stderr, "read_probe: no memory for %lld bytes\n", BUFFER_BYTES);
    return 1;
  }
  memset(buffer, 1, BUFFER_BYTES);
  for (int thread = 1; thread < num_threads; thread++) {
    pthread_t id;
    if (pthread_create(&id, NULL, work, (void *)(intptr_t)thread) != 0) {
      fprintf(stderr, "read_probe: no thread\n");
      return 1;
    }
  }
  int c;
  while ((c = getchar()) != EOF) {
    if (c == '\n') {
      printf("%.2f\n", measure() * 1e-9);
      fflush(stdout);
    }
  }
  return 0;
}
