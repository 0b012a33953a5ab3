package dev.gatun.server.otel;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends OTLP over the grpc-java that the server has already, where the SDK would bring another HTTP
 * client. One attempt per batch: while a collector is away, later batches tell as much.
 */
final class GrpcJavaSender implements GrpcSender {
  private static final int MAX_ANSWER_BYTES = 1 << 20;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
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
      };

  private final GrpcSenderConfig config;
  private final ManagedChannel channel;
  private final MethodDescriptor<byte[], byte[]> method;

  GrpcJavaSender(GrpcSenderConfig config) {
    this.config = config;
    channel = channel(config);
    method =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodType.UNARY)
            .setFullMethodName(config.getFullMethodName())
            .build();
  }

  private static ManagedChannel channel(GrpcSenderConfig config) {
    URI endpoint = config.getEndpoint();
    boolean isTls = "https".equals(endpoint.getScheme());
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : isTls ? 443 : 80;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.getHost(), port)
            .maxInboundMessageSize(MAX_ANSWER_BYTES);
    if (!isTls) {
      return builder.usePlaintext().build();
    }
    try {
      SslContextBuilder tls = GrpcSslContexts.forClient();
      if (config.getTrustManager() != null) {
        tls.trustManager(config.getTrustManager());
      }
      return builder.sslContext(tls.build()).build();
    } catch (IOException e) {
      throw new UncheckedIOException("TLS to " + endpoint + " cannot be set up", e);
    }
  }

  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    byte[] body;
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream(message.getContentLength());
      message.writeMessage(out);
      body = out.toByteArray();
    } catch (IOException e) {
      onError.accept(e);
      return;
    }
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(config.getTimeout().toNanos(), TimeUnit.NANOSECONDS);
    ClientCall<byte[], byte[]> call = channel.newCall(method, options);
    call.start(new Answer(onResponse), headers());
    call.request(1);
    call.sendMessage(body);
    call.halfClose();
  }

  private Metadata headers() {
    Metadata headers = new Metadata();
    Map<String, List<String>> configured = config.getHeadersSupplier().get();
    if (configured != null) {
      configured.forEach(
          (name, values) ->
              values.forEach(
                  value ->
                      headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value)));
    }
    return headers;
  }

  /** Collects the one answer. */
  private static final class Answer extends ClientCall.Listener<byte[]> {
    private final Consumer<GrpcResponse> onResponse;
    private byte[] message = {};

    Answer(Consumer<GrpcResponse> onResponse) {
      this.onResponse = onResponse;
    }

    @Override
    public void onMessage(byte[] answer) {
      message = answer;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      String description = status.getDescription();
      onResponse.accept(
          new Response(
              GrpcStatusCode.fromValue(status.getCode().value()),
              description == null ? "" : description,
              message));
    }
  }

  private record Response(
      GrpcStatusCode getStatusCode, String getStatusDescription, byte[] getResponseMessage)
      implements GrpcResponse {}

  @Override
  public CompletableResultCode shutdown() {
    channel.shutdown();
    return CompletableResultCode.ofSuccess();
  }
}
