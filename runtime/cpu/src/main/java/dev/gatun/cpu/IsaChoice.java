package dev.gatun.cpu;

import dev.gatun.tensor.BackendException;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The instruction set to use and why.
 *
 * @param reason for the log, beginning with the instruction set's name
 */
record IsaChoice(CpuIsa isa, String reason) {
  /** Environment variable that names a lower one, for tests and to narrow down a fault. */
  static final String VARIABLE = "GATUN_CPU_ISA";

  /**
   * The best that the processor runs, but for those that must be asked for, or the wanted one.
   *
   * @param machine what the processor runs, not empty
   * @param wanted what {@link #VARIABLE} says; null or blank for the best
   * @throws BackendException if the wanted one is not among them
   */
  static IsaChoice of(Set<CpuIsa> machine, @Nullable String wanted) {
    if (wanted == null || wanted.isBlank()) {
      CpuIsa best =
          machine.stream().filter(isa -> !isa.isOptIn()).max(Enum::compareTo).orElseThrow();
      return new IsaChoice(
          best, best.isaName() + ": the processor has " + best.features() + untried(machine));
    }
    CpuIsa isa =
        CpuIsa.named(wanted.strip())
            .orElseThrow(() -> refusal(machine, wanted, "there is no such instruction set"));
    if (!machine.contains(isa)) {
      throw refusal(machine, wanted, "this processor lacks " + isa.features());
    }
    return new IsaChoice(
        isa,
        "%s: %s asks for it, the processor runs %s"
            .formatted(isa.isaName(), VARIABLE, CpuIsa.names(machine)));
  }

  private static String untried(Set<CpuIsa> machine) {
    return machine.stream()
        .filter(CpuIsa::isOptIn)
        .map(
            isa ->
                "; %s=%s takes %s, untried so far"
                    .formatted(VARIABLE, isa.isaName(), isa.features()))
        .collect(Collectors.joining());
  }

  private static BackendException refusal(Set<CpuIsa> machine, String wanted, String why) {
    return new BackendException(
        "%s=%s: %s; the processor runs %s: name one of these or leave it unset"
            .formatted(VARIABLE, wanted.strip(), why, CpuIsa.names(machine)));
  }
}
