package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.server.cli.ServeArguments;
import dev.gatun.server.config.ConfigLoader;
import dev.gatun.server.config.ServeConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the manifests say about the server is what the server does. */
class RuntimesTest {
  /** Grace period of a pod whose InferenceService names none. */
  private static final long DEFAULT_GRACE_SECONDS = 30;

  /** From the end of the drain to the end of the process, with a margin. */
  private static final long END_SECONDS = 5;

  private static final List<JsonNode> DOCUMENTS = Manifests.documents();
  private static final Map<String, JsonNode> RUNTIMES =
      Manifests.ofKind(DOCUMENTS, "ClusterServingRuntime").stream()
          .collect(Collectors.toMap(Manifests::name, Function.identity()));

  /**
   * A container of Gatun as it will run.
   *
   * @param place for messages
   * @param container with its probes and lifecycle
   * @param args all of them, merged as KServe does
   * @param graceSeconds of its pod
   */
  record Server(String place, JsonNode container, List<String> args, long graceSeconds) {
    @Override
    public String toString() {
      return place;
    }
  }

  static List<Server> servers() {
    List<Server> servers = new ArrayList<>();
    RUNTIMES.forEach(
        (name, runtime) -> servers.add(server(name, runtime, List.of(), DEFAULT_GRACE_SECONDS)));
    for (JsonNode service : Manifests.ofKind(DOCUMENTS, "InferenceService")) {
      predictors(service)
          .forEach(
              predictor ->
                  servers.add(
                      server(
                          Manifests.name(service),
                          runtime(predictor),
                          texts(predictor.at("/model/args")),
                          predictor
                              .path("terminationGracePeriodSeconds")
                              .asLong(DEFAULT_GRACE_SECONDS))));
    }
    for (JsonNode config : Manifests.ofKind(DOCUMENTS, "LLMInferenceServiceConfig")) {
      JsonNode template = config.at("/spec/template");
      JsonNode container = template.at("/containers/0");
      List<String> args = texts(container.path("args"));
      assertThat(args.getFirst()).isEqualTo("serve");
      servers.add(
          new Server(
              Manifests.name(config),
              container,
              args.subList(1, args.size()),
              template.path("terminationGracePeriodSeconds").asLong()));
    }
    return servers;
  }

  private static Server server(
      String name, JsonNode runtime, List<String> extraArgs, long graceSeconds) {
    JsonNode container = runtime.at("/spec/containers/0");
    List<String> args = new ArrayList<>(texts(container.path("args")));
    args.addAll(extraArgs);
    return new Server(name, container, args, graceSeconds);
  }

  private static Stream<JsonNode> predictors(JsonNode service) {
    List<JsonNode> predictors = new ArrayList<>(List.of(service.at("/spec/predictor")));
    service.at("/spec/canary").forEach(canary -> predictors.add(canary.path("predictor")));
    return predictors.stream();
  }

