package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpgradeTest {
  private static TestServer server;

  @BeforeAll
  static void startServer() throws IOException {
    server = TestServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  private static URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  @Test
  void upgradesTheFirstRequestOfTheJdkClient() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpRequest post =
          HttpRequest.newBuilder(uri("/echo?a=b")).POST(BodyPublishers.ofString("body")).build();
      HttpResponse<String> first = client.send(post, BodyHandlers.ofString());
      HttpResponse<String> second =
          client.send(HttpRequest.newBuilder(uri("/hello")).build(), BodyHandlers.ofString());

      assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(first.body()).isEqualTo("body");
      assertThat(first.headers().firstValue("x-query")).hasValue("a=b");
      assertThat(second.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(second.body()).isEqualTo("hello");
    }
  }

  @Test
  void staysOnHttp1ForLargeBodies() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      byte[] body = new byte[500_000];
      HttpRequest post =
          HttpRequest.newBuilder(uri("/echo")).POST(BodyPublishers.ofByteArray(body)).build();
      HttpResponse<byte[]> answer = client.send(post, BodyHandlers.ofByteArray());

      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.body()).hasSize(body.length);
    }
  }

  @Test
  void ignoresUpgradesToOtherProtocols() throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      client.send(
          "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200").endsWith("hello");
    }
  }

  @ParameterizedTest
  @CsvSource({"--http1.1, 1.1", "--http2, 2", "--http2-prior-knowledge, 2"})
  void servesCurl(String option, String version) throws Exception {
    Path curl = Path.of("/usr/bin/curl");
    assumeTrue(Files.isExecutable(curl), "skipped: no curl at " + curl);
    assumeTrue(
        option.equals("--http1.1") || run(List.of(curl.toString(), "-V")).contains("HTTP2"),
        "skipped: this curl has no HTTP/2");

    String get =
        run(List.of(curl.toString(), "-sS", option, "-w", " %{http_version}", uri("/hello") + ""));
    String post =
        run(
            List.of(
                curl.toString(),
                "-sS",
                option,
                "-d",
                "x=y",
                "-w",
                " %{http_version}",
                uri("/echo") + ""));

    assertThat(get).isEqualTo("hello " + version);
    assertThat(post).isEqualTo("x=y " + version);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }
}
