/* Arguments of the kernels that sample: a part of args.h, which includes it. */
#ifndef GTN_CUDA_ARGS_SAMPLE_H
#define GTN_CUDA_ARGS_SAMPLE_H

/*
 * sample_f32: the next token of each row, as dev.gatun.engine.sample.Sampler chooses it: masks and
 * biases, penalties; then the likeliest, or temperature, top-k, top-p, min-p and a draw that is a
 * function of seed and output index. The same bits as there: weights are whole numbers of
 * 2^-35 of the largest, so that their sums are exact in any order, for up to 2^18 tokens.
 * GTN_UNSOUND where logits hold NaN, positive infinity or nothing finite, GTN_NO_TOKEN where
 * everything is masked.
 * grid (rows, 1, 1), block 1024
 *
 * score_f32: what log-probabilities of the row's token and of the likeliest ones are made of, from
 * the logits as they are; for rows that want it and have a token. Follows sample_f32, with the
 * same arguments and launch.
 *
 * A launch has few rows of all, so that scratch memory is for these alone. params, masks, lists
 * and results are read or written once per row: they may be memory of the host. Lists of a row are
 * ranges of lists for all rows; no id is twice in one range.
 */
#define GTN_NO_TOKEN (-1)
#define GTN_UNSOUND (-2)
#define GTN_MAX_TOP 128 /* likeliest tokens of a row */

typedef struct {
  uint64_t seed;
  int32_t row;          /* of logits */
  int32_t target;       /* a token that is scored and nothing sampled, or -1 */
  int32_t output_index; /* of the token that is chosen, from 0 */
  int32_t mask;         /* row of masks, or -1: everything is allowed */
  int32_t first_edit;
  int32_t num_edits;
  int32_t first_count;
  int32_t num_counts;
  int32_t top_k;     /* 0 for all */
  int32_t num_top;   /* likeliest tokens that are scored beside the row's, or -1: nothing is */
  float temperature; /* 0 for the likeliest token */
  float top_p;       /* 1 for all */
  float min_p;       /* 0 for all */
  float repetition_penalty; /* 1 for none */
  float frequency_penalty;  /* 0 for none */
  float presence_penalty;   /* 0 for none */
} SampleRow;
GTN_SIZE(SampleRow, 72);

/* Added to a logit: a bias, or -infinity for a token that may not be chosen. */
typedef struct {
  int32_t id;
  float value;
} SampleEdit;
GTN_SIZE(SampleEdit, 8);

/* A token that the sequence holds. */
typedef struct {
  int32_t id;
  int32_t num_output; /* times in the output alone; the prompt counts for repetition only */
} SampleCount;
GTN_SIZE(SampleCount, 8);

typedef struct {
  uint64_t mass; /* of all weights exp(logit - largest), in units of 2^-35 */
  int32_t token; /* or GTN_NO_TOKEN, GTN_UNSOUND: then nothing else is set */
  int32_t rank;  /* 1 for the likeliest; this and what follows by score_f32 */
  float logit;   /* of the token */
  float largest; /* logit of the row */
} SampleResult;
GTN_SIZE(SampleResult, 24);

typedef struct {
  int32_t id;
  float logit;
} SampleTop;
GTN_SIZE(SampleTop, 8);

typedef struct {
  const float *logits;
  float *scores;           /* [rows, vocab_size], written before it is read; likewise weights */
  float *weights;          /* [rows, vocab_size] */
  const SampleRow *params; /* [first_row + rows] */
  const uint64_t *masks;   /* [.., ceil(vocab_size, 64)]: bit id % 64 of word id / 64 allows id */
  const SampleEdit *edits;
  const SampleCount *counts;
  SampleResult *results; /* [first_row + rows] */
  SampleTop *tops;       /* [first_row + rows, max_top], the likeliest first */
  int64_t stride;        /* of logits */
  int32_t rows;          /* of this launch, from first_row on */
  int32_t first_row;
  int32_t vocab_size;
  int32_t max_top; /* at most GTN_MAX_TOP */
} SampleArgs;
GTN_SIZE(SampleArgs, 96);

#endif
