package dev.gatun.server.oip.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.oip.model.UncheckedRequest;
import java.util.Map;
import java.util.Set;

/** POST .../generate and .../generate_stream. Thread-safe. */
public final class GenerateRoutes {
  private static final String STREAM = "stream";
  private static final String FINISH_REASON = "finish_reason";
  private static final String RETURN_FINISH_REASON = "return_finish_reason";

  private final Inferences inferences;

  public GenerateRoutes(Inferences inferences) {
    this.inferences = inferences;
  }

  /** Answers with one object. */
  public void whole(HttpCall http, String modelName, String version) throws InterruptedException {
    TensorModel model = inferences.registry().resolve(modelName, version).model();
    Map<String, JsonNode> values = GenerateBody.flatten(http.body());
    if (model.isDecoupled() && values.containsKey(STREAM) && values.get(STREAM).booleanValue()) {
      throw ServingException.invalidField(
          STREAM,
          "generate expects model to produce exactly 1 response, use generate stream for"
              + " stream = true");
    }
    askFor(model, RETURN_FINISH_REASON, values);
    UncheckedRequest request = GenerateBody.toRequest(model, version, values);
    InferCall call = new InferCall(http.deadlineNanos());
    http.onDisconnect(call::cancel);
    InferResponse response = inferences.infer(request, call);
    http.respond(200, "application/json", GenerateAnswer.whole(response));
  }

  /**
   * Answers with one event per response. Failures before the first are left to the router, later
   * ones become an event.
   */
  public void stream(HttpCall http, String modelName, String version) throws InterruptedException {
    TensorModel model = inferences.registry().resolve(modelName, version).model();
    Map<String, JsonNode> values = GenerateBody.flatten(http.body());
    askFor(model, STREAM, values);
    Set<String> hidden =
        askFor(model, RETURN_FINISH_REASON, values) ? Set.of(FINISH_REASON) : Set.of();
    UncheckedRequest request = GenerateBody.toRequest(model, version, values);
    InferCall call = new InferCall(http.deadlineNanos());
    http.onDisconnect(call::cancel);
    EventStream events = new EventStream(http);
    try {
      inferences.stream(
          request,
          call,
          (response, isLast) -> events.send(GenerateAnswer.event(response, hidden, isLast)));
    } catch (ServingException e) {
      if (!events.isStarted()) {
        throw e;
      }
      if (e.code() != ErrorCode.CANCELLED) {
        events.fail(e);
      }
    }
    // Not reached when a defect or an interrupt got here: then the transport cuts the stream off
    // instead of ending it as if it were whole.
    events.end();
  }

  /** Sets a flag of the model that the client left open; false if there was nothing to set. */
  private static boolean askFor(TensorModel model, String flag, Map<String, JsonNode> values) {
    boolean exists = model.inputs().stream().anyMatch(spec -> spec.name().equals(flag));
    return exists && values.putIfAbsent(flag, BooleanNode.TRUE) == null;
  }
}
