package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GrpcTest {
  private TestServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(config -> config.grpcPort(0));
    channel = server.channel();
  }

  @AfterEach
  void stop() throws InterruptedException {
    TestServer.shutdown(channel);
    server.close();
  }

  private byte[] echo(byte[] message, CallOptions options) {
    return ClientCalls.blockingUnaryCall(channel, EchoService.ECHO, options, message);
  }

  @Test
  void answersUnaryCallsPlainAndCompressed() {
    byte[] message = "hello ".repeat(1000).getBytes(UTF_8);

    assertThat(echo(message, CallOptions.DEFAULT)).isEqualTo(message);
    assertThat(echo(message, CallOptions.DEFAULT.withCompression("gzip"))).isEqualTo(message);
  }

  @Test
  void answersOnThePortForGrpcAloneButRefusesRestThere() throws Exception {
    int port = server.transport.grpcPort().orElseThrow();
    ManagedChannel second =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try (RawClient rest = new RawClient(port)) {
      byte[] answer =
          ClientCalls.blockingUnaryCall(
              second, EchoService.ECHO, CallOptions.DEFAULT, new byte[] {7});
      rest.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(answer).containsExactly(7);
      assertThat(rest.readAll()).doesNotContain("HTTP/1.1 200");
    } finally {
      TestServer.shutdown(second);
    }
  }

  @Test
  void answersBidirectionalStreams() {
    Queue<String> received = new ConcurrentLinkedQueue<>();
    AtomicReference<String> end = new AtomicReference<>("");
    StreamObserver<byte[]> out =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(EchoService.CHAT, CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] message) {
                received.add(new String(message, UTF_8));
              }

              @Override
              public void onError(Throwable t) {
                end.set(t.toString());
              }

              @Override
              public void onCompleted() {
                end.set("completed");
              }
            });

    for (int i = 0; i < 200; i++) {
      out.onNext(("m" + i).getBytes(UTF_8));
    }
    out.onCompleted();

    Await.until("the stream ends", () -> !end.get().isEmpty());
    assertThat(end).hasValue("completed");
    assertThat(received).hasSize(200).startsWith("m0", "m1").endsWith("m199");
  }

  @Test
  void reportsDeadlinesUnknownMethodsAndOversizedMessages() {
    StatusRuntimeException late =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    EchoService.NEVER,
                    CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS),
                    new byte[1]));
    StatusRuntimeException unknown =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    EchoService.method(io.grpc.MethodDescriptor.MethodType.UNARY, "Nope"),
                    CallOptions.DEFAULT,
                    new byte[1]));
    StatusRuntimeException large =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> echo(new byte[TestServer.MAX_BYTES + 1], CallOptions.DEFAULT));

    assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    Await.until(
        "the service is told, if the call reached it in time",
        () -> server.echo.numCancelled.get() == server.echo.numNever.get());
    assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(large.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(echo(new byte[TestServer.MAX_BYTES], CallOptions.DEFAULT))
        .hasSize(TestServer.MAX_BYTES);
  }

  @Test
  void passesCancellationToTheService() {
    ClientCall<byte[], byte[]> call = channel.newCall(EchoService.NEVER, CallOptions.DEFAULT);
    call.start(new ClientCall.Listener<>() {}, new Metadata());
    call.sendMessage(new byte[1]);
    call.halfClose();
    Await.until("the call has reached the service", () -> server.echo.numNever.get() == 1);

    call.cancel("enough", null);

    Await.until("the service is told", () -> server.echo.numCancelled.get() == 1);
  }

  @Test
  void producesNoMoreThanASlowReaderTakes() {
    AtomicInteger received = new AtomicInteger();
    AtomicReference<Status> end = new AtomicReference<>();
    ClientCall<byte[], byte[]> call = channel.newCall(EchoService.FLOOD, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            received.incrementAndGet();
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            end.set(status);
          }
        },
        new Metadata());
    call.sendMessage(new byte[1]);
    call.halfClose();
    call.request(1);

    long whileAsleep = Await.settled("production", server.echo.numFlooded::get);
    assertThat(whileAsleep).isBetween(1L, (long) EchoService.FLOOD_MESSAGES / 2);

    call.request(EchoService.FLOOD_MESSAGES);
    Await.until("the stream ends", () -> end.get() != null);
    assertThat(end.get().isOk()).isTrue();
    assertThat(received).hasValue(EchoService.FLOOD_MESSAGES);
  }
}
