package dev.gatun.server.metrics;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Upper bounds of histogram buckets; those of vLLM's families are vLLM's. */
public enum Buckets {
  /** Of what is no histogram. */
  NONE(""),
  TTFT(
      "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 20 40 80 160 640"
          + " 2560"),
  ITL("0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1 2.5 5 7.5 10 20 40 80"),
  LATENCY("0.3 0.5 0.8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680"),
  /** 1 2 5 10 20 50 ... up to the longest request. */
  TOKENS(""),
  SAMPLES("1 2 5 10 20"),
  PREEMPTIONS("1 2 3 4 5 10 20"),
  STEP_TOKENS("1 8 16 32 64 128 256 512 1024 2048 4096 8192 16384"),
  /** A step is bound by memory traffic: from 1 ms on a GPU to seconds on a small CPU. */
  STEP("0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10"),
  /** By route, as the instrumentator in front of vLLM has them. */
  HTTP("0.1 0.5 1"),
  /** The same over all routes. */
  HTTP_FINE("0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 1.5 2 2.5 3 3.5 4 4.5 5 7.5 10 30 60"),
  /** Those of the usual gRPC interceptors, and longer ones for long answers. */
  GRPC("0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60 120");

  private final String bounds;

  Buckets(String bounds) {
    this.bounds = bounds;
  }

  /**
   * The bounds, without the infinite one.
   *
   * @param maxModelLen upper end of {@link #TOKENS}, without meaning to the others
   */
  public double[] bounds(int maxModelLen) {
    if (this == TOKENS) {
      return DoubleStream.iterate(1, decade -> decade <= maxModelLen, decade -> decade * 10)
          .flatMap(decade -> Arrays.stream(new double[] {decade, 2 * decade, 5 * decade}))
          .filter(bound -> bound <= maxModelLen)
          .toArray();
    }
    return Arrays.stream(bounds.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  /** For documentation. */
  public String words() {
    return this == TOKENS ? "1 2 5 10 20 50 ... --max-model-len" : bounds;
  }
}
