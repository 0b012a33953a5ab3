package dev.gatun.it.process;

import dev.gatun.it.Checkout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code gatun} process of the built distribution with its output collected. */
final class ServerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern READY = Pattern.compile("\\bready\\b.*\\bport=(\\d+)");

  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final CountDownLatch readyOrDead = new CountDownLatch(1);
  private volatile int port = -1;

  private ServerProcess(Process process) {
    this.process = process;
    Thread reader = new Thread(this::read, "server-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts {@code gatun} with the arguments and waits for nothing. */
  static ServerProcess launch(String... arguments) {
    return launch(Map.of(), arguments);
  }

  static ServerProcess launch(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(distribution().resolve("bin/gatun").toString());
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return launch(builder);
  }

  /** Starts a process that prints what the server does, and becomes it. */
  static ServerProcess launch(ProcessBuilder builder) {
    try {
      return new ServerProcess(builder.redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Serves a model on a free loopback port and waits until it is ready. */
  static ServerProcess serve(Path model, String... arguments) throws InterruptedException {
    return serve(Map.of(), model, arguments);
  }

  static ServerProcess serve(Map<String, String> environment, Path model, String... arguments)
      throws InterruptedException {
    ServerProcess server = starting(environment, model, arguments);
    server.awaitReady();
    return server;
  }

  /** The same without waiting; {@link #isReady} tells. */
  static ServerProcess starting(Map<String, String> environment, Path model, String... arguments) {
    List<String> all = new ArrayList<>(List.of("serve", model.toString()));
    all.addAll(List.of("--host", "127.0.0.1", "--port", "0"));
    all.addAll(Arrays.asList(arguments));
    return launch(environment, all.toArray(new String[0]));
  }

  static Path distribution() {
    Path dist = Checkout.root().resolve("runtime/server/target/dist");
    if (!Files.exists(dist.resolve("lib/gatun-server.jar"))) {
      throw new IllegalStateException("no distribution at " + dist + "; run make build");
    }
    Path launcher = dist.resolve("bin/gatun");
    for (Path script : List.of(launcher, dist.resolve("lib/find-jdk"))) {
      if (!script.toFile().setExecutable(true)) {
        throw new IllegalStateException("cannot make executable: " + script);
      }
    }
    return dist;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (output) {
          output.add(line);
        }
        Matcher matcher = READY.matcher(line);
        if (matcher.find()) {
          port = Integer.parseInt(matcher.group(1));
          readyOrDead.countDown();
        }
      }
    } catch (IOException e) {
      synchronized (output) {
        output.add("output ended: " + e);
      }
    } finally {
      readyOrDead.countDown();
    }
  }

  void awaitReady() throws InterruptedException {
    if (!readyOrDead.await(PATIENCE.toSeconds(), TimeUnit.SECONDS) || port < 0) {
      process.destroyForcibly();
      throw new IllegalStateException("the server did not become ready:\n" + output());
    }
  }

  boolean isReady() {
    return port >= 0 && process.isAlive();
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /** Sends SIGTERM and returns at once. */
  void terminate() {
    process.destroy();
  }

  /** Waits for the end and returns the exit status. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the process did not end:\n" + output());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }
}
