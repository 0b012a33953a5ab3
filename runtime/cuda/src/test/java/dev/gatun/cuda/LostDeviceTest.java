package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An error that no later call survives, in a process of its own: it loses the device for all. */
final class LostDeviceTest {
  @Test
  void aKernelThatFailsLosesTheDeviceAndIsNamed() throws Exception {
    TestDevice.assumePresent();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-D%s=%s"
                .formatted(
                    CudaProvider.LIBRARY_PROPERTY,
                    System.getProperty(CudaProvider.LIBRARY_PROPERTY)),
            "-cp",
            System.getProperty("java.class.path"),
            LostDeviceTest.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .contains("cuStreamSynchronize returned 7")
        .contains("CUDA_ERROR_")
        .contains("the device is lost to this process")
        .contains("sticky true, closed");
  }

  /** Launches a norm with half a warp, whose sums wait for lanes that do not exist. */
  public static void main(String[] args) {
    CudaBackend backend = TestDevice.open(DType.F32);
    CudaModule module =
        CudaModule.load(
            backend.device().driver(),
            CudaModule.packagedImage().orElseGet(CudaModule::emptyImage),
            backend.device().stream());
    Tensor x = backend.allocate(DType.F32, Shape.of(1, 64), "x");
    long address = x.data().address();
    CudaKernel kernel = module.kernel("rms_norm_f32", KernelStruct.NORM);
    boolean isSticky = false;
    try {
      // Far behind anything that is allocated: a real device stops at it.
      long out = TestDevice.isEmulated() ? address : 0x10;
      kernel.put(out).put(address).put(0L).put(address).put(0L);
      kernel.put(64L).put(64L).put(0L).put(1).put(64).put(0).put(0).put(0f).put(1e-5f);
      kernel.launch(1, 1, 1, TestDevice.isEmulated() ? 16 : 32, 0);
      backend.device().synchronize();
    } catch (CudaException e) {
      System.out.println(e.getMessage());
      isSticky = e.isSticky();
    }
    backend.close();
    System.out.println("sticky " + isSticky + ", closed");
  }
}
