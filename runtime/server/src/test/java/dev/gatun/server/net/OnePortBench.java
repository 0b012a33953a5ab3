package dev.gatun.server.net;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Unary echo rate of the one port against a plain grpc-java server in the same JVM, in alternating
 * windows. Prints medians and their ratio. Run from the module's directory with its test class
 * path: {@code java -cp ... dev.gatun.server.net.OnePortBench [windows] [window millis]}.
 */
final class OnePortBench {
  private static final int NUM_CHANNELS = 4;
  private static final int IN_FLIGHT = 64;
  private static final int MESSAGE_BYTES = 100;

  private OnePortBench() {}

  /** Runs the comparison. */
  public static void main(String[] args) throws Exception {
    int windows = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    long windowMillis = args.length > 1 ? Long.parseLong(args[1]) : 2000;
    EchoService echo = new EchoService(new CountDownLatch(0));
    try (TestServer onePort = TestServer.start()) {
      Server plain =
          NettyServerBuilder.forPort(0)
              .addService(echo.definition())
              .channelType(NioServerSocketChannel.class)
              .bossEventLoopGroup(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
              .workerEventLoopGroup(new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory()))
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build()
              .start();
      double[] ofOnePort = new double[windows];
      double[] ofPlain = new double[windows];
      window(onePort.port(), windowMillis); // Warm-up.
      window(plain.getPort(), windowMillis);
      for (int i = 0; i < windows; i++) {
        ofOnePort[i] = window(onePort.port(), windowMillis);
        ofPlain[i] = window(plain.getPort(), windowMillis);
        System.out.printf(
            "window %d: one port %.0f calls/s, plain %.0f calls/s%n", i, ofOnePort[i], ofPlain[i]);
      }
      double one = median(ofOnePort);
      double other = median(ofPlain);
      System.out.printf(
          "unary echo of %d bytes, %d in flight on %d channels: one port %.0f calls/s, plain %.0f"
              + " calls/s, ratio %.2f%n",
          MESSAGE_BYTES, IN_FLIGHT, NUM_CHANNELS, one, other, one / other);
      plain.shutdownNow();
    }
    System.exit(0);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Calls per second over one window. */
  private static double window(int port, long millis) throws InterruptedException {
    List<ManagedChannel> channels = new ArrayList<>();
    AtomicLong answered = new AtomicLong();
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    CountDownLatch chains = new CountDownLatch(IN_FLIGHT);
    for (int i = 0; i < NUM_CHANNELS; i++) {
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .usePlaintext()
              .directExecutor()
              .build());
    }
    for (int i = 0; i < IN_FLIGHT; i++) {
      next(channels.get(i % NUM_CHANNELS), answered, end, chains);
    }
    chains.await();
    double seconds = (System.nanoTime() - start) / 1e9;
    for (ManagedChannel channel : channels) {
      TestServer.shutdown(channel);
    }
    return answered.get() / seconds;
  }

  /** Starts a call whose end starts the next one until the window ends. */
  private static void next(
      ManagedChannel channel, AtomicLong answered, long end, CountDownLatch chains) {
    if (System.nanoTime() >= end) {
      chains.countDown();
      return;
    }
    ClientCall<byte[], byte[]> call = channel.newCall(EchoService.ECHO, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            if (!status.isOk()) {
              throw status.asRuntimeException();
            }
            answered.incrementAndGet();
            next(channel, answered, end, chains);
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(new byte[MESSAGE_BYTES]);
    call.halfClose();
  }
}
