package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Netty's own detector, at its most thorough, over everything the server does with buffers. */
final class LeakTest {
  private final Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

  @Test
  void releasesEveryBuffer() throws Exception {
    ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    reports.start();
    detector.setAdditive(false); // The leak made on purpose below would look like one.
    detector.addAppender(reports);
    try {
      try (TestServer server = TestServer.start()) {
        server.gate.countDown();
        for (int i = 0; i < 20; i++) {
          useHttp1(server);
          useHttp2(server);
          useGrpc(server);
        }
      }
      collect();

      assertThat(reports.list).isEmpty();

      PooledByteBufAllocator.DEFAULT.directBuffer(64).writeByte(1).touch("dropped on purpose");
      collect();
      assertThat(reports.list).as("the detector sees leaks").isNotEmpty();
    } finally {
      detector.detachAppender(reports);
      detector.setAdditive(true);
      ResourceLeakDetector.setLevel(before);
    }
  }

  private static void useHttp1(TestServer server) throws Exception {
    for (String request :
        new String[] {
          "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
          "GET /gated HTTP/1.0\r\n\r\n",
          "GET /half HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nabc",
          "nonsense",
          "NONSENSE\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
              + "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        }) {
      try (RawClient client = new RawClient(server.port())) {
        client.send(request).readAll();
      }
    }
    try (RawClient unfinished = new RawClient(server.port())) {
      unfinished.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
    }
    try (RawClient undecided = new RawClient(server.port())) {
      undecided.send("PRI * H");
    }
    try (UpgradedClient upgraded = new UpgradedClient(server.port(), "/hello")) {
      upgraded.readThrough("hello");
    }
  }

  private static void useHttp2(TestServer server) {
    try (H2Client client = new H2Client(server.port())) {
      byte[] large = new byte[TestServer.MAX_BYTES + 1];
      assertThat(client.request("POST", "/echo", Map.of(), large).awaitEnd().status())
          .isEqualTo("413");
      assertThat(client.request("POST", "/echo", Map.of(), "a".getBytes(UTF_8)).awaitEnd().text())
          .isEqualTo("a");
      client.open("POST", "/echo", Map.of(), false).cancel();
      client.get("/half").awaitEnd();
    }
  }

  private static void useGrpc(TestServer server) throws InterruptedException {
    ManagedChannel channel = server.channel();
    assertThat(
            ClientCalls.blockingUnaryCall(
                channel, EchoService.ECHO, CallOptions.DEFAULT, new byte[100_000]))
        .hasSize(100_000);
    TestServer.shutdown(channel);
  }

  /** Leaks are reported by allocations after the collection of what was dropped. */
  private static void collect() {
    for (int i = 0; i < 10; i++) {
      System.gc();
      for (int j = 0; j < 100; j++) {
        PooledByteBufAllocator.DEFAULT.directBuffer(64).release();
      }
    }
  }
}
