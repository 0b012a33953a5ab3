/*
 * score: what the log-probability of a row's token and of the likeliest ones is made of.
 *
 *   mass = sum of exp(logit - largest), logprob = logit - (largest + log(mass)), by the host
 *   grid (rows, 1, 1), block 1024
 */
#include "vocabulary.cuh"

constexpr int THREADS = VOCABULARY_THREADS;

struct ScoreShared {
  VocabularyShared vocabulary;
  whole top[GTN_MAX_TOP];
  int num_found;
};

/* The n likeliest in order: those up to the cut, each to its place among them. */
__device__ __forceinline__ void list_top(const float* logits, int vocab_size, int n,
                                         SampleTop* out, ScoreShared& shared) {
  if (threadIdx.x == 0) {
    shared.num_found = 0;
  }
  auto key = [&](int id) { return key_of(logits[id], id); };
  whole last = find_cut(
      shared.vocabulary, vocab_size, key, [](int) { return (whole)1; },
      [&](whole) { return (double)n; });
  for (int id = threadIdx.x; id < vocab_size; id += THREADS) {
    if (key(id) <= last) {
      shared.top[atomicAdd(&shared.num_found, 1)] = key(id);
    }
  }
  __syncthreads();
  if ((int)threadIdx.x < n) {
    whole own = shared.top[threadIdx.x];
    int place = 0;
    for (int i = 0; i < n; i++) {
      place += shared.top[i] < own ? 1 : 0;
    }
    int id = (int)(uint32_t)own;
    out[place] = SampleTop{id, logits[id]};
  }
}

extern "C" __global__ void __launch_bounds__(1024, 1)
    score_f32(const __grid_constant__ SampleArgs a) {
  __shared__ ScoreShared shared;
  int index = a.first_row + blockIdx.x;
  int num_top = a.params[index].num_top;
  int token = a.results[index].token;
  if (num_top < 0 || token < 0) {
    return;
  }
  const float* logits = a.logits + a.params[index].row * a.stride;
  float logit = logits[token];
  float largest = logits[likeliest(logits, a.vocab_size, shared.vocabulary)];
  whole own_mass = 0;
  whole own_rank = 0;
  for (int id = threadIdx.x; id < a.vocab_size; id += THREADS) {
    own_mass += mass_of(weight_of(logits[id], largest));
    own_rank += logits[id] > logit ? 1 : 0;
  }
  whole mass;
  whole rank;
  block_scan(shared.vocabulary, own_mass, mass);
  block_scan(shared.vocabulary, own_rank, rank);
  if (threadIdx.x == 0) {
    SampleResult& result = a.results[index];
    result.mass = mass;
    result.rank = (int)rank + 1;
    result.logit = logit;
    result.largest = largest;
  }
  if (num_top > 0) {
    list_top(logits, a.vocab_size, min(num_top, a.vocab_size), a.tops + (int64_t)index * a.max_top,
             shared);
  }
}
