package dev.gatun.model.golden;

import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.decoder.KvCacheTensors;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Runs a decoder without an engine: keeps block tables, fills batches, reads logits. Blocks are
 * handed out in an order shuffled by the seed, so that no block table is contiguous; block 0 is
 * never used.
 */
public final class DecoderDriver {
  private final Backend backend;
  private final Decoder decoder;
  private final AttentionBatch batch;
  private final List<KvLayer> cache;
  private final int blockSize;
  private final List<Integer> freeBlocks = new ArrayList<>();

  /**
   * A decoder with room for {@code maxTokens} tokens in all sequences together and in one step.
   *
   * @param maxSequences largest number of sequences, in a step and in all
   */
  public DecoderDriver(
      ModelDirectory model,
      Backend backend,
      int blockSize,
      int maxTokens,
      int maxSequences,
      long seed) {
    this(model, backend, backend.activationType(), blockSize, maxTokens, maxSequences, seed);
  }

  /** The same with a KV cache of the given type. */
  public DecoderDriver(
      ModelDirectory model,
      Backend backend,
      DType cacheType,
      int blockSize,
      int maxTokens,
      int maxSequences,
      long seed) {
    this.backend = backend;
    this.blockSize = blockSize;
    int numBlocks = maxTokens / blockSize + maxSequences + 1;
    BatchLimits limits = new BatchLimits(maxTokens, maxSequences, numBlocks, maxTokens);
    decoder = Decoder.build(model.spec(), model.weights(), backend, limits, maxTokens);
    batch = backend.newBatch(limits);
    KvCacheShape shape = KvCacheShape.of(model.spec(), blockSize, cacheType);
    cache = KvCacheTensors.allocate(backend, shape, numBlocks);
    for (int block = 1; block < numBlocks; block++) {
      freeBlocks.add(block);
    }
    Collections.shuffle(freeBlocks, new Random(seed));
  }

  /** A sequence and the blocks that hold its computed tokens. */
  public static final class Sequence {
    private final List<Integer> blocks = new ArrayList<>();
    private int[] tokens;
    private int numComputedTokens;

    private Sequence(int[] tokens) {
      this.tokens = tokens;
    }

    /** Appends an output token. */
    public void append(int token) {
      tokens = Arrays.copyOf(tokens, tokens.length + 1);
      tokens[tokens.length - 1] = token;
    }

    /** Tokens whose KV does not exist yet. */
    public int numUncomputed() {
      return tokens.length - numComputedTokens;
    }
  }

  /**
   * Part of a step.
   *
   * @param numTokens scheduled tokens
   */
  public record Chunk(Sequence sequence, int numTokens) {}

  public Sequence sequence(int[] prompt) {
    return new Sequence(prompt.clone());
  }

  /** Gives the blocks of a sequence back. */
  public void free(Sequence sequence) {
    freeBlocks.addAll(sequence.blocks);
    sequence.blocks.clear();
    sequence.numComputedTokens = 0;
  }

  /** Runs one step and returns the logits of every scheduled token, chunk after chunk. */
  public List<float[]> step(List<Chunk> chunks) {
    batch.clear();
    for (Chunk chunk : chunks) {
      schedule(chunk.sequence(), chunk.numTokens());
    }
    backend.upload(batch);
    Tensor logits = decoder.forward(batch, cache);
    return read(logits, batch.numLogitRows() - batch.numFillers());
  }

  private void schedule(Sequence sequence, int numTokens) {
    int from = sequence.numComputedTokens;
    int contextLen = from + numTokens;
    while (sequence.blocks.size() * blockSize < contextLen) {
      sequence.blocks.add(freeBlocks.removeLast());
    }
    batch.beginSequence(contextLen);
    sequence.blocks.forEach(batch::addBlock);
    for (int position = from; position < contextLen; position++) {
      int block = sequence.blocks.get(position / blockSize);
      batch.addToken(sequence.tokens[position], position, block * blockSize + position % blockSize);
      batch.addLogitRow();
    }
    sequence.numComputedTokens = contextLen;
  }

  private List<float[]> read(Tensor tensor, int numRows) {
    List<float[]> rows = new ArrayList<>(numRows);
    for (int row = 0; row < numRows; row++) {
      float[] values = new float[tensor.rowLength()];
      backend.readFloats(tensor, row, values);
      rows.add(values);
    }
    return rows;
  }

  /** Hidden state after the final norm of the last token of the last step. */
  public float[] lastHiddenState() {
    return read(decoder.hiddenStates(), batch.numLogitRows() - batch.numFillers()).getLast();
  }

  /** Logits of every prompt token, the prompt given whole. */
  public List<float[]> prefill(Sequence sequence) {
    return step(List.of(new Chunk(sequence, sequence.numUncomputed())));
  }

  /** Index of the largest logit, the first of equals. */
  public static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /** Natural logarithm of the probability of a token. */
  public static double logprob(float[] logits, int token) {
    double max = logits[argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[token] - max - Math.log(sum);
  }
}
