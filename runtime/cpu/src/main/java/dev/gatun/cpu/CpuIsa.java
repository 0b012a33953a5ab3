package dev.gatun.cpu;

/** Instruction sets that there is a library for; each can run everything before it. */
enum CpuIsa {
  BASELINE(1, "baseline", "x86-64-v2"),
  AVX2(2, "avx2", "AVX2, FMA, F16C"),
  AVX512(3, "avx512", "AVX-512 F, BW, VL, DQ, VNNI, BF16");

  private final int code;
  private final String suffix;
  private final String features;

  CpuIsa(int code, String suffix, String features) {
    this.code = code;
    this.suffix = suffix;
    this.features = features;
  }

  String fileName() {
    return "libgatun_cpu_" + suffix + ".so";
  }

  /** What a processor must have to run it. */
  String features() {
    return features;
  }

  /** Number of this instruction set in gatun_cpu.h, where 0 is less than the baseline. */
  int code() {
    return code;
  }
}
