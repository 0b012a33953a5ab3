package dev.gatun.tensor.contract;

import dev.gatun.tensor.contract.AttentionCase.Sequence;

/**
 * Dense attention of one token in double, with a bound on what float32 may lose. An error d of the
 * scores changes each weight by a factor of at most exp(2 d); the two sums over keys lose at most
 * one roundoff per key each.
 */
record NaiveAttention(double[] expected, double[] error) {
  /** Operations that are not part of a sum, among them exp and tanh, generously. */
  private static final int OTHER_OPERATIONS = 32;

  /**
   * Computes one row.
   *
   * @param weightRoundoff relative error of softmax weights that meet the values rounded
   */
  static NaiveAttention of(
      AttentionCase layer, Sequence sequence, int position, double weightRoundoff) {
    int headDim = layer.headDim();
    int size = layer.numHeads() * headDim;
    NaiveAttention naive = new NaiveAttention(new double[size], new double[size]);
    for (int head = 0; head < layer.numHeads(); head++) {
      naive.addHead(layer, sequence, position, head, weightRoundoff);
    }
    return naive;
  }

  private void addHead(
      AttentionCase layer, Sequence sequence, int position, int head, double weightRoundoff) {
    int headDim = layer.headDim();
    int kvColumn = head / layer.groupSize() * headDim;
    int first = layer.window() == 0 ? 0 : Math.max(0, position - layer.window() + 1);
    int numKeys = position - first + 1;
    double[] scores = new double[numKeys];
    boolean hasSink = layer.sinks().length > 0;
    double max = hasSink ? layer.sinks()[head] : Double.NEGATIVE_INFINITY;
    double scoreError = 0;
    for (int j = 0; j < numKeys; j++) {
      double dot = 0;
      double magnitude = 0;
      for (int i = 0; i < headDim; i++) {
        double product =
            (double) sequence.q()[position][head * headDim + i]
                * sequence.k()[first + j][kvColumn + i];
        dot += product;
        magnitude += Math.abs(product);
      }
      double score = dot * layer.scale();
      if (layer.softCap() > 0) {
        score = layer.softCap() * Math.tanh(score / layer.softCap());
      }
      scores[j] = score;
      max = Math.max(max, score);
      double roundoffs = (headDim + 4) * magnitude * layer.scale() + 4 * Math.abs(score);
      scoreError = Math.max(scoreError, roundoffs * Rounding.F32_ROUNDOFF);
    }
    double sum = hasSink ? Math.exp(layer.sinks()[head] - max) : 0;
    for (int j = 0; j < numKeys; j++) {
      scores[j] = Math.exp(scores[j] - max);
      sum += scores[j];
    }
    double sums = (2.0 * numKeys + OTHER_OPERATIONS) * Rounding.F32_ROUNDOFF;
    double loss = 2 * scoreError + sums + weightRoundoff;
    for (int i = 0; i < headDim; i++) {
      double magnitude = 0;
      for (int j = 0; j < numKeys; j++) {
        double term = scores[j] / sum * sequence.v()[first + j][kvColumn + i];
        expected[head * headDim + i] += term;
        magnitude += Math.abs(term);
      }
      error[head * headDim + i] = loss * magnitude;
    }
  }
}
