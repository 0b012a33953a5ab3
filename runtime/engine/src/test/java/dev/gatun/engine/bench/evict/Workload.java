package dev.gatun.engine.bench.evict;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What people do with a model, in blocks of 16 tokens over an hour or so. Lengths and times are of
 * the order that public traces of chat and API use report; the comparison is between policies, not
 * with any one site.
 */
enum Workload {
  /** Conversations: think times of a minute or so, each turn sends all turns before it. */
  MULTI_TURN {
    @Override
    void fill(Generator to) {
      to.conversations(1_500, 0);
    }
  },
  /** System prompts of 60 tenants, popular and rare ones (Zipf), each behind single questions. */
  TENANTS {
    @Override
    void fill(Generator to) {
      to.tenants(8_000, false);
    }
  },
  /** The same with a popularity that changes every ten minutes. */
  SHIFTING_TENANTS {
    @Override
    void fill(Generator to) {
      to.tenants(8_000, true);
    }
  },
  /** Documents asked about four times in the mean within minutes, then never again. */
  DOCUMENTS {
    @Override
    void fill(Generator to) {
      to.documents(500);
    }
  },
  /** Searches: a problem, four attempts at it, four continuations of each and so on; then dead. */
  TREES {
    @Override
    void fill(Generator to) {
      to.trees(120);
    }
  },
  /** Conversations behind system prompts of tenants. */
  TENANT_CHATS {
    @Override
    void fill(Generator to) {
      to.conversations(1_500, 60);
    }
  },
  /** All of the above beside documents that come once. */
  MIXED {
    @Override
    void fill(Generator to) {
      to.conversations(700, 30);
      to.tenants(2_500, true);
      to.documents(150);
      to.scans(400, 0, HOUR);
    }
  },
  /** Tenants and conversations; every ten minutes 150 long documents come once, in a burst. */
  SCAN_BURSTS {
    @Override
    void fill(Generator to) {
      to.conversations(700, 30);
      to.tenants(2_500, false);
      for (int i = 1; i < 6; i++) {
        to.scans(150, i * 600.0, i * 600.0 + 60);
      }
    }
  },
  /** Adversarial: the same documents in the same order, again and again, beside tenants. */
  LOOP {
    @Override
    void fill(Generator to) {
      to.tenants(2_500, false);
      to.loop(40, 15);
    }
  };

  private static final double HOUR = 3_600;

  abstract void fill(Generator to);

  Trace trace(long seed) {
    Generator generator = new Generator(new SplittableRandom(seed));
    fill(generator);
    return generator.trace.build();
  }

  /** Draws requests. */
  static final class Generator {
    private final SplittableRandom random;
    final Trace.Builder trace = new Trace.Builder();

    Generator(SplittableRandom random) {
      this.random = random;
    }

    private double exponential(double mean) {
      return -mean * Math.log(1 - random.nextDouble());
    }

    private static int[] concat(int[] a, int[] b) {
      return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
    }

    private int[][] systemPrompts(int count) {
      return IntStream.range(0, count)
          .mapToObj(_ -> trace.newKeys(random.nextInt(20, 200)))
          .toArray(int[][]::new);
    }

    /** Rank with probability in proportion to 1 / (1 + rank). */
    private int zipf(int count) {
      double sum = IntStream.range(0, count).mapToDouble(rank -> 1.0 / (1 + rank)).sum();
      double at = random.nextDouble() * sum;
      int rank = -1;
      while (at > 0 && rank < count - 1) {
        at -= 1.0 / (2 + rank);
        rank++;
      }
      return Math.max(rank, 0);
    }

    private double seconds(int numOutputBlocks) {
      return 0.5 + 0.3 * numOutputBlocks;
    }

    /**
     * Conversations of 5 turns in the mean; think time log-normal, median 45 s.
     *
     * @param numTenants system prompts to start with, 0 for none
     */
    void conversations(int count, int numTenants) {
      int[][] systems = systemPrompts(numTenants);
      for (int i = 0; i < count; i++) {
        double time = random.nextDouble() * HOUR;
        int[] history = numTenants == 0 ? new int[0] : systems[zipf(numTenants)];
        do {
          int[] prompt = concat(history, trace.newKeys(random.nextInt(1, 20)));
          int numOutput = random.nextInt(3, 40);
          history = concat(prompt, trace.newKeys(numOutput));
          trace.add(time, seconds(numOutput), history, prompt.length);
          time += seconds(numOutput) + 45 * Math.exp(random.nextGaussian());
        } while (random.nextInt(5) > 0);
      }
    }

    void tenants(int count, boolean isShifting) {
      int numTenants = 60;
      int[][] systems = systemPrompts(numTenants);
      for (int i = 0; i < count; i++) {
        double time = random.nextDouble() * HOUR;
        int shift = isShifting ? ((int) (time / 600)) * 7 : 0;
        int[] system = systems[(zipf(numTenants) + shift) % numTenants];
        int[] prompt = concat(system, trace.newKeys(random.nextInt(3, 25)));
        int numOutput = random.nextInt(3, 20);
        trace.add(
            time, seconds(numOutput), concat(prompt, trace.newKeys(numOutput)), prompt.length);
      }
    }

    void documents(int count) {
      for (int i = 0; i < count; i++) {
        double time = random.nextDouble() * HOUR;
        int[] document = trace.newKeys(random.nextInt(100, 700));
        do {
          int[] prompt = concat(document, trace.newKeys(random.nextInt(1, 5)));
          int numOutput = random.nextInt(3, 20);
          trace.add(
              time, seconds(numOutput), concat(prompt, trace.newKeys(numOutput)), prompt.length);
          time += 5 + exponential(60);
        } while (random.nextInt(4) > 0);
      }
    }

    void trees(int count) {
      for (int i = 0; i < count; i++) {
        grow(random.nextDouble() * HOUR, trace.newKeys(random.nextInt(20, 200)), 3);
      }
    }

    private void grow(double from, int[] prompt, int depth) {
      for (int branch = 0; branch < 4; branch++) {
        double time = from + exponential(15);
        int numOutput = random.nextInt(5, 40);
        int[] attempt = concat(prompt, trace.newKeys(numOutput));
        trace.add(time, seconds(numOutput), attempt, prompt.length);
        if (depth > 1) {
          grow(time + seconds(numOutput), attempt, depth - 1);
        }
      }
    }

    /** Prompts that come once. */
    void scans(int count, double from, double to) {
      for (int i = 0; i < count; i++) {
        int[] prompt = trace.newKeys(random.nextInt(100, 900));
        int numOutput = random.nextInt(3, 10);
        double time = from + random.nextDouble() * (to - from);
        trace.add(
            time, seconds(numOutput), concat(prompt, trace.newKeys(numOutput)), prompt.length);
      }
    }

    void loop(int numDocuments, int numRounds) {
      int[][] documents = new int[numDocuments][];
      for (int i = 0; i < numDocuments; i++) {
        documents[i] = trace.newKeys(random.nextInt(100, 300));
      }
      double gap = HOUR / numRounds / numDocuments;
      for (int i = 0; i < numDocuments * numRounds; i++) {
        int[] prompt = concat(documents[i % numDocuments], trace.newKeys(1));
        trace.add(i * gap, seconds(5), concat(prompt, trace.newKeys(5)), prompt.length);
      }
    }
  }
}
