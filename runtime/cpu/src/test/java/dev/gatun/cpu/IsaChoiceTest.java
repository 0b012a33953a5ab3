package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.BackendException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class IsaChoiceTest {
  private static final Set<CpuIsa> SERVER = EnumSet.of(CpuIsa.BASELINE, CpuIsa.AVX2, CpuIsa.AVX512);

  @Test
  void takesTheBestAndSaysWhatTheProcessorHas() {
    IsaChoice choice = IsaChoice.of(SERVER, null);

    assertThat(choice.isa()).isEqualTo(CpuIsa.AVX512);
    assertThat(choice.reason()).startsWith("avx512: the processor has AVX-512 F, BW");
    assertThat(IsaChoice.of(SERVER, " ")).isEqualTo(choice);
  }

  @Test
  void vnniOfDesktopProcessorsIsBetterThanAvx2() {
    Set<CpuIsa> desktop = EnumSet.of(CpuIsa.BASELINE, CpuIsa.AVX2, CpuIsa.AVX2_VNNI);

    assertThat(IsaChoice.of(desktop, null).isa()).isEqualTo(CpuIsa.AVX2_VNNI);
  }

  /** Nobody has seen it run on a processor, so operators decide. */
  @Test
  void amxMustBeAskedFor() {
    Set<CpuIsa> server = EnumSet.of(CpuIsa.BASELINE, CpuIsa.AVX512, CpuIsa.AMX);

    IsaChoice choice = IsaChoice.of(server, null);

    assertThat(choice.isa()).isEqualTo(CpuIsa.AVX512);
    assertThat(choice.reason())
        .endsWith("; GATUN_CPU_ISA=amx takes " + CpuIsa.AMX.features() + ", untried so far");
    assertThat(IsaChoice.of(server, "amx").isa()).isEqualTo(CpuIsa.AMX);
  }

  @Test
  void matrixProductsOfArmAreBetterThanDotProducts() {
    Set<CpuIsa> v1 = EnumSet.of(CpuIsa.NEON, CpuIsa.NEON_I8MM, CpuIsa.NEON_BF16);

    assertThat(IsaChoice.of(v1, null).isa()).isEqualTo(CpuIsa.NEON_BF16);
  }

  @Test
  void takesTheOneThatIsAskedForAndSaysSo() {
    IsaChoice choice = IsaChoice.of(SERVER, "avx2");

    assertThat(choice.isa()).isEqualTo(CpuIsa.AVX2);
    assertThat(choice.reason())
        .isEqualTo("avx2: GATUN_CPU_ISA asks for it, the processor runs baseline, avx2, avx512");
  }

  @Test
  void refusesWhatTheProcessorLacksAndNamesWhatItHas() {
    assertThatThrownBy(() -> IsaChoice.of(SERVER, "avx2_vnni"))
        .isInstanceOf(BackendException.class)
        .hasMessage(
            "GATUN_CPU_ISA=avx2_vnni: this processor lacks x86-64-v3 and AVX-VNNI; the processor"
                + " runs baseline, avx2, avx512: name one of these or leave it unset");
    assertThatThrownBy(() -> IsaChoice.of(SERVER, "neon"))
        .hasMessageContaining("GATUN_CPU_ISA=neon: this processor lacks Armv8.2-A");
  }

  @Test
  void refusesWhatIsNoInstructionSet() {
    assertThatThrownBy(() -> IsaChoice.of(SERVER, "AVX-10"))
        .hasMessageContaining("GATUN_CPU_ISA=AVX-10: there is no such instruction set");
  }

  @Test
  void bitsOfAnotherPlatformAreNotTaken() {
    int bits = 1 << CpuIsa.AVX2.code() | 1 << CpuIsa.NEON.code();

    assertThat(CpuIsa.fromBits(Platform.LINUX_X86_64, bits)).containsExactly(CpuIsa.AVX2);
    assertThat(CpuIsa.fromBits(Platform.LINUX_AARCH64, bits)).containsExactly(CpuIsa.NEON);
  }

  @Test
  void platformsAreLinuxAlone() {
    assertThat(Platform.of("Linux", "amd64")).contains(Platform.LINUX_X86_64);
    assertThat(Platform.of("Linux", "aarch64")).contains(Platform.LINUX_AARCH64);
    assertThat(Platform.of("Linux", "riscv64")).isEmpty();
    assertThat(Platform.of("Mac OS X", "aarch64")).isEmpty();
  }
}
