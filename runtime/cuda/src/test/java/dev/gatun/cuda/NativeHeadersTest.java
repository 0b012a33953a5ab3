package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bindings against the headers of the libraries, where these are installed. */
final class NativeHeadersTest {
  /** Functions that are bound in an older version than the header's on purpose. */
  private static final Set<String> OLDER = Set.of("cuEventElapsedTime");

  @TempDir private Path folder;

  @BeforeEach
  void needsACompiler() {
    HeaderProbe.assumeCompiler();
  }

  @Test
  void driverBindingsMatchCudaH() throws Exception {
    check(CudaDriver.class, List.of(CudaLayouts.CU_LAUNCH_CONFIG, CudaLayouts.CU_LAUNCH_ATTRIBUTE));
  }

  @Test
  void cublasLtBindingsMatchCublasLtH() throws Exception {
    check(CublasLt.class, List.of(CudaLayouts.CUBLASLT_ALGO, CudaLayouts.CUBLASLT_HEURISTIC));
  }

  @Test
  void nvmlBindingsMatchNvmlH() throws Exception {
    check(Nvml.class, List.of(CudaLayouts.NVML_MEMORY, CudaLayouts.NVML_UTILIZATION));
  }

  @Test
  void ncclBindingsMatchNcclH() throws Exception {
    check(Nccl.class, List.of(CudaLayouts.NCCL_UNIQUE_ID));
  }

  /** Needs no CUDA: args.h is plain C. */
  @Test
  void kernelArgumentsMatchArgsH() throws Exception {
    HeaderProbe probe = new HeaderProbe("args.h");
    Map<String, String> expected = new TreeMap<>();
    for (Field field : KernelStruct.class.getDeclaredFields()) {
      if (field.getType() == KernelStruct.class) {
        StructLayout layout = ((KernelStruct) field.get(null)).layout();
        probe.struct(layout);
        expected.putAll(HeaderProbe.expected(layout));
      }
    }

    assertThat(probe.run(folder, List.of(HeaderProbe.kernels()))).isEqualTo(expected);
  }

  private void check(Class<?> type, List<StructLayout> structs) throws Exception {
    BindingList list = BindingList.of(type);
    List<Path> includes = HeaderFolders.with(list.header());
    HeaderProbe probe = new HeaderProbe(list.header());
    Map<String, String> expected = new TreeMap<>();
    BindingList.bound(type)
        .forEach(
            (name, function) -> {
              if (!OLDER.contains(name)) {
                probe.function(name);
                expected.put("function " + name, function.name() + sizes(function));
              }
            });
    for (BindingList.Constant constant : list.constants()) {
      probe.constant(constant.nativeName());
      expected.put("constant " + constant.nativeName(), constant.value());
    }
    for (StructLayout struct : structs) {
      probe.struct(struct);
      expected.putAll(HeaderProbe.expected(struct));
    }

    assertThat(probe.run(folder, includes)).isEqualTo(expected);
  }

  private static String sizes(CFunction function) {
    List<Long> sizes = new ArrayList<>();
    function.descriptor().argumentLayouts().forEach(layout -> sizes.add(layout.byteSize()));
    return sizes.stream().map(size -> " " + size).collect(Collectors.joining());
  }
}
