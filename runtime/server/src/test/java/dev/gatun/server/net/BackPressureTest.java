package dev.gatun.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BackPressureTest {
  private static final String FLOOD = "GET /flood HTTP/1.1\r\nHost: x\r\n\r\n";

  /** Bytes that socket buffers may swallow before the producer must block. */
  private static final long MAX_PRODUCED = TestServer.FLOOD_EVENTS * 3L / 4;

  @Test
  void blocksAnHttp1ProducerUntilItsClientReads() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = new RawClient(server.port(), 64 * 1024)) {
      client.send(FLOOD);
      long whileAsleep = Await.settled("production", server.numEvents::get);
      assertThat(whileAsleep).isBetween(1L, MAX_PRODUCED);

      assertThat(client.readThrough("\r\n0\r\n\r\n"))
          .hasSizeGreaterThan(TestServer.FLOOD_EVENTS * TestServer.FLOOD_BYTES);
      assertThat(server.numEvents).hasValue(TestServer.FLOOD_EVENTS);
    }
  }

  @Test
  void blocksAnHttp2ProducerAndNoOtherStreamOfItsConnection() throws Exception {
    try (TestServer server = TestServer.start();
        H2Client client = new H2Client(server.port())) {
      H2Client.Stream flood = client.get("/flood");
      flood.read(false);
      long whileAsleep = Await.settled("production", server.numEvents::get);
      assertThat(whileAsleep).isBetween(1L, MAX_PRODUCED);

      flood.read(true);
      assertThat(flood.awaitEnd().numBytes())
          .isEqualTo(TestServer.FLOOD_EVENTS * TestServer.FLOOD_BYTES);
    }
  }

  @Test
  void stopsProducingWhenTheHttp1ClientDies() throws Exception {
    try (TestServer server = TestServer.start()) {
      RawClient client = new RawClient(server.port(), 64 * 1024);
      client.send(FLOOD);
      long whileAsleep = Await.settled("production", server.numEvents::get);

      client.reset();

      Await.until("the producer ends", () -> server.transport.numCalls() == 0);
      assertThat(server.numDisconnects).hasValue(101);
      assertThat(server.numEvents.get()).isBetween((int) whileAsleep, (int) whileAsleep + 1);
    }
  }

  @Test
  void stopsProducingWhenTheHttp2ClientDiesOrResets() throws Exception {
    try (TestServer server = TestServer.start()) {
      try (H2Client client = new H2Client(server.port())) {
        H2Client.Stream reset = client.get("/flood");
        reset.read(false);
        Await.settled("production", server.numEvents::get);
        reset.cancel();
        Await.until("the first producer ends", () -> server.transport.numCalls() == 0);
        assertThat(server.numDisconnects).hasValue(101);

        client.get("/flood").read(false);
        Await.settled("production", server.numEvents::get);
      }

      Await.until("the second producer ends", () -> server.transport.numCalls() == 0);
      assertThat(server.numDisconnects).hasValue(202);
      assertThat(server.numEvents.get()).isLessThan(2 * TestServer.FLOOD_EVENTS * 3 / 4);
    }
  }
}