  private static JsonNode runtime(JsonNode predictor) {
    String name = predictor.at("/model/runtime").asText();
    assertThat(RUNTIMES).containsKey(name);
    return RUNTIMES.get(name);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  /** Parsed by the code that parses them in the pod. */
  private static ServeConfig config(Server server) {
    List<String> args =
        server.args.stream().map(arg -> arg.replaceAll("\\{\\{.*?}}", "x")).toList();
    ServeArguments parsed = ServeArguments.parse(args);
    return new ConfigLoader(Map.of()).load(parsed.flags(), parsed.file());
  }

  @ParameterizedTest
  @MethodSource("servers")
  void everyFlagIsKnownAndTheModelIsWhereKServePutsIt(Server server) {
    assertThat(config(server).model()).hasToString("/mnt/models");
  }

  @ParameterizedTest
  @MethodSource("supported")
  void preStopDrainAndEndFitTheGracePeriod(Server server) {
    long preStop = server.container.at("/lifecycle/preStop/sleep/seconds").asLong(0);
    long drain = config(server).shutdownTimeout().toSeconds();

    assertThat(preStop + drain + END_SECONDS).isLessThanOrEqualTo(server.graceSeconds);
  }

  @Test
  void onlyRuntimesOfKnativeLackAPreStop() {
    Set<String> without = new TreeSet<>();
    for (Server server : servers()) {
      if (server.container.at("/lifecycle/preStop").isMissingNode()) {
        without.add(server.place);
      }
    }

    assertThat(without).containsExactly("chat-knative", "gatun-knative", "gatun-multi-node");
    assertThat(RUNTIMES.get("gatun-knative").at("/spec/containers/0/ports")).hasSize(1);
    assertThat(RUNTIMES.get("gatun-knative").at("/spec/containers/0/ports/0/name").asText())
        .isEqualTo("h2c");
  }

  @Test
  void whatIsNotSupportedIsDisabled() {
    RUNTIMES.forEach(
        (name, runtime) ->
            assertThat(runtime.at("/spec/disabled").asBoolean())
                .as(name)
                .isEqualTo(name.equals("gatun-multi-node")));
  }

  static List<Server> supported() {
    return servers().stream().filter(server -> !server.place.equals("gatun-multi-node")).toList();
  }

  @ParameterizedTest
  @MethodSource("supported")
  void eachProbeAsksItsOwnQuestion(Server server) {
    assertThat(probe(server, "startupProbe")).isEqualTo("/health");
    assertThat(probe(server, "readinessProbe")).isEqualTo("/v2/health/ready");
    assertThat(probe(server, "livenessProbe")).isEqualTo("/v2/health/live");
    JsonNode startup = server.container.path("startupProbe");
    int seconds = startup.path("periodSeconds").asInt() * startup.path("failureThreshold").asInt();
    assertThat(seconds).as("time to load").isGreaterThanOrEqualTo(600);
  }

  private static String probe(Server server, String name) {
    JsonNode get = server.container.path(name).path("httpGet");
    assertThat(get.path("port").asInt()).isEqualTo(config(server).listen().port());
    return get.path("path").asText();
  }

  @ParameterizedTest
  @MethodSource("supported")
  void podSecurityIsRestrictedAndAnyUserWillDo(Server server) {
    JsonNode security = server.container.path("securityContext");

    assertThat(security.path("runAsNonRoot").asBoolean()).isTrue();
    assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(texts(security.at("/capabilities/drop"))).containsExactly("ALL");
    assertThat(security.at("/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    assertThat(security.has("runAsUser")).isFalse();
  }

  @Test
  void servicesAskTheirRuntimeForWhatItDeclares() {
    for (JsonNode service : Manifests.ofKind(DOCUMENTS, "InferenceService")) {
      predictors(service)
          .forEach(
              predictor -> {
                JsonNode runtime = runtime(predictor);
                assertThat(texts(runtime.at("/spec/protocolVersions")))
                    .contains(predictor.at("/model/protocolVersion").asText());
                assertThat(runtime.at("/spec/supportedModelFormats").findValuesAsText("name"))
                    .contains(predictor.at("/model/modelFormat/name").asText());
              });
    }
  }

  /** Knative renames the port of its containers, which runtimes for it call h2c. */
  @Test
  void thePodMonitorSelectsThePortOfEveryRuntime() {
    JsonNode monitor = Manifests.ofKind(DOCUMENTS, "PodMonitor").getFirst();
    Set<String> selected = new TreeSet<>();
    monitor.at("/spec/podMetricsEndpoints").forEach(at -> selected.add(at.path("port").asText()));
    Set<String> ports = new TreeSet<>();
    for (JsonNode runtime : RUNTIMES.values()) {
      // Patches of overlays have none.
      for (JsonNode port : runtime.at("/spec/containers/0/ports")) {
        String name = port.path("name").asText();
        ports.add(name.equals("h2c") ? "user-port" : name);
      }
    }

    ports.remove("grpc");
    assertThat(selected).isEqualTo(ports);
  }
}
