/*
 * A row of the vocabulary in a block of 1024 threads: weights of scores, sums over the block, and
 * the selection of the likeliest tokens.
 *
 * A weight is exp(score - largest), rounded to a whole number of 2^-35: sums of up to 2^18 of them
 * are exact, so they do not depend on the order of additions and are those of the host, whose
 * dev.gatun.engine.sample.Exponential does the same operations one by one.
 *
 * A token's key orders by descending score and, among equals, by ascending id; a cut is the largest
 * key that is kept. It is found digit by digit, from the highest: the mass of every digit's value
 * among the keys that begin like the cut is summed, 1 for each token for top-k, its weight for
 * top-p.
 */
#ifndef GTN_VOCABULARY_CUH
#define GTN_VOCABULARY_CUH

#include "rows.cuh"

typedef unsigned long long whole;

constexpr int VOCABULARY_THREADS = 1024;
constexpr int DIGIT_BITS = 8;
constexpr int DIGITS = 1 << DIGIT_BITS;
constexpr whole EVERYTHING = ~0ull;

/* Shared by the threads of a block; each use ends with a barrier. */
struct VocabularyShared {
  whole digits[DIGITS];
  whole sums[32];
  whole before;
  int digit;
  float best[32];
  int best_id[32];
};

/* exp(score - largest), the same bits as Exponential.weight; no operation may be fused. */
__device__ __forceinline__ float weight_of(float score, float largest) {
  const double to_unit = 1.5 * 0x1p17; /* Added, it leaves no place below 2^-35. */
  double x = __dadd_rn((double)score, -(double)largest);
  x = __dmul_rn(x > -104.5 ? x : -104.5, 1.0 / 512);
  double y = __dadd_rn(1.0 / 720, __dmul_rn(x, 1.0 / 5040));
  y = __dadd_rn(1.0 / 120, __dmul_rn(x, y));
  y = __dadd_rn(1.0 / 24, __dmul_rn(x, y));
  y = __dadd_rn(1.0 / 6, __dmul_rn(x, y));
  y = __dadd_rn(0.5, __dmul_rn(x, y));
  y = __dadd_rn(1.0, __dmul_rn(x, y));
  y = __dadd_rn(1.0, __dmul_rn(x, y));
#pragma unroll
  for (int i = 0; i < 9; i++) {
    y = __dmul_rn(y, y);
  }
  return (float)__dadd_rn(__dadd_rn(y, to_unit), -to_unit);
}

/* A weight in its units; exact. */
__device__ __forceinline__ whole mass_of(float weight) { return (whole)(weight * 0x1p35f); }

__device__ __forceinline__ whole key_of(float score, int id) {
  /* Adding zero makes -0 and 0, which are equal, the same bits. */
  uint32_t bits = __float_as_uint(score + 0.0f);
  uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return (whole)~ascending << 32 | (uint32_t)id;
}

/* Sum of the values of the threads before this one, and of all. */
__device__ __forceinline__ whole block_scan(VocabularyShared& shared, whole value, whole& total) {
  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  whole sum = value;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    whole other = __shfl_up_sync(0xffffffffu, sum, distance);
    sum += lane >= distance ? other : 0;
  }
  if (lane == 31) {
    shared.sums[warp] = sum;
  }
  __syncthreads();
  whole before = 0;
  total = 0;
  for (int i = 0; i < VOCABULARY_THREADS / 32; i++) {
    before += i < warp ? shared.sums[i] : 0;
    total += shared.sums[i];
  }
  __syncthreads();
  return before + sum - value;
}

/* The likeliest token, the lowest of equals; -1 if there is none. In every thread. */
__device__ __forceinline__ int likeliest(const float* scores, int vocab_size,
                                         VocabularyShared& shared) {
  float best = -INFINITY;
  int best_id = -1;
  for (int id = threadIdx.x; id < vocab_size; id += VOCABULARY_THREADS) {
    if (scores[id] > best) {
      best = scores[id];
      best_id = id;
    }
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    float other = __shfl_xor_sync(0xffffffffu, best, distance);
    int other_id = __shfl_xor_sync(0xffffffffu, best_id, distance);
    bool is_better = other > best || (other == best && (uint32_t)other_id < (uint32_t)best_id);
    best = is_better ? other : best;
    best_id = is_better ? other_id : best_id;
  }
  if (threadIdx.x % 32 == 0) {
    shared.best[threadIdx.x / 32] = best;
    shared.best_id[threadIdx.x / 32] = best_id;
  }
  __syncthreads();
  for (int warp = 0; warp < VOCABULARY_THREADS / 32; warp++) {
    float other = shared.best[warp];
    int other_id = shared.best_id[warp];
    bool is_better = other > best || (other == best && (uint32_t)other_id < (uint32_t)best_id);
    best = is_better ? other : best;
    best_id = is_better ? other_id : best_id;
  }
  __syncthreads();
  return best_id;
}

/*
 * The key at which the mass of the keys up to it reaches target(mass of all); EVERYTHING if that is
 * more than all of it.
 *
 *   key(id)   of a token that takes part, EVERYTHING of another one
 *   mass(id)  of a token that takes part
 */
template <class Key, class Mass, class Target>
__device__ __forceinline__ whole find_cut(VocabularyShared& shared, int vocab_size, Key key,
                                          Mass mass, Target target) {
  whole prefix = 0;
  whole before = 0;
  double aim = 0;
  for (int shift = 64 - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
    if (threadIdx.x < DIGITS) {
      shared.digits[threadIdx.x] = 0;
    }
    __syncthreads();
    for (int id = threadIdx.x; id < vocab_size; id += VOCABULARY_THREADS) {
      whole own_key = key(id);
      bool begins_alike = shift == 64 - DIGIT_BITS || own_key >> (shift + DIGIT_BITS) == prefix;
      if (own_key != EVERYTHING && begins_alike) {
        atomicAdd(&shared.digits[own_key >> shift & (DIGITS - 1)], mass(id));
      }
    }
    __syncthreads();
    whole own = threadIdx.x < DIGITS ? shared.digits[threadIdx.x] : 0;
    whole total;
    whole sum = before + block_scan(shared, own, total);
    if (shift == 64 - DIGIT_BITS) {
      aim = max(target(total), 0.5); /* At least one token, whatever is asked for. */
      if ((double)total < aim) {
        return EVERYTHING;
      }
    }
    if ((double)sum < aim && (double)(sum + own) >= aim) {
      shared.digit = threadIdx.x;
      shared.before = sum;
    }
    __syncthreads();
    prefix = prefix << DIGIT_BITS | (whole)shared.digit;
    before = shared.before;
  }
  return prefix;
}

#endif
