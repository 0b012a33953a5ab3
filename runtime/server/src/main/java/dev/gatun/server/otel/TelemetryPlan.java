package dev.gatun.server.otel;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is exported and where to, from the flags and from the variables of OpenTelemetry, which the
 * SDK reads itself. Loads nothing of the SDK.
 *
 * @param exportsTraces whether there is somewhere for spans to go
 * @param exportsMetrics the same for metrics
 * @param properties for the SDK, stronger than its environment
 */
public record TelemetryPlan(
    boolean exportsTraces, boolean exportsMetrics, Map<String, String> properties) {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final int HTTP_PORT = 4318;

  /**
   * Reads both sources. An endpoint for everything turns on traces alone: what stands behind it
   * often is a store of traces that refuses metrics, and metrics are scraped anyway, so these want
   * an endpoint of their own or {@code OTEL_METRICS_EXPORTER=otlp}.
   *
   * @param tracesEndpoint of the flag
   * @param metricsEndpoint of the flag
   */
  public static TelemetryPlan of(
      Optional<String> tracesEndpoint,
      Optional<String> metricsEndpoint,
      Map<String, String> environment) {
    Map<String, String> properties = new HashMap<>();
    boolean isDisabled = "true".equalsIgnoreCase(environment.get("OTEL_SDK_DISABLED"));
    boolean hasEndpoint = has(environment, ENDPOINT);
    boolean wantsTraces =
        tracesEndpoint.isPresent()
            || has(environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            || hasEndpoint;
    boolean wantsMetrics =
        metricsEndpoint.isPresent()
            || has(environment, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
            || (hasEndpoint && "otlp".equals(environment.get("OTEL_METRICS_EXPORTER")));
    boolean exportsTraces =
        !isDisabled && wantsTraces && !"none".equals(environment.get("OTEL_TRACES_EXPORTER"));
    boolean exportsMetrics =
        !isDisabled && wantsMetrics && !"none".equals(environment.get("OTEL_METRICS_EXPORTER"));
    properties.put("otel.traces.exporter", exportsTraces ? "otlp" : "none");
    properties.put("otel.metrics.exporter", exportsMetrics ? "otlp" : "none");
    properties.put("otel.logs.exporter", "none");
    putEndpoint(properties, "traces", tracesEndpoint.orElse(null), environment);
    putEndpoint(properties, "metrics", metricsEndpoint.orElse(null), environment);
    String general = environment.get(ENDPOINT);
    if (hasEndpoint && general != null) {
      properties.put("otel.exporter.otlp.endpoint", withScheme(general));
    }
    return new TelemetryPlan(exportsTraces, exportsMetrics, Map.copyOf(properties));
  }

  /** Whether the SDK is needed at all. */
  public boolean isOn() {
    return exportsTraces || exportsMetrics;
  }

  private static void putEndpoint(
      Map<String, String> properties,
      String signal,
      @Nullable String flag,
      Map<String, String> environment) {
    String variable = "OTEL_EXPORTER_OTLP_" + signal.toUpperCase(Locale.ROOT);
    String given = flag != null ? flag : environment.getOrDefault(variable + "_ENDPOINT", "");
    if (given.isEmpty()) {
      return;
    }
    String endpoint = withScheme(given);
    boolean isChosen =
        has(environment, variable + "_PROTOCOL") || has(environment, "OTEL_EXPORTER_OTLP_PROTOCOL");
    String authority = endpoint.substring(endpoint.indexOf("://") + 3);
    boolean hasPath = authority.indexOf('/') >= 0;
    if (!isChosen && (hasPath || authority.endsWith(":" + HTTP_PORT))) {
      properties.put("otel.exporter.otlp." + signal + ".protocol", "http/protobuf");
      endpoint += hasPath ? "" : "/v1/" + signal;
    }
    properties.put("otel.exporter.otlp." + signal + ".endpoint", endpoint);
  }

  /** vLLM's documentation writes grpc://, and many write no scheme; the SDK wants http://. */
  private static String withScheme(String endpoint) {
    if (endpoint.startsWith("grpc://")) {
      return "http://" + endpoint.substring("grpc://".length());
    }
    return endpoint.contains("://") ? endpoint : "http://" + endpoint;
  }

  private static boolean has(Map<String, String> environment, String variable) {
    return !environment.getOrDefault(variable, "").isEmpty();
  }
}
