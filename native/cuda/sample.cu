/*
 * sample: the next token of each row of logits.
 *
 *   scores = logits, masked, biased, penalised; the likeliest one, or
 *   weights = exp(scores / temperature - largest), cut by top-k, top-p and min-p, and a draw
 *   grid (rows, 1, 1), block 1024
 *
 * A token's key orders by descending score and, among equals, by ascending id; a cut is the largest
 * key that is kept. It is found digit by digit, from the highest: the mass of every digit's value
 * among the keys that begin like the cut is summed, 1 for each token for top-k, its weight for
 * top-p. Masses are whole numbers, weights in units of 2^-40, so sums are exact and do not depend
 * on the order in which threads add. The draw walks the tokens by id.
 */
#include "rows.cuh"

typedef unsigned long long whole;

constexpr int THREADS = 1024;
constexpr int DIGIT_BITS = 8;
constexpr int DIGITS = 1 << DIGIT_BITS;
constexpr float UNIT = 0x1p40f;
constexpr whole EVERYTHING = ~0ull;

/* One row, while it is sampled. */
struct Row {
  const SampleRow& params;
  float* scores;
  int vocab_size;
  float largest; /* score after temperature */
  whole last;    /* the largest key that is kept */

  __device__ __forceinline__ float score(int id) const { return scores[id] / params.temperature; }
  __device__ __forceinline__ whole key(int id) const {
    /* Adding zero makes -0 and 0, which are equal, the same bits. */
    uint32_t bits = __float_as_uint(score(id) + 0.0f);
    uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
    return (whole)~ascending << 32 | (uint32_t)id;
  }
  __device__ __forceinline__ float weight(int id) const { return expf(score(id) - largest); }
  __device__ __forceinline__ bool is_kept(int id) const {
    return scores[id] > -INFINITY && key(id) <= last;
  }
  __device__ __forceinline__ whole mass(int id) const { return (whole)(weight(id) * UNIT); }
};

/* Shared by the threads of a block; each use ends with a barrier. */
struct Shared {
  whole digits[DIGITS];
  whole sums[THREADS];
  whole prefix;
  whole before;
  float best[32];
  int best_id[32];
};

/* Sum over the block of whole numbers, in every thread; sums keeps those of each thread. */
__device__ __forceinline__ whole block_total(Shared& shared, whole value) {
  shared.sums[threadIdx.x] = value;
  __syncthreads();
  if (threadIdx.x == 0) {
    whole total = 0;
    for (int i = 0; i < THREADS; i++) {
      total += shared.sums[i];
    }
    shared.before = total;
  }
  __syncthreads();
  whole total = shared.before;
  __syncthreads();
  return total;
}

/* The key at which the mass of those up to it reaches the target. */
template <class Mass>
__device__ __forceinline__ whole find_cut(const Row& row, Shared& shared, double target,
                                          Mass mass) {
  if (threadIdx.x == 0) {
    shared.prefix = 0;
    shared.before = 0;
  }
  for (int shift = 64 - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
    for (int i = threadIdx.x; i < DIGITS; i += THREADS) {
      shared.digits[i] = 0;
    }
    __syncthreads();
    whole prefix = shared.prefix;
    for (int id = threadIdx.x; id < row.vocab_size; id += THREADS) {
      if (row.is_kept(id)) {
        whole key = row.key(id);
        bool begins_alike = shift == 64 - DIGIT_BITS || key >> (shift + DIGIT_BITS) == prefix;
        if (begins_alike) {
          atomicAdd(&shared.digits[key >> shift & (DIGITS - 1)], mass(id));
        }
      }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      whole sum = shared.before;
      int last = 0; /* the last digit that any key has, should rounding miss the target */
      int digit = 0;
      for (; digit < DIGITS && ((double)sum < target || shared.digits[last] == 0); digit++) {
        if (shared.digits[digit] != 0) {
          shared.before = sum;
          sum += shared.digits[digit];
          last = digit;
        }
      }
      shared.prefix = prefix << DIGIT_BITS | (whole)last;
    }
    __syncthreads();
  }
  whole cut = shared.prefix;
  __syncthreads();
  return cut;
}

