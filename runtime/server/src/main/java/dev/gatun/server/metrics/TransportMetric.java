package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.histogram;
import static dev.gatun.server.metrics.MetricRow.summary;

import dev.gatun.server.metrics.MetricRow.Unit;

/**
 * Calls by transport: HTTP under the names of the instrumentator that vLLM uses, gRPC under those
 * of the usual interceptors. The label handler is the route's pattern, "none" for unknown paths.
 */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum TransportMetric implements MetricName {
  HTTP_REQUESTS(
      counter("http_requests", Unit.REQUESTS, "HTTP calls answered; status as 2xx, 4xx, 5xx.")
          .label("handler")
          .label("method")
          .label("status")),
  HTTP_REQUEST_DURATION(
      histogram(
              "http_request_duration_seconds",
              Unit.SECONDS,
              Buckets.HTTP,
              "Duration of HTTP calls, streams to their end.")
          .label("handler")
          .label("method")),
  HTTP_REQUEST_DURATION_FINE(
      histogram(
          "http_request_duration_highr_seconds",
          Unit.SECONDS,
          Buckets.HTTP_FINE,
          "The same over all routes, in finer buckets.")),
  HTTP_REQUEST_SIZE(
      summary("http_request_size_bytes", Unit.BYTES, "Bodies of HTTP calls.").label("handler")),
  HTTP_RESPONSE_SIZE(
      summary("http_response_size_bytes", Unit.BYTES, "Bodies of HTTP answers.").label("handler")),
  GRPC_STARTED(
      counter("grpc_server_started", Unit.REQUESTS, "gRPC calls begun.")
          .label("grpc_type")
          .label("grpc_service")
          .label("grpc_method")),
  GRPC_HANDLED(
      counter("grpc_server_handled", Unit.REQUESTS, "gRPC calls ended, by status.")
          .label("grpc_type")
          .label("grpc_service")
          .label("grpc_method")
          .label("grpc_code")),
  GRPC_HANDLING(
      histogram(
              "grpc_server_handling_seconds",
              Unit.SECONDS,
              Buckets.GRPC,
              "Duration of gRPC calls, streams to their end.")
          .label("grpc_type")
          .label("grpc_service")
          .label("grpc_method"));

  private final MetricRow row;

  TransportMetric(MetricRow row) {
    this.row = row;
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
