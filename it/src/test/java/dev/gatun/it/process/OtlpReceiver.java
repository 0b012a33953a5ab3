package dev.gatun.it.process;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc.MetricsServiceImplBase;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc.TraceServiceImplBase;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A collector that keeps what it gets, over gRPC and over HTTP with protobuf. Any thread. */
final class OtlpReceiver implements AutoCloseable {
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final Map<String, Metric> metrics = new ConcurrentHashMap<>();
  private final List<Resource> resources = new CopyOnWriteArrayList<>();
  private final Server grpc;
  private final HttpServer http;

  OtlpReceiver() throws IOException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    grpc =
        NettyServerBuilder.forAddress(anyPort)
            .addService(new Traces())
            .addService(new Metrics())
            .build()
            .start();
    http = HttpServer.create(anyPort, 0);
    http.createContext("/v1/traces", call -> answer(call, true));
    http.createContext("/v1/metrics", call -> answer(call, false));
    http.start();
  }

  String grpcAddress() {
    return "127.0.0.1:" + grpc.getPort();
  }

  String httpAddress() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  /** Those of a trace, so far. */
  List<Span> spans(String traceId) {
    return spans.stream()
        .filter(span -> HexFormat.of().formatHex(span.getTraceId().toByteArray()).equals(traceId))
        .toList();
  }

  /** The last state of each metric. */
  Map<String, Metric> metrics() {
    return metrics;
  }

  List<Resource> resources() {
    return resources;
  }

  /** An attribute as text; empty if there is none. */
  static String attribute(List<KeyValue> attributes, String name) {
    return attributes.stream()
        .filter(attribute -> attribute.getKey().equals(name))
        .map(KeyValue::getValue)
        .map(
            value ->
                switch (value.getValueCase()) {
                  case INT_VALUE -> Long.toString(value.getIntValue());
                  case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
                  case ARRAY_VALUE -> value.getArrayValue().getValues(0).getStringValue();
                  default -> value.getStringValue();
                })
        .findFirst()
        .orElse("");
  }

  private void take(ExportTraceServiceRequest request) {
    request
        .getResourceSpansList()
        .forEach(
            resource -> {
              resources.add(resource.getResource());
              resource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
            });
  }

  private void take(ExportMetricsServiceRequest request) {
    request
        .getResourceMetricsList()
        .forEach(
            resource ->
                resource
                    .getScopeMetricsList()
                    .forEach(
                        scope ->
                            scope
                                .getMetricsList()
                                .forEach(metric -> metrics.put(metric.getName(), metric))));
  }

  private void answer(HttpExchange call, boolean isTraces) throws IOException {
    byte[] body = call.getRequestBody().readAllBytes();
    try {
      if (isTraces) {
        take(ExportTraceServiceRequest.parseFrom(body));
      } else {
        take(ExportMetricsServiceRequest.parseFrom(body));
      }
      call.sendResponseHeaders(200, -1);
    } catch (InvalidProtocolBufferException e) {
      call.sendResponseHeaders(400, -1);
    }
    call.close();
  }

  private final class Traces extends TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> out) {
      take(request);
      out.onNext(ExportTraceServiceResponse.getDefaultInstance());
      out.onCompleted();
    }
  }

  private final class Metrics extends MetricsServiceImplBase {
    @Override
    public void export(
        ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> out) {
      take(request);
      out.onNext(ExportMetricsServiceResponse.getDefaultInstance());
      out.onCompleted();
    }
  }

  @Override
  public void close() {
    grpc.shutdownNow();
    http.stop(0);
  }
}
