package dev.gatun.server.net;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A gRPC service over plain bytes. Any thread. */
final class EchoService {
  /** Answers a message with itself. */
  static final MethodDescriptor<byte[], byte[]> ECHO = method(MethodType.UNARY, "Echo");

  /** Answers each message with itself. */
  static final MethodDescriptor<byte[], byte[]> CHAT = method(MethodType.BIDI_STREAMING, "Chat");

  /** Sends {@link #FLOOD_MESSAGES} messages as the client reads them. */
  static final MethodDescriptor<byte[], byte[]> FLOOD =
      method(MethodType.SERVER_STREAMING, "Flood");

  /** Sends a message, waits for the gate, sends another. */
  static final MethodDescriptor<byte[], byte[]> GATED =
      method(MethodType.SERVER_STREAMING, "Gated");

  /** Never answers. */
  static final MethodDescriptor<byte[], byte[]> NEVER = method(MethodType.UNARY, "Never");

  static final int FLOOD_MESSAGES = 2000;
  static final int FLOOD_BYTES = 10_000;

  final AtomicInteger numFlooded = new AtomicInteger();
  final AtomicInteger numNever = new AtomicInteger();
  final AtomicInteger numCancelled = new AtomicInteger();
  final CountDownLatch gate;

  EchoService(CountDownLatch gate) {
    this.gate = gate;
  }

  static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName("test.Echo/" + name)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  ServerServiceDefinition definition() {
    return ServerServiceDefinition.builder("test.Echo")
        .addMethod(ECHO, ServerCalls.asyncUnaryCall(EchoService::echo))
        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(EchoService::chat))
        .addMethod(FLOOD, ServerCalls.asyncServerStreamingCall((_, out) -> flood(out)))
        .addMethod(GATED, ServerCalls.asyncServerStreamingCall(this::gated))
        .addMethod(NEVER, ServerCalls.asyncUnaryCall((_, out) -> never(out)))
        .build();
  }

  private static void echo(byte[] request, StreamObserver<byte[]> out) {
    out.onNext(request);
    out.onCompleted();
  }

  private static StreamObserver<byte[]> chat(StreamObserver<byte[]> out) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
        out.onNext(message);
      }

      @Override
      public void onError(Throwable t) {
        // The client has cancelled; nobody is left to answer.
      }

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  private void flood(StreamObserver<byte[]> out) {
    ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) out;
    call.setOnCancelHandler(numCancelled::incrementAndGet);
    call.setOnReadyHandler(
        () -> {
          while (call.isReady() && numFlooded.get() < FLOOD_MESSAGES) {
            call.onNext(new byte[FLOOD_BYTES]);
            if (numFlooded.incrementAndGet() == FLOOD_MESSAGES) {
              call.onCompleted();
            }
          }
        });
  }

  private void gated(byte[] request, StreamObserver<byte[]> out) {
    out.onNext(request);
    try {
      gate.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    out.onNext(request);
    out.onCompleted();
  }

  private void never(StreamObserver<byte[]> out) {
    ((ServerCallStreamObserver<byte[]>) out).setOnCancelHandler(numCancelled::incrementAndGet);
    numNever.incrementAndGet();
  }

  /** Messages as they are. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
