package dev.gatun.server.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.server.config.ConfigException;
import dev.gatun.server.config.ServeConfig.MemoryOptions;
import dev.gatun.tensor.MemoryFacts;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final long MIB = 1L << 20;
  private static final MemoryFacts FACTS = new MemoryFacts(1000 * MIB, 900 * MIB, "test");

  private static MemoryOptions options(int blocks, long kvBytes) {
    return new MemoryOptions(
        "auto",
        16,
        "auto",
        blocks == 0 ? OptionalInt.empty() : OptionalInt.of(blocks),
        kvBytes == 0 ? OptionalLong.empty() : OptionalLong.of(kvBytes),
        0.9,
        OptionalLong.empty());
  }

  private static MemoryOptions swapping(long bytes) {
    return new MemoryOptions(
        "auto", 16, "auto", OptionalInt.empty(), OptionalLong.empty(), 0.9, OptionalLong.of(bytes));
  }

  private static MemoryDemand demand(boolean isHost, int maxModelLen, MemoryOptions options) {
    return demand(isHost, 0, maxModelLen, options);
  }

  /** A host's weights are smaller by the 256 MiB that the process takes of its memory. */
  private static MemoryDemand demand(
      boolean isHost, long heapBytes, int maxModelLen, MemoryOptions options) {
    long weightBytes = (isHost ? 44 : 300) * MIB;
    return new MemoryDemand(
        FACTS, isHost, weightBytes, 100 * MIB, heapBytes, MIB, maxModelLen, 4, options);
  }

  @Test
  void aDeviceGivesTheCacheAllThatIsLeft() {
    MemoryPlan plan = MemoryPlan.of(demand(false, 1600, options(0, 0)));

    // 900 - 300 - 100 = 500 blocks, one of them the null block.
    assertThat(plan.numBlocks()).isEqualTo(499);
    assertThat(plan.kvBytes()).isEqualTo(500 * MIB);
    assertThat(plan.kvTokens()).isEqualTo(499 * 16);
  }

  @Test
  void aDeviceThatOthersHoldNamesTheShareThatIsFree() {
    MemoryFacts held = new MemoryFacts(1000 * MIB, 555 * MIB, "memory of a device");
    MemoryDemand demand =
        new MemoryDemand(held, false, 300 * MIB, 100 * MIB, 0, MIB, 160, 4, options(0, 0));

    assertThatThrownBy(() -> MemoryPlan.of(demand))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--gpu-memory-utilization 0.9 asks for 900.0 MiB of 1000.0 MiB")
        .hasMessageContaining("555.0 MiB are free")
        .hasMessageContaining("--gpu-memory-utilization 0.55 works");
  }

  @Test
  void aDevicesClaimIsWeightsWorkspaceAndCache() {
    MemoryPlan plan = MemoryPlan.of(demand(false, 1600, options(0, 0)));

    assertThat(plan.claimedBytes()).isEqualTo(900 * MIB);
  }

  @Test
  void aHostGivesTheCacheNoMoreThanItsRequestsCanUse() {
    assertThat(MemoryPlan.of(demand(true, 160, options(0, 0))).numBlocks()).isEqualTo(4 * 10);
  }

  @Test
  void chosenSizesAreKept() {
    assertThat(MemoryPlan.of(demand(true, 160, options(12, 0))).numBlocks()).isEqualTo(12);
    assertThat(MemoryPlan.of(demand(true, 160, options(0, 30 * MIB))).numBlocks()).isEqualTo(29);
  }

  @Test
  void aChosenCacheThatDoesNotFitNamesTheLargestThatDoes() {
    assertThatThrownBy(() -> MemoryPlan.of(demand(false, 160, options(600, 0))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("601.0 MiB")
        .hasMessageContaining("500.0 MiB")
        .hasMessageContaining("--num-gpu-blocks-override 499");
    assertThat(MemoryPlan.of(demand(false, 160, options(499, 0))).numBlocks()).isEqualTo(499);
  }

  @Test
  void aCacheTooSmallForOneRequestNamesTheValuesThatWork() {
    assertThatThrownBy(() -> MemoryPlan.of(demand(true, 170, options(10, 0))))
        .hasMessageContaining("needs 11 KV blocks")
        .hasMessageContaining("--num-gpu-blocks-override 11")
        .hasMessageContaining("--max-model-len 160");
    assertThat(MemoryPlan.of(demand(true, 170, options(11, 0))).numBlocks()).isEqualTo(11);
    assertThat(MemoryPlan.of(demand(true, 160, options(10, 0))).numBlocks()).isEqualTo(10);
    assertThat(MemoryPlan.of(demand(true, 170, options(0, 12 * MIB))).numBlocks()).isEqualTo(11);
  }

  @Test
  void aModelTooLongForTheMemoryNamesTheLengthThatWorks() {
    assertThatThrownBy(() -> MemoryPlan.of(demand(false, 8000, options(0, 0))))
        .hasMessageContaining("501.0 MiB of KV cache")
        .hasMessageContaining("--max-model-len 7984 works")
        .hasMessageContaining("--gpu-memory-utilization 0.91");
    assertThat(MemoryPlan.of(demand(false, 7984, options(0, 0))).numBlocks()).isEqualTo(499);
  }

  @Test
  void aCacheWithoutRoomForTheNullBlockHasNoBlocks() {
    assertThatThrownBy(() -> MemoryPlan.of(demand(true, 160, options(0, 1))))
        .hasMessageContaining("the cache has 0:");
  }

  @Test
  void weightsLargerThanTheMemorySaySo() {
    MemoryDemand demand =
        new MemoryDemand(FACTS, true, 2000 * MIB, MIB, MIB, MIB, 160, 4, options(0, 0));

    assertThatThrownBy(() -> MemoryPlan.of(demand))
        .hasMessageContaining("weights 1.95 GiB")
        .hasMessageContaining("a smaller model");
  }

  @Test
  void thePlanIsPrintedInWords() {
    assertThat(MemoryPlan.of(demand(true, 160, options(12, 0))).lines())
        .containsExactly(
            "memory 1000.0 MiB, of which 900.0 MiB may be used (test)",
            "weights 44.0 MiB, mapped",
            "workspace 100.0 MiB",
            "kv cache 13.0 MiB: 12 blocks of 16 tokens = 192 tokens, 1.2 requests of 160 tokens",
            "process 256.0 MiB (Java heap up to 0 B, -Xmx sets it)");
  }

  @Test
  void noMoreThanTwoGibibytesAreSetAsideForAHeapOfALargeMachine() {
    MemoryDemand demand = demand(true, 128L << 30, 1600, options(0, 0));

    assertThat(demand.processBytes()).isEqualTo(2048 * MIB + 256 * MIB);
  }

  /** A container's limit kills whoever counts on memory that the heap may still claim. */
  @Test
  void theWholeHeapTakesFromTheCacheWhereTheyShareAMemory() {
    long heap = 100 * MIB;

    // 900 - 44 - 100 - 256 - 100 = 400 blocks, one of them the null block.
    assertThat(MemoryPlan.of(demand(true, heap, 6384, options(0, 0))).numBlocks()).isEqualTo(399);
    assertThatThrownBy(() -> MemoryPlan.of(demand(true, heap, 6400, options(0, 0))))
        .hasMessageContaining("process 356.0 MiB (Java heap up to 100.0 MiB, -Xmx sets it)")
        .hasMessageContaining("--max-model-len 6384 works");
    assertThat(MemoryPlan.of(demand(false, heap, 6400, options(0, 0))).numBlocks()).isEqualTo(499);
  }

  @Test
  void swapSpaceIsAskedForOnAHostAndGivenByADevice() {
    assertThat(MemoryPlan.of(demand(true, 1600, options(0, 0))).numSwapBlocks()).isZero();
    // No more than 4 requests of 100 blocks can use.
    assertThat(MemoryPlan.of(demand(false, 1600, options(0, 0))).numSwapBlocks()).isEqualTo(400);
    assertThat(MemoryPlan.of(demand(false, 1600, swapping(0))).numSwapBlocks()).isZero();
    assertThat(MemoryPlan.of(demand(true, 1600, swapping(50 * MIB))).lines())
        .contains("swap space 50.0 MiB: 50 blocks");
  }

  @Test
  void swapSpaceTakesFromTheCacheOnlyWhereTheyShareAMemory() {
    assertThat(MemoryPlan.of(demand(true, 1600, options(0, 0))).numBlocks()).isEqualTo(400);
    assertThat(MemoryPlan.of(demand(true, 1600, swapping(200 * MIB))).numBlocks()).isEqualTo(299);
    assertThat(MemoryPlan.of(demand(false, 1600, swapping(200 * MIB))).numBlocks()).isEqualTo(499);
    assertThatThrownBy(() -> MemoryPlan.of(demand(true, 6400, swapping(300 * MIB))))
        .hasMessageContaining("swap space 300.0 MiB");
  }
}
