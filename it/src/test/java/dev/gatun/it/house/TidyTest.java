package dev.gatun.it.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Lengths and banned words, so that the habits hold without anybody watching. */
class TidyTest {
  private static final int MAX_LINE = 100;
  private static final int MAX_FILE = 500;
  private static final int MAX_FUNCTION = 70;
  private static final String[] SOURCES = {".java", ".c", ".h", ".cu", ".cuh", ".proto"};

  /** What is banned, and where it is allowed all the same (a part of the path). */
  private static final Map<Pattern, List<String>> BANNED =
      Map.of(
          Pattern.compile("\\bThread\\.sleep\\("), List.of(),
          Pattern.compile("\\.printStackTrace\\("), List.of(),
          Pattern.compile("@Disabled\\b"), List.of(),
          Pattern.compile("\\b(TODO|FIXME|XXX)\\b"), List.of(),
          Pattern.compile("new UnsupportedOperationException\\(\\)"), List.of(),
          Pattern.compile("\\bSystem\\.(out|err)\\b"), List.of("/server/cli/", "src/test/java"),
          Pattern.compile("catch \\((Exception|Throwable|RuntimeException) \\w+\\) \\{\\s*\\}"),
              List.of(),
          Pattern.compile("\\bmockito\\b|\\bEasyMock\\b"), List.of());

  @Test
  void linesAreShort() {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(SOURCES)) {
      String[] lines = Repository.read(file).split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (lines[i].length() > MAX_LINE && !isUnbreakable(file, lines[i])) {
          found.add(Repository.name(file) + ":" + (i + 1) + " has " + lines[i].length());
        }
      }
    }

    assertThat(found).as("lines over %s characters", MAX_LINE).isEmpty();
  }

  /** An import, or a test's data that would be harder to read in pieces. */
  private static boolean isUnbreakable(Path file, String line) {
    boolean isLiteral = line.strip().matches("(\\+ )?\".*\"[,);+ ]*");
    return line.startsWith("import ") || (isLiteral && Repository.name(file).contains("src/test/"));
  }

  @Test
  void filesAreSmall() {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java", ".c", ".h", ".cu", ".cuh", ".py")) {
      long lines = Repository.read(file).lines().count();
      if (lines > MAX_FILE) {
        found.add(Repository.name(file) + " has " + lines);
      }
    }

    assertThat(found).as("files over %s lines", MAX_FILE).isEmpty();
  }

  @Test
  void functionsFitAScreen() throws IOException {
    List<String> found = new ArrayList<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      var units = files.getJavaFileObjectsFromPaths(Repository.files(".java"));
      JavacTask task = (JavacTask) compiler.getTask(null, files, _ -> {}, null, null, units);
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        unit.accept(new FunctionLengths(unit, positions, found), null);
      }
    }

    assertThat(found).as("functions over %s lines", MAX_FUNCTION).isEmpty();
  }

  @Test
  void bannedCallsAreAbsent() {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(SOURCES)) {
      String name = Repository.name(file);
      String text = Repository.read(file);
      BANNED.forEach(
          (pattern, exceptions) -> {
            boolean isExempt = exceptions.stream().anyMatch(name::contains);
            if (!isExempt && !name.endsWith("TidyTest.java") && pattern.matcher(text).find()) {
              found.add(name + " holds " + pattern);
            }
          });
    }

    assertThat(found).isEmpty();
  }

  @Test
  void everyPackageOfTheProductSaysWhatItIsFor() {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      Path folder = file.getParent();
      if (folder.toString().contains("src/main/java")
          && !Files.exists(folder.resolve("package-info.java"))) {
        found.add(Repository.name(folder));
      }
    }

    assertThat(found.stream().distinct()).as("packages without package-info.java").isEmpty();
  }

  @Test
  void nothingNamesAMachine() {
    Pattern path = Pattern.compile("(?<![\\w.])/(work|farm|root|opt/pypi|home/\\w+)/");
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java", ".md", ".xml", ".py", ".sh", ".yaml", "Makefile")) {
      if (!file.endsWith("TidyTest.java") && path.matcher(Repository.read(file)).find()) {
        found.add(Repository.name(file));
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void theMedianSourceFileIsQuiet() {
    List<Long> lengths =
        Stream.of(Repository.files(".java").toArray(Path[]::new))
            .filter(file -> file.toString().contains("src/main/java"))
            .map(file -> Repository.read(file).lines().count())
            .sorted()
            .toList();

    assertThat(lengths.get(lengths.size() / 2)).isLessThanOrEqualTo(120L);
  }

  private static final class FunctionLengths extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> found;

    FunctionLengths(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
      this.unit = unit;
      this.positions = positions;
      this.found = found;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      if (method.getBody() != null) {
        LineMap lines = unit.getLineMap();
        long start = lines.getLineNumber(positions.getStartPosition(unit, method.getBody()));
        long end = lines.getLineNumber(positions.getEndPosition(unit, method.getBody()));
        if (end - start + 1 > MAX_FUNCTION) {
          found.add(
              unit.getSourceFile().getName() + " " + method.getName() + ": " + (end - start + 1));
        }
      }
      return super.visitMethod(method, null);
    }
  }
}
