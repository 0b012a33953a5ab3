/* The sampler and the scores of tokens against plain ones that sort, in double. */
#include <algorithm>

#include "check.h"

using namespace check;

namespace {

constexpr int LAUNCH_ROWS = 16;
constexpr int MAX_TOP = 20;

/* One row of a batch, and what belongs to it. */
struct Request {
  SampleRow row = {};
  std::vector<float> logits;
  std::vector<bool> allowed;
  std::vector<SampleEdit> edits;
  std::vector<SampleCount> counts;
};

uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double uniform_of(uint64_t seed, int counter) {
  const uint64_t gamma = 0x9e3779b97f4a7c15u;
  uint64_t bits = mixed(mixed(seed + gamma) + (uint64_t)(counter + 1) * gamma);
  return (double)(bits >> 11) * 0x1p-53;
}

std::vector<float> scores_of(const Request& r) {
  std::vector<float> scores = r.logits;
  for (size_t id = 0; id < scores.size(); id++) {
    if (!r.allowed.empty() && !r.allowed[id]) {
      scores[id] = -INFINITY;
    }
  }
  for (const SampleEdit& edit : r.edits) {
    scores[(size_t)edit.id] += edit.value;
  }
  for (const SampleCount& count : r.counts) {
    float& score = scores[(size_t)count.id];
    float repetition = r.row.repetition_penalty;
    score = repetition == 1 ? score : score > 0 ? score / repetition : score * repetition;
    if (count.num_output > 0) {
      score -= (float)count.num_output * r.row.frequency_penalty;
      score -= r.row.presence_penalty;
    }
  }
  return scores;
}

struct Candidate {
  int id;
  double score;
  double weight;
};

/* The likeliest tokens first, as far as the cuts leave them. */
std::vector<Candidate> candidates(const Request& r, const std::vector<float>& scores) {
  std::vector<Candidate> all;
  bool is_greedy = r.row.temperature == 0;
  for (size_t id = 0; id < scores.size(); id++) {
    if (scores[id] > -INFINITY) {
      all.push_back({(int)id, is_greedy ? scores[id] : scores[id] / r.row.temperature, 0});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate& x, const Candidate& y) { return x.score > y.score; });
  if (r.row.top_k > 0 && (size_t)r.row.top_k < all.size()) {
    all.resize((size_t)r.row.top_k);
  }
  double mass = 0;
  for (Candidate& c : all) {
    c.weight = exp(c.score - all[0].score);
    mass += c.weight;
  }
  if (r.row.top_p < 1) {
    double target = r.row.top_p * mass;
    double sum = 0;
    size_t kept = 0;
    while (kept < all.size() && (kept == 0 || sum < target)) {
      sum += all[kept++].weight;
    }
    all.resize(kept);
  }
  while (!all.empty() && all.back().weight < r.row.min_p) {
    all.pop_back();
  }
  return all;
}

/* Sum of the weights of logits as they are, and the tokens in order. */
void expect_scores(const std::string& label, const Request& r, const SampleResult& actual,
                   const SampleTop* tops) {
  std::vector<int> order(r.logits.size());
  for (size_t i = 0; i < order.size(); i++) {
    order[i] = (int)i;
  }
  std::stable_sort(order.begin(), order.end(), [&](int x, int y) {
    return r.logits[(size_t)x] > r.logits[(size_t)y];
  });
  float largest = r.logits[(size_t)order[0]];
  float logit = r.logits[(size_t)actual.token];
  double mass = 0;
  int rank = 1;
  for (float x : r.logits) {
    mass += exp((double)x - largest);
    rank += x > logit ? 1 : 0;
  }
  count(4 + r.row.num_top);
  double error = 0x1p-36 * (double)r.logits.size() + 1.1e-7 * mass;
  if (!(fabs((double)actual.mass * 0x1p-35 - mass) <= error)) {
    fail("%s: mass %g, expected %g", label.c_str(), (double)actual.mass * 0x1p-35, mass);
  }
  if (actual.rank != rank || actual.logit != logit || actual.largest != largest) {
    fail("%s: rank %d, logit %g, largest %g, expected %d, %g, %g", label.c_str(), actual.rank,
         actual.logit, actual.largest, rank, logit, largest);
  }
  for (int i = 0; i < std::min(r.row.num_top, (int)order.size()); i++) {
    if (tops[i].id != order[(size_t)i] || tops[i].logit != r.logits[(size_t)tops[i].id]) {
      fail("%s: token %d is number %d, expected %d", label.c_str(), tops[i].id, i,
           order[(size_t)i]);
    }
  }
}

void expect(const std::string& label, const Request& r, int actual) {
  count(1);
  if (r.row.target >= 0 && actual == r.row.target) {
    return;
  }
  bool is_sound = std::any_of(r.logits.begin(), r.logits.end(), [](float x) {
    return std::isfinite(x);
  });
  for (float x : r.logits) {
    is_sound = is_sound && x < INFINITY;
  }
  std::vector<Candidate> all = candidates(r, scores_of(r));
  if (!is_sound || all.empty() || r.row.temperature == 0) {
    int expected = !is_sound ? GTN_UNSOUND : all.empty() ? GTN_NO_TOKEN : all[0].id;
    if (actual != expected) {
      fail("%s: token %d, expected %d", label.c_str(), actual, expected);
    }
    return;
  }
  std::sort(all.begin(), all.end(),
            [](const Candidate& x, const Candidate& y) { return x.id < y.id; });
  double mass = 0;
  for (const Candidate& c : all) {
    mass += c.weight;
  }
  double point = uniform_of(r.row.seed, r.row.output_index) * mass;
  double sum = 0;
  for (const Candidate& c : all) {
    /* Where the point is next to a border either side of it is right. */
    bool is_here = point >= sum - 1e-6 * mass && point <= sum + c.weight + 1e-6 * mass;
    if (c.id == actual && is_here) {
      return;
    }
    sum += c.weight;
  }
  fail("%s: token %d is not the one at %g of %g", label.c_str(), actual, point, mass);
}

void run_batch(const std::string& label, std::vector<Request> requests) {
  int vocab = (int)requests[0].logits.size();
  int rows = (int)requests.size();
  int stride = vocab + 3;
  int words = (vocab + 63) / 64;
  std::vector<float> logits((size_t)(rows * stride), NAN);
  std::vector<float> scratch((size_t)(2 * LAUNCH_ROWS * vocab), NAN);
  std::vector<uint64_t> masks;
  std::vector<SampleRow> params;
  std::vector<SampleEdit> edits;
  std::vector<SampleCount> counts;
  for (int i = 0; i < rows; i++) {
    Request& r = requests[(size_t)i];
    r.row.row = rows - 1 - i;
    std::copy(r.logits.begin(), r.logits.end(), logits.begin() + r.row.row * stride);
    r.row.mask = -1;
    if (!r.allowed.empty()) {
      r.row.mask = (int32_t)masks.size() / words;
      masks.resize(masks.size() + (size_t)words, 0);
      for (int id = 0; id < vocab; id++) {
        uint64_t bit = r.allowed[(size_t)id] ? 1ull << (id % 64) : 0;
        masks[(size_t)(r.row.mask * words + id / 64)] |= bit;
      }
    }
    r.row.first_edit = (int32_t)edits.size();
    r.row.num_edits = (int32_t)r.edits.size();
    edits.insert(edits.end(), r.edits.begin(), r.edits.end());
    r.row.first_count = (int32_t)counts.size();
    r.row.num_counts = (int32_t)r.counts.size();
    counts.insert(counts.end(), r.counts.begin(), r.counts.end());
    params.push_back(r.row);
  }
  std::vector<SampleResult> results((size_t)rows, SampleResult{7, -7, -7, NAN, NAN});
  std::vector<SampleTop> tops((size_t)(rows * MAX_TOP), SampleTop{-7, NAN});
  for (int first = 0; first < rows; first += LAUNCH_ROWS) {
    int launched = std::min(LAUNCH_ROWS, rows - first);
    SampleArgs a = {logits.data(), scratch.data(), scratch.data() + LAUNCH_ROWS * vocab,
                    params.data(), masks.data(), edits.data(), counts.data(), results.data(),
                    tops.data(), stride, launched, first, vocab, MAX_TOP};
    run({"sample_f32", (unsigned)launched, 1024}, a);
    run({"score_f32", (unsigned)launched, 1024}, a);
  }
  for (int i = 0; i < rows; i++) {
    const Request& r = requests[(size_t)i];
    const SampleResult& result = results[(size_t)i];
    std::string name = text("%s, row %d", label.c_str(), i);
    expect(name, r, result.token);
    if (r.row.num_top >= 0 && result.token >= 0) {
      expect_scores(name, r, result, tops.data() + i * MAX_TOP);
    }
  }
}

Request request(int vocab, std::mt19937_64& random) {
  Request r;
  for (int id = 0; id < vocab; id++) {
    /* Few values, so that there are equals. */
    r.logits.push_back((float)below(random, 64) / 8 - 4 + (id % 5 == 0 ? uniform(random) : 0));
  }
  r.row.seed = random();
  r.row.output_index = below(random, 1000);
  r.row.target = -1;
  r.row.num_top = -1;
  r.row.temperature = 1;
  r.row.top_p = 1;
  r.row.repetition_penalty = 1;
  return r;
}

CHECK_CASE(sampling_draws_among_what_the_cuts_leave) {
  for (int vocab : {1, 5, 40, 1500}) {
    std::mt19937_64 random = random_of(text("sample %d", vocab));
    std::vector<Request> requests;
    for (int i = 0; i < 40; i++) {
      Request r = request(vocab, random);
      r.row.temperature = i % 8 == 0 ? 0 : 0.3f + (float)(i % 4) / 2;
      r.row.top_k = i % 3 == 0 ? 0 : 1 + below(random, 2 * vocab);
      r.row.top_p = i % 4 == 1 ? 1 : (float)(i % 4) / 4 + 0.01f * uniform(random);
      r.row.min_p = i % 5 == 4 ? 0.3f : 0;
      requests.push_back(r);
    }
    run_batch(text("cuts, %d tokens", vocab), requests);
  }
}

CHECK_CASE(sampling_applies_masks_biases_and_penalties) {
  int vocab = 77;
  std::mt19937_64 random = random_of("sample edits");
  std::vector<Request> requests;
  for (int i = 0; i < 40; i++) {
    Request r = request(vocab, random);
    r.row.temperature = i % 2 == 0 ? 0 : 0.7f;
    r.row.repetition_penalty = i % 3 == 0 ? 1.3f : 1;
    r.row.frequency_penalty = i % 4 == 0 ? 0.5f : 0;
    r.row.presence_penalty = i % 5 == 0 ? 1.5f : 0;
    for (int id = 0; id < vocab; id++) {
      if (i % 4 != 3) {
        r.allowed.push_back(i != 4 && below(random, 3) > 0);
      }
      if (below(random, 4) == 0) {
        r.edits.push_back({id, id % 3 == 0 ? -INFINITY : 5 * uniform(random)});
      }
      if (below(random, 3) == 0) {
        r.counts.push_back({id, below(random, 4)});
      }
    }
    requests.push_back(r);
  }
  run_batch("edits", requests);
}

CHECK_CASE(tokens_are_scored_with_the_likeliest) {
  for (int vocab : {1, 9, 1500}) {
    std::mt19937_64 random = random_of(text("score %d", vocab));
    std::vector<Request> requests;
    for (int i = 0; i < 20; i++) {
      Request r = request(vocab, random);
      r.row.target = i % 2 == 0 ? below(random, vocab) : -1;
      r.row.num_top = i % 5 == 4 ? -1 : i % 5 == 3 ? MAX_TOP : i % 5;
      r.logits[(size_t)below(random, vocab)] = i % 3 == 0 && vocab > 1 ? -INFINITY : 2;
      requests.push_back(r);
    }
    run_batch(text("scores, %d tokens", vocab), requests);
  }
}

CHECK_CASE(sampling_refuses_unsound_logits) {
  std::mt19937_64 random = random_of("sample unsound");
  std::vector<Request> requests(4, request(50, random));
  requests[0].logits[49] = NAN;
  requests[1].logits[7] = INFINITY;
  requests[2].logits.assign(50, -INFINITY);
  requests[3].logits[3] = -INFINITY;
  run_batch("unsound", requests);
}

}  // namespace
