package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.PathValues;
import dev.gatun.server.http.Router;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.generate.GenerateRoutes;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelDescriptions;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.model.ModelRepository;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.status.ServerStatus;
import java.util.HashSet;
import java.util.Set;

/** The REST half of the protocol, ready for the router. Thread-safe. */
public final class OipRoutes {
  private static final String MODEL = "model";
  private static final String VERSION = "version";
  private static final int UNAVAILABLE = 503;

  private final ModelRegistry registry;
  private final ModelRepository repository;
  private final ServerStatus status;
  private final ServerInfo info;
  private final InferRoute infer;
  private final GenerateRoutes generate;

  public OipRoutes(Inferences inferences, ServerStatus status, ServerInfo info) {
    this.registry = inferences.registry();
    this.repository = new ModelRepository(registry);
    this.status = status;
    this.info = info;
    this.infer = new InferRoute(inferences);
    this.generate = new GenerateRoutes(inferences);
  }

  /** Adds every path below /v2. */
  public void addTo(Router.Builder router) {
    router.route("GET", "/v2", (call, _) -> serverMetadata(call));
    router.route("GET", "/v2/health/live", (call, _) -> health(call, "live", status.isLive()));
    router.route("GET", "/v2/health/ready", (call, _) -> health(call, "ready", status.isReady()));
    router.route("GET", "/v2/models", (call, _) -> models(call));
    router.route("GET", "/v2/models/stats", (call, _) -> statistics(call, "", ""));
    router.route("POST", "/v2/repository/index", (call, _) -> index(call, ""));
    router.route(
        "POST", "/v2/repository/{repo}/index", (call, path) -> index(call, path.get("repo")));
    router.route("POST", "/v2/repository/models/{model}/load", this::load);
    router.route("POST", "/v2/repository/models/{model}/unload", this::unload);
    addModelRoutes(router, "/v2/models/{model}", false);
    addModelRoutes(router, "/v2/models/{model}/versions/{version}", true);
  }

  /** Answers a call about a model. */
  @FunctionalInterface
  private interface ModelRoute {
    void handle(HttpCall call, String model, String version) throws InterruptedException;
  }

  private void addModelRoutes(Router.Builder router, String prefix, boolean hasVersion) {
    addModelRoute(router, "GET", prefix, hasVersion, this::modelMetadata);
    addModelRoute(router, "GET", prefix + "/ready", hasVersion, this::modelReady);
    addModelRoute(router, "GET", prefix + "/config", hasVersion, this::modelConfig);
    addModelRoute(router, "GET", prefix + "/stats", hasVersion, this::statistics);
    addModelRoute(router, "POST", prefix + "/infer", hasVersion, infer::handle);
    addModelRoute(router, "POST", prefix + "/generate", hasVersion, generate::whole);
    addModelRoute(router, "POST", prefix + "/generate_stream", hasVersion, generate::stream);
  }

  private static void addModelRoute(
      Router.Builder router, String verb, String pattern, boolean hasVersion, ModelRoute route) {
    router.route(
        verb,
        pattern,
        (call, path) -> route.handle(call, path.get(MODEL), hasVersion ? path.get(VERSION) : ""));
  }

  private void serverMetadata(HttpCall call) {
    ObjectNode body = JsonAnswers.object();
    body.put("name", ServerInfo.NAME).put("version", info.version());
    ArrayNode extensions = body.putArray("extensions");
    ServerInfo.EXTENSIONS.forEach(extensions::add);
    JsonAnswers.ok(call, body);
  }

  private static void health(HttpCall call, String name, boolean value) {
    JsonAnswers.respond(call, value ? 200 : UNAVAILABLE, JsonAnswers.object().put(name, value));
  }

  private void models(HttpCall call) {
    ObjectNode body = JsonAnswers.object();
    ArrayNode names = body.putArray("models");
    registry.all().forEach(entry -> names.add(entry.model().name()));
    JsonAnswers.ok(call, body);
  }

  private void modelMetadata(HttpCall call, String name, String version) {
    JsonAnswers.ok(
        call, ProtoJson.of(ModelDescriptions.metadata(registry.resolve(name, version).model())));
  }

  private void modelReady(HttpCall call, String name, String version) {
    TensorModel model = registry.resolve(name, version).model();
    boolean isReady = status.isReady() && model.isReady();
    JsonAnswers.respond(
        call,
        isReady ? 200 : UNAVAILABLE,
        JsonAnswers.object().put("name", name).put("ready", isReady));
  }

  private void modelConfig(HttpCall call, String name, String version) {
    JsonAnswers.ok(
        call, ProtoJson.of(ModelDescriptions.config(registry.resolve(name, version).model())));
  }

  private void statistics(HttpCall call, String name, String version) {
    JsonAnswers.ok(call, ProtoJson.of(registry.statistics(name, version)));
  }

  private void index(HttpCall call, String repositoryName) {
    ObjectNode request = OipJson.readOptionalObject(call.body(), "the index request");
    JsonNode ready = request.path("ready");
    if (!ready.isMissingNode() && !ready.isBoolean()) {
      throw ServingException.invalidField("ready", "ready is " + ready + ", must be a boolean");
    }
    ArrayNode body = JsonAnswers.object().arrayNode();
    repository
        .index(repositoryName, ready.booleanValue())
        .forEach(model -> body.add(ProtoJson.of(model)));
    JsonAnswers.ok(call, body);
  }

  private void load(HttpCall call, PathValues path) {
    String name = path.get(MODEL);
    repository.load(name, parameterNames(call));
    JsonAnswers.ok(call, JsonAnswers.object().put("name", name).put("load", true));
  }

  private void unload(HttpCall call, PathValues path) {
    String name = path.get(MODEL);
    parameterNames(call);
    repository.unload(name);
    JsonAnswers.ok(call, JsonAnswers.object().put("name", name).put("unload", true));
  }

  private static Set<String> parameterNames(HttpCall call) {
    JsonNode parameters = OipJson.readOptionalObject(call.body(), "the request").path("parameters");
    if (!parameters.isMissingNode() && !parameters.isObject()) {
      throw ServingException.invalidField("parameters", "parameters must be a JSON object");
    }
    Set<String> names = new HashSet<>();
    parameters.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