__device__ __forceinline__ whole mixed(whole z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/* In [0, 1), as CounterRandom gives it. */
__device__ __forceinline__ double uniform(whole seed, int counter) {
  const whole gamma = 0x9e3779b97f4a7c15ull;
  return (double)(mixed(mixed(seed + gamma) + ((whole)counter + 1) * gamma) >> 11) * 0x1p-53;
}

/* Logits to scores, by the lists of the row; false if they are not sound. */
__device__ __forceinline__ bool prepare(const SampleArgs& a, const Row& row) {
  const SampleRow& p = row.params;
  const float* logits = a.logits + blockIdx.x * a.stride;
  const uint32_t* mask = a.masks + (int64_t)p.mask * ((a.vocab_size + 31) / 32);
  bool is_below_infinity = true;
  bool has_finite = false;
  for (int id = threadIdx.x; id < a.vocab_size; id += THREADS) {
    float x = logits[id];
    /* Comparisons with NaN are false. */
    is_below_infinity &= x <= 3.402823466e38f;
    has_finite |= x >= -3.402823466e38f;
    bool is_allowed = p.mask < 0 || (mask[id / 32] >> (id % 32) & 1) != 0;
    row.scores[id] = is_allowed ? x : -INFINITY;
  }
  bool is_unsound = __syncthreads_or(!is_below_infinity) != 0;
  bool is_empty = __syncthreads_or(has_finite) == 0;
  for (int i = threadIdx.x; i < p.num_edits; i += THREADS) {
    SampleEdit edit = a.edits[p.first_edit + i];
    row.scores[edit.id] += edit.value;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < p.num_counts; i += THREADS) {
    SampleCount count = a.counts[p.first_count + i];
    float score = row.scores[count.id];
    if (p.repetition_penalty != 1) {
      score = score > 0 ? score / p.repetition_penalty : score * p.repetition_penalty;
    }
    if (count.num_output > 0) {
      score -= __fmul_rn((float)count.num_output, p.frequency_penalty);
      score -= p.presence_penalty;
    }
    row.scores[count.id] = score;
  }
  __syncthreads();
  return !is_unsound && !is_empty;
}

/* The likeliest token, the lowest of equals; -1 if there is none. In every thread. */
__device__ __forceinline__ int likeliest(const Row& row, Shared& shared) {
  float best = -INFINITY;
  int best_id = -1;
  for (int id = threadIdx.x; id < row.vocab_size; id += THREADS) {
    if (row.scores[id] > best) {
      best = row.scores[id];
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
  for (int warp = 0; warp < THREADS / 32; warp++) {
    float other = shared.best[warp];
    int other_id = shared.best_id[warp];
    bool is_better = other > best || (other == best && (uint32_t)other_id < (uint32_t)best_id);
    best = is_better ? other : best;
    best_id = is_better ? other_id : best_id;
  }
  __syncthreads();
  return best_id;
}

/* Thread t walks over the ids of its stretch, if the point lies there. */
__device__ __forceinline__ void draw(const SampleArgs& a, const Row& row, Shared& shared) {
  int stretch = (row.vocab_size + THREADS - 1) / THREADS;
  int begin = min((int)threadIdx.x * stretch, row.vocab_size);
  int end = min(begin + stretch, row.vocab_size);
  whole own = 0;
  for (int id = begin; id < end; id++) {
    bool is_kept = row.is_kept(id) && row.weight(id) >= row.params.min_p;
    own += is_kept ? row.mass(id) : 0;
  }
  whole total = block_total(shared, own);
  double point = uniform(row.params.seed, row.params.output_index) * (double)total;
  whole sum = 0;
  for (int i = 0; i < (int)threadIdx.x; i++) {
    sum += shared.sums[i];
  }
  if ((double)sum <= point && (double)(sum + own) > point) {
    int id = begin - 1;
    do {
      id++;
      bool is_kept = row.is_kept(id) && row.weight(id) >= row.params.min_p;
      sum += is_kept ? row.mass(id) : 0;
    } while ((double)sum <= point);
    a.out[blockIdx.x] = id;
  }
}

extern "C" __global__ void __launch_bounds__(1024, 1)
    sample_f32(const __grid_constant__ SampleArgs a) {
  __shared__ Shared shared;
  const SampleRow& p = a.params[blockIdx.x];
  Row row = {p, a.scores + (int64_t)blockIdx.x * a.vocab_size, a.vocab_size, 0, EVERYTHING};
  bool is_sound = prepare(a, row);
  int best = likeliest(row, shared);
  if (!is_sound || best < 0 || p.temperature == 0) {
    if (threadIdx.x == 0) {
      a.out[blockIdx.x] = is_sound ? best : -1;
    }
    return;
  }
  if (threadIdx.x == 0) {
    a.out[blockIdx.x] = best; /* Should rounding carry the point to the end of all weights. */
  }
  row.largest = row.score(best);
  if (p.top_k > 0 && p.top_k < a.vocab_size) {
    row.last = find_cut(row, shared, p.top_k, [](int) { return (whole)1; });
  }
  if (p.top_p < 1) {
    whole own = 0;
    for (int id = threadIdx.x; id < a.vocab_size; id += THREADS) {
      own += row.is_kept(id) ? row.mass(id) : 0;
    }
    double target = (double)p.top_p * (double)block_total(shared, own);
    row.last = find_cut(row, shared, target, [&](int id) { return row.mass(id); });
  }
  draw(a, row, shared);
}
