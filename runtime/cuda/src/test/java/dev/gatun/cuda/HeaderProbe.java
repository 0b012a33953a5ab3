package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A C++ program that says what a header says: sizes, offsets, values, names of functions. */
final class HeaderProbe {
  private static final String BEGIN =
      """
      #include <cstddef>
      #include <cstdio>
      #define TEXT(x) #x
      #define EXPANDED(x) TEXT(x)
      template <class F> struct Arguments;
      template <class R, class... A> struct Arguments<R (*)(A...)> {
        static void print(const char *name) {
          std::printf("function %s", name);
          size_t sizes[] = {sizeof(A)..., 0};
          for (size_t i = 0; i < sizeof...(A); i++) std::printf(" %zu", sizes[i]);
          std::printf("\\n");
        }
      };
      """;

  private final StringBuilder source = new StringBuilder();

  HeaderProbe(String header) {
    source.append("#include <").append(header).append(">\n").append(BEGIN);
    source.append("int main() {\n");
  }

  /** Asks for a function's exported name and the sizes of its arguments. */
  void function(String name) {
    source.append(
        "  Arguments<decltype(&%s)>::print(\"%s \" EXPANDED(%s));\n".formatted(name, name, name));
  }

  void constant(String name) {
    source.append(
        "  std::printf(\"constant %s %%lld\\n\", (long long)%s);\n".formatted(name, name));
  }

  void struct(StructLayout layout) {
    String type = layout.name().orElseThrow();
    source.append("  std::printf(\"size %s %%zu\\n\", sizeof(%s));\n".formatted(type, type));
    for (MemoryLayout field : fields(layout)) {
      String name = field.name().orElseThrow();
      source.append(
          "  std::printf(\"offset %s.%s %%zu\\n\", offsetof(%s, %s));\n"
              .formatted(type, name, type, name));
    }
  }

  private static List<MemoryLayout> fields(StructLayout layout) {
    return layout.memberLayouts().stream()
        .filter(field -> !(field instanceof PaddingLayout))
        .toList();
  }

  /** What {@link #struct} should answer. */
  static Map<String, String> expected(StructLayout layout) {
    Map<String, String> lines = new TreeMap<>();
    String type = layout.name().orElseThrow();
    lines.put("size " + type, Long.toString(layout.byteSize()));
    for (MemoryLayout field : fields(layout)) {
      String name = field.name().orElseThrow();
      long offset = CudaLayouts.offset(layout, name);
      lines.put("offset " + type + "." + name, Long.toString(offset));
    }
    return lines;
  }

  /** Compiles and runs the program; the answers by their first two words. */
  Map<String, String> run(Path folder, List<Path> includes) throws Exception {
    Path file = folder.resolve("probe.cc");
    Files.writeString(file, source + "  return 0;\n}\n");
    List<String> compile = new ArrayList<>(List.of("g++", "-std=c++17", "-o", "probe"));
    includes.forEach(include -> compile.add("-I" + include));
    compile.add("probe.cc");
    execute(folder, compile);
    Map<String, String> answers = new TreeMap<>();
    for (String line : execute(folder, List.of("./probe")).lines().toList()) {
      String[] words = line.split(" ", 3);
      answers.put(words[0] + " " + words[1], words.length > 2 ? words[2] : "");
    }
    return answers;
  }

  private static String execute(Path folder, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  /** Skips the test where there is no C++ compiler. */
  static void assumeCompiler() {
    boolean isPresent =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++")));
    assumeTrue(isPresent, "no g++ on the path");
  }

  /** Folders in which NVIDIA's headers may lie; the test is skipped if one is in none. */
  static List<Path> includesWith(String header) {
    List<Path> folders = new ArrayList<>();
    for (String variable : List.of("CPATH", "CUDA_INCLUDE")) {
      String value = System.getenv(variable);
      if (value != null && !value.isEmpty()) {
        Stream.of(value.split(":")).map(Path::of).forEach(folders::add);
      }
    }
    String home = System.getenv().getOrDefault("CUDA_HOME", "/usr/local/cuda");
    folders.add(Path.of(home, "include"));
    folders.addAll(wheelIncludes());
    boolean isFound = folders.stream().anyMatch(folder -> Files.isReadable(folder.resolve(header)));
    assumeTrue(isFound, () -> header + " is not installed here");
    return folders;
  }

  private static List<Path> wheelIncludes() {
    List<Path> found = new ArrayList<>();
    for (Path folder : new LibraryPath(Optional.empty()).wheelFolders()) {
      found.add(folder.resolveSibling("include"));
    }
    return found;
  }

  /** The repository's folder with the kernels' contract. */
  static Path kernels() throws IOException {
    return Path.of("../../native/cuda").toRealPath();
  }
}
