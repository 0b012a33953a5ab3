package dev.gatun.server.otel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TelemetryPlanTest {
  private static final Optional<String> NONE = Optional.empty();
  private static final String GENERAL = "OTEL_EXPORTER_OTLP_ENDPOINT";

  @Test
  void nothingIsExportedUnlessAskedFor() {
    assertThat(TelemetryPlan.of(NONE, NONE, Map.of("OTEL_SERVICE_NAME", "x")).isOn()).isFalse();
  }

  @Test
  void anEndpointForEverythingTurnsOnTracesAloneUnlessMetricsAreNamed() {
    TelemetryPlan traces = TelemetryPlan.of(NONE, NONE, Map.of(GENERAL, "http://c:4317"));
    TelemetryPlan both =
        TelemetryPlan.of(
            NONE, NONE, Map.of(GENERAL, "http://c:4317", "OTEL_METRICS_EXPORTER", "otlp"));

    assertThat(traces.exportsTraces()).isTrue();
    assertThat(traces.exportsMetrics()).isFalse();
    assertThat(both.exportsMetrics()).isTrue();
  }

  @Test
  void theVariablesCanTurnThemOff() {
    Optional<String> flag = Optional.of("http://c:4317");

    assertThat(TelemetryPlan.of(flag, flag, Map.of("OTEL_SDK_DISABLED", "true")).isOn()).isFalse();
    assertThat(TelemetryPlan.of(flag, NONE, Map.of("OTEL_TRACES_EXPORTER", "none")).isOn())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "grpc://c:4317, http://c:4317, ",
    "c:4317, http://c:4317, ",
    "https://c:4317, https://c:4317, ",
    "http://c:4318, http://c:4318/v1/traces, http/protobuf",
    "http://c:9/v1/traces, http://c:9/v1/traces, http/protobuf",
  })
  void endpointsAreReadAsTheyAreWritten(String flag, String endpoint, String protocol) {
    Map<String, String> properties =
        TelemetryPlan.of(Optional.of(flag), NONE, Map.of()).properties();

    assertThat(properties.get("otel.exporter.otlp.traces.endpoint")).isEqualTo(endpoint);
    assertThat(properties.get("otel.exporter.otlp.traces.protocol")).isEqualTo(protocol);
  }

  @Test
  void aProtocolThatIsNamedIsNotGuessed() {
    Map<String, String> properties =
        TelemetryPlan.of(
                Optional.of("http://c:4318"), NONE, Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"))
            .properties();

    assertThat(properties).doesNotContainKey("otel.exporter.otlp.traces.protocol");
    assertThat(properties.get("otel.exporter.otlp.traces.endpoint")).isEqualTo("http://c:4318");
  }

  @Test
  void theFlagWinsOverTheVariable() {
    Map<String, String> properties =
        TelemetryPlan.of(
                Optional.of("http://flag:4317"),
                NONE,
                Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://variable:4317"))
            .properties();

    assertThat(properties.get("otel.exporter.otlp.traces.endpoint")).isEqualTo("http://flag:4317");
  }
}
