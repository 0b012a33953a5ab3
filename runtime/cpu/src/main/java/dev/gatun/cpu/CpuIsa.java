package dev.gatun.cpu;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Instruction sets that there is a library for, on each platform the better ones later. */
enum CpuIsa {
  BASELINE(1, Platform.LINUX_X86_64, "SSE4.2 and the rest of x86-64-v2"),
  AVX2(2, Platform.LINUX_X86_64, "AVX2, FMA, F16C and the rest of x86-64-v3"),
  AVX2_VNNI(4, Platform.LINUX_X86_64, "x86-64-v3 and AVX-VNNI"),
  AVX512_VNNI(6, Platform.LINUX_X86_64, "AVX-512 F, BW, CD, DQ, VL and VNNI"),
  AVX512(3, Platform.LINUX_X86_64, "AVX-512 F, BW, CD, DQ, VL, VNNI and BF16"),

  /** Never ran on a processor, its tiles were emulated: taken only where it is asked for. */
  AMX(7, Platform.LINUX_X86_64, "AVX-512 with BF16 and AMX tiles of INT8 and BF16"),
  NEON(5, Platform.LINUX_AARCH64, "Armv8.2-A with DotProd and FP16"),
  NEON_I8MM(8, Platform.LINUX_AARCH64, "Armv8.2-A with DotProd, FP16 and I8MM"),
  NEON_BF16(9, Platform.LINUX_AARCH64, "Armv8.2-A with DotProd, FP16, I8MM and BF16");

  private final int code;
  private final Platform platform;
  private final String features;

  CpuIsa(int code, Platform platform, String features) {
    this.code = code;
    this.platform = platform;
    this.features = features;
  }

  /** What operators write and logs say. */
  String isaName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<CpuIsa> named(String isaName) {
    for (CpuIsa isa : values()) {
      if (isa.isaName().equals(isaName)) {
        return Optional.of(isa);
      }
    }
    return Optional.empty();
  }

  String fileName() {
    return "libgatun_cpu_" + isaName() + ".so";
  }

  Platform platform() {
    return platform;
  }

  /** What a processor must have to run it. */
  String features() {
    return features;
  }

  /** Whether it is taken only where it is asked for. */
  boolean isOptIn() {
    return this == AMX;
  }

  /** Number of this instruction set in gatun_cpu.h. */
  int code() {
    return code;
  }

  /** Those whose bit is set in what gatun_cpu_machine_isas returned on the platform. */
  static Set<CpuIsa> fromBits(Platform platform, int bits) {
    Set<CpuIsa> isas = EnumSet.noneOf(CpuIsa.class);
    for (CpuIsa isa : values()) {
      if (isa.platform == platform && (bits >> isa.code & 1) != 0) {
        isas.add(isa);
      }
    }
    return isas;
  }

  /** The one that a processor of the platform must have. */
  static CpuIsa least(Platform platform) {
    return platform == Platform.LINUX_X86_64 ? BASELINE : NEON;
  }

  static String names(Collection<CpuIsa> isas) {
    return isas.isEmpty()
        ? "none"
        : isas.stream().map(CpuIsa::isaName).collect(Collectors.joining(", "));
  }
}
