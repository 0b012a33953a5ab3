package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Writer;
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

  /** The first file that the header needs, or itself, and the compiler does not find. */
  static Optional<String> absentInclude(String header, List<Path> includes) throws Exception {
    List<String> command = new ArrayList<>(List.of("g++", "-M", "-MG", "-x", "c++", "-"));
    includes.forEach(include -> command.add("-I" + include));
    Process process = new ProcessBuilder(command).start();
    try (Writer source = process.outputWriter(StandardCharsets.UTF_8)) {
      source.write("#include <" + header + ">\n");
    }
    // A rule for make: what was not found stays a name.
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Stream.of(output.split("[\\s\\\\]+"))
        .skip(1)
        .filter(file -> !file.isEmpty() && !Files.exists(Path.of(file)))
        .findFirst();
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

  /** The repository's folder with the kernels' contract. */
  static Path kernels() throws IOException {
    return Path.of("../../native/cuda").toRealPath();
  }
}
