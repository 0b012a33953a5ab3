package dev.gatun.cuda;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BackendProvider;
import dev.gatun.tensor.GpuTelemetry;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cuda backend where a driver, a device and kernels for it are at hand. CUDA's own
 * variable CUDA_VISIBLE_DEVICES says which device is the first one. One thread at a time.
 */
public final class CudaProvider implements BackendProvider {
  static final String NAME = "cuda";

  /**
   * Property that names the driver's library file. A device that calls itself emulated is taken
   * only with it: the emulation is a test double.
   */
  static final String LIBRARY_PROPERTY = "gatun.cuda.library";

  private static final Logger log = LoggerFactory.getLogger(CudaProvider.class);
  private static final String EMULATED = "emulated";
  private static final int DEVICE = 0;

  private final @Nullable String libraryFile;

  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {
    this(System.getProperty(LIBRARY_PROPERTY));
  }

  /** With a library in place of the property's; null for the one that is found. */
  CudaProvider(@Nullable String libraryFile) {
    this.libraryFile = libraryFile;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> unavailableReason(BackendOptions options) {
    try {
      find(options);
      return Optional.empty();
    } catch (BackendException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Backend open(BackendOptions options) {
    return open(options, DeviceArena::new, true);
  }

  /** With other memory than production's, or the form of FP8 for older devices, for tests. */
  CudaBackend open(
      BackendOptions options, Function<CudaDevice, DeviceMemory> memories, boolean allowsFp8Units) {
    Found found = find(options);
    CudaDevice device = CudaDevice.open(found.driver(), DEVICE);
    Optional<Nvml> nvml = Nvml.open(path(options), found.driver().pciBusId(DEVICE));
    GpuTelemetry telemetry =
        nvml.<GpuTelemetry>map(reader -> () -> List.of(reader.read())).orElse(GpuTelemetry.NONE);
    CudaBackend backend =
        new CudaBackend(device, found.image(), options, telemetry, memories, allowsFp8Units);
    log.info(
        "cuda backend device=\"{}\" compute_capability={} driver={} kernels={} activations={}"
            + " rounded_inputs={} graphs={} telemetry={}",
        device.name(),
        device.computeCapability(),
        found.driver().library().location(),
        backend.numKernels(),
        backend.activationType(),
        backend.inputRoundings(),
        !options.isEager(),
        nvml.isPresent());
    return backend;
  }

  private record Found(CudaDriver driver, byte[] image) {}

  /** A driver that can be used and kernels for it; BackendException says why there is none. */
  private Found find(BackendOptions options) {
    NativeLibrary library =
        libraryFile == null
            ? NativeLibrary.load("libcuda.so.1", path(options))
            : NativeLibrary.ofFile(Path.of(libraryFile));
    CudaDriver driver = new CudaDriver(library);
    String reason = CudaDevice.whyNot(driver, DEVICE);
    if (reason != null) {
      throw new BackendException(reason);
    }
    boolean isEmulated = driver.deviceName(DEVICE).contains(EMULATED);
    if (isEmulated && libraryFile == null) {
      throw new BackendException(
          "%s is an emulation for tests and never chosen by itself".formatted(library.location()));
    }
    byte[] image =
        CudaModule.packagedImage()
            .or(() -> isEmulated ? Optional.of(CudaModule.emptyImage()) : Optional.empty())
            .orElseThrow(
                () ->
                    new BackendException(
                        "its kernels are not in the jars, the build found no nvcc"));
    return new Found(driver, image);
  }

  /** Beside a library that is named lie the others. */
  private LibraryPath path(BackendOptions options) {
    Path parent = libraryFile == null ? null : Path.of(libraryFile).getParent();
    return new LibraryPath(options.libraryDirectory().or(() -> Optional.ofNullable(parent)));
  }
}
