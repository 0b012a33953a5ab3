/*
 * sample: the next token of each row of logits.
 *
 *   scores = logits, masked, biased, penalised; the likeliest one, or
 *   weights = exp(scores / temperature - largest), cut by top-k, top-p and min-p, and a draw
 *   grid (rows, 1, 1), block 1024
 *
 * The draw walks the tokens by id. Every operation has the bits of the host's Sampler: see
 * vocabulary.cuh.
 */
#include "vocabulary.cuh"

constexpr int THREADS = VOCABULARY_THREADS;

struct SampleShared {
  VocabularyShared vocabulary;
  SampleRow params;
  int drawn;
};

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

/* No NaN, no positive infinity, something finite. In every thread. */
__device__ __forceinline__ bool is_sound(const float* logits, int vocab_size) {
  bool is_below_infinity = true;
  bool has_finite = false;
  for (int id = threadIdx.x; id < vocab_size; id += THREADS) {
    /* Comparisons with NaN are false. */
    is_below_infinity &= logits[id] <= 3.402823466e38f;
    has_finite |= logits[id] >= -3.402823466e38f;
  }
  bool is_unsound = __syncthreads_or(!is_below_infinity) != 0;
  bool is_empty = __syncthreads_or(has_finite) == 0;
  return !is_unsound && !is_empty;
}

/* Logits to scores, by the lists of the row. */
__device__ __forceinline__ void prepare(const SampleArgs& a, const SampleRow& p,
                                        const float* logits, float* scores) {
  const uint64_t* mask = a.masks + (int64_t)p.mask * ((a.vocab_size + 63) / 64);
  for (int id = threadIdx.x; id < a.vocab_size; id += THREADS) {
    bool is_allowed = p.mask < 0 || (mask[id / 64] >> (id % 64) & 1) != 0;
    scores[id] = is_allowed ? logits[id] : -INFINITY;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < p.num_edits; i += THREADS) {
    SampleEdit edit = a.edits[p.first_edit + i];
    scores[edit.id] += edit.value;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < p.num_counts; i += THREADS) {
    SampleCount count = a.counts[p.first_count + i];
    float score = scores[count.id];
    if (p.repetition_penalty != 1) {
      score = score > 0 ? score / p.repetition_penalty : score * p.repetition_penalty;
    }
    if (count.num_output > 0) {
      score -= __fmul_rn((float)count.num_output, p.frequency_penalty);
      score -= p.presence_penalty;
    }
    scores[count.id] = score;
  }
  __syncthreads();
}

/* Cuts by top-k and top-p; the largest key that is kept. */
__device__ __forceinline__ whole cut(const SampleRow& p, const float* scores,
                                     const float* weights, int vocab_size,
                                     VocabularyShared& shared) {
  whole last = EVERYTHING;
  auto key = [&](int id) {
    whole own = key_of(scores[id], id);
    return scores[id] > -INFINITY && own <= last ? own : EVERYTHING;
  };
  if (p.top_k > 0 && p.top_k < vocab_size) {
    last = find_cut(
        shared, vocab_size, key, [](int) { return (whole)1; },
        [&](whole) { return (double)p.top_k; });
  }
  if (p.top_p < 1) {
    last = find_cut(
        shared, vocab_size, key, [&](int id) { return mass_of(weights[id]); },
        [&](whole total) { return (double)p.top_p * (double)total; });
  }
  return last;
}

/* Draws among the tokens up to the cut; thread t walks over its stretch if the point lies there. */
__device__ __forceinline__ int draw(const SampleRow& p, const float* scores, const float* weights,
                                    int vocab_size, whole last, SampleShared& shared) {
  auto mass = [&](int id) {
    bool is_kept = key_of(scores[id], id) <= last && weights[id] >= p.min_p;
    return is_kept ? mass_of(weights[id]) : 0;
  };
  int stretch = (vocab_size + THREADS - 1) / THREADS;
  int begin = min((int)threadIdx.x * stretch, vocab_size);
  int end = min(begin + stretch, vocab_size);
  whole own = 0;
  for (int id = begin; id < end; id++) {
    own += mass(id);
  }
  whole total;
  whole sum = block_scan(shared.vocabulary, own, total);
  /* Rounding may carry the point to the end of all weights, never past it. */
  whole point = min((whole)(uniform(p.seed, p.output_index) * (double)total), total - 1);
  if (sum <= point && sum + own > point) {
    int id = begin - 1;
    do {
      id++;
      sum += mass(id);
    } while (sum <= point);
    shared.drawn = id;
  }
  __syncthreads();
  return shared.drawn;
}

__device__ __forceinline__ int sample(const SampleArgs& a, const float* logits,
                                      SampleShared& shared) {
  const SampleRow& p = shared.params;
  int vocab_size = a.vocab_size;
  float* scores = a.scores + (int64_t)blockIdx.x * vocab_size;
  float* weights = a.weights + (int64_t)blockIdx.x * vocab_size;
  bool is_changed = p.mask >= 0 || p.num_edits > 0 || p.num_counts > 0;
  if (is_changed) {
    prepare(a, p, logits, scores);
  }
  const float* row = is_changed ? scores : logits;
  int best = likeliest(row, vocab_size, shared.vocabulary);
  if (best < 0 || p.temperature == 0) {
    return best;
  }
  float largest = __fdiv_rn(row[best], p.temperature);
  __syncthreads(); /* Every thread has read the largest before it changes. */
  for (int id = threadIdx.x; id < vocab_size; id += THREADS) {
    float score = __fdiv_rn(row[id], p.temperature);
    scores[id] = score;
    weights[id] = weight_of(score, largest);
  }
  __syncthreads();
  whole last = cut(p, scores, weights, vocab_size, shared.vocabulary);
  return draw(p, scores, weights, vocab_size, last, shared);
}

extern "C" __global__ void __launch_bounds__(1024, 1)
    sample_f32(const __grid_constant__ SampleArgs a) {
  __shared__ SampleShared shared;
  int index = a.first_row + blockIdx.x;
  if (threadIdx.x < sizeof(SampleRow) / 4) {
    ((uint32_t*)&shared.params)[threadIdx.x] = ((const uint32_t*)(a.params + index))[threadIdx.x];
  }
  __syncthreads();
  const float* logits = a.logits + shared.params.row * a.stride;
  int token = shared.params.target;
  if (!is_sound(logits, a.vocab_size)) {
    token = GTN_UNSOUND;
  } else if (token < 0) {
    token = sample(a, logits, shared);
  }
  if (threadIdx.x == 0) {
    a.results[index].token = token;
  }
}
