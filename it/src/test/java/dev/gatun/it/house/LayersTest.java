package dev.gatun.it.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Imports go down only: compares what class files refer to with the table in layers.txt. */
class LayersTest {
  private static final Pattern DESCRIPTOR_CLASS = Pattern.compile("L([\\w/$]+)/[\\w$]+[;<]");
  private static final List<String> MODULES =
      List.of(
          "proto",
          "runtime/tensor",
          "runtime/cpu",
          "runtime/cuda",
          "runtime/model",
          "runtime/engine",
          "runtime/server");

  private final Map<String, Set<String>> allowed = table("layers.txt");
  private final Map<String, Set<String>> confined = table("confined.txt");
  private final Map<String, Set<String>> used = usedPackages();

  @Test
  void everyPackageHasARow() {
    assertThat(allowed.keySet()).containsExactlyInAnyOrderElementsOf(used.keySet());
  }

  @Test
  void packagesUseOnlyTheLayersTheirRowAllows() {
    Map<String, Set<String>> forbidden = new TreeMap<>();
    used.forEach(
        (from, tos) -> {
          Set<String> extra = new TreeSet<>();
          tos.stream().filter(to -> isOurs(to) && !to.equals(from)).forEach(extra::add);
          extra.removeAll(allowed.getOrDefault(from, Set.of()));
          if (!extra.isEmpty()) {
            forbidden.put(from, extra);
          }
        });

    assertThat(forbidden).as("edges missing in layers.txt; add one only if it goes down").isEmpty();
  }

  @Test
  void theTableHoldsNoEdgeThatNobodyUses() {
    Map<String, Set<String>> stale = new TreeMap<>();
    allowed.forEach(
        (from, tos) -> {
          Set<String> extra = new TreeSet<>(tos);
          extra.removeAll(used.getOrDefault(from, Set.of()));
          if (!extra.isEmpty()) {
            stale.put(from, extra);
          }
        });

    assertThat(stale).isEmpty();
  }

  @Test
  void layersHaveNoCycles() {
    Set<String> done = new TreeSet<>();
    for (String start : allowed.keySet()) {
      visit(start, new TreeSet<>(), done);
    }

    assertThat(done).containsAll(allowed.keySet());
  }

  @Test
  void librariesStayWhereTheyAreConfined() {
    Map<String, Set<String>> escaped = new TreeMap<>();
    used.forEach(
        (from, tos) ->
            confined.forEach(
                (library, homes) -> {
                  boolean reaches = tos.stream().anyMatch(to -> isWithin(to, library));
                  boolean mayReach = homes.stream().anyMatch(home -> isWithin(from, home));
                  if (reaches && !mayReach) {
                    escaped.computeIfAbsent(from, _ -> new TreeSet<>()).add(library);
                  }
                }));

    assertThat(escaped).isEmpty();
  }

  private void visit(String from, Set<String> path, Set<String> done) {
    assertThat(path.add(from)).as("cycle through %s: %s", from, path).isTrue();
    if (!done.contains(from)) {
      for (String to : allowed.getOrDefault(from, Set.of())) {
        visit(to, path, done);
      }
      done.add(from);
    }
    path.remove(from);
  }

  private static boolean isOurs(String name) {
    return isWithin(name, "dev.gatun");
  }

  private static boolean isWithin(String name, String prefix) {
    return name.equals(prefix) || name.startsWith(prefix + ".");
  }

  private static Map<String, Set<String>> table(String resource) {
    Path file = Repository.root().resolve("it/src/test/resources/house").resolve(resource);
    Map<String, Set<String>> table = new TreeMap<>();
    for (String line : Repository.read(file).lines().toList()) {
      String text = line.replaceFirst("#.*", "").strip();
      if (!text.isEmpty()) {
        String[] sides = text.split("->", 2);
        List<String> tos =
            Arrays.stream(sides[1].strip().split("\\s+", -1)).filter(to -> !to.isEmpty()).toList();
        table.put(sides[0].strip(), new TreeSet<>(tos));
      }
    }
    return table;
  }

  private static Map<String, Set<String>> usedPackages() {
    Map<String, Set<String>> packages = new TreeMap<>();
    for (String module : MODULES) {
      Path classes = Repository.root().resolve(module).resolve("target/classes");
      try (Stream<Path> walk = Files.walk(classes)) {
        for (Path file : walk.filter(path -> path.toString().endsWith(".class")).toList()) {
          read(file, packages);
        }
      } catch (IOException e) {
        throw new IllegalStateException("build the modules first: " + classes, e);
      }
    }
    packages.values().removeIf(Set::isEmpty);
    return packages;
  }

  private static void read(Path file, Map<String, Set<String>> packages) throws IOException {
    ClassModel model = ClassFile.of().parse(file);
    String from = packageOf(model.thisClass().asInternalName());
    Set<String> tos = packages.computeIfAbsent(from, _ -> new TreeSet<>());
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof ClassEntry reference) {
        tos.add(packageOf(reference.asInternalName().replaceFirst("^\\[+L?", "")));
      } else if (entry instanceof Utf8Entry text) {
        // Method and field descriptors are plain text in the pool.
        Matcher matcher = DESCRIPTOR_CLASS.matcher(text.stringValue());
        while (matcher.find()) {
          tos.add(matcher.group(1).replace('/', '.'));
        }
      }
    }
  }

  private static String packageOf(String internalName) {
    int slash = internalName.lastIndexOf('/');
    return slash < 0 ? "" : internalName.substring(0, slash).replace('/', '.');
  }
}
