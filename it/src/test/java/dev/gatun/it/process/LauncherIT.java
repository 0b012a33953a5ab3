package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher takes every jar of its directory, so a jar may be added to a distribution. */
class LauncherIT {
  private static final String KERNELS = "dev/gatun/cpu/native/";

  @Test
  void aJarOfKernelsAddedToADistributionWithoutThemIsUsed(@TempDir Path dir) throws Exception {
    Path dist = dir.resolve("dist");
    Path lib = copy(ServerProcess.distribution(), dist).resolve("lib");
    Path whole = jarOfKernels(lib);
    Path original = Files.move(whole, dir.resolve("whole.jar"));
    assumeTrue(
        copyEntries(original, whole, false) > 0, "the build found no C compiler for the kernels");

    assertThat(inspect(dist)).contains("cpu is unavailable").contains("not in the jars");

    copyEntries(original, lib.resolve("gatun-cpu-kernels.jar"), true);
    assertThat(inspect(dist)).contains("cpu is available");
  }

  private static String inspect(Path dist) throws Exception {
    String launcher = dist.resolve("bin/gatun").toString();
    return Command.output(launcher, "inspect", Checkout.demoModel().toString());
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
          assertThat(target.toFile().setExecutable(Files.isExecutable(file))).isTrue();
        }
      }
    }
    return to;
  }

  private static Path jarOfKernels(Path lib) throws IOException {
    try (Stream<Path> jars = Files.list(lib)) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("gatun-cpu-"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Copies a jar's kernels, or all the rest; returns how many files of kernels there are. */
  private static int copyEntries(Path from, Path to, boolean kernels) throws IOException {
    int numKernels = 0;
    try (ZipFile source = new ZipFile(from.toFile());
        ZipOutputStream target = new ZipOutputStream(Files.newOutputStream(to))) {
      for (ZipEntry entry : source.stream().toList()) {
        boolean isKernel = entry.getName().startsWith(KERNELS) && !entry.isDirectory();
        numKernels += isKernel ? 1 : 0;
        if (isKernel == kernels) {
          target.putNextEntry(new ZipEntry(entry.getName()));
          target.write(source.getInputStream(entry).readAllBytes());
          target.closeEntry();
        }
      }
    }
    return numKernels;
  }
}
