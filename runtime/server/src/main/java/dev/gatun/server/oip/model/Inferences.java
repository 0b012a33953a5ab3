package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;

/**
 * Runs requests: finds the model, checks the request, counts what comes of it. Shared by all wires;
 * thread-safe.
 */
public final class Inferences {
  private final ModelRegistry registry;

  public Inferences(ModelRegistry registry) {
    this.registry = registry;
  }

  public ModelRegistry registry() {
    return registry;
  }

  /**
   * Answers with one response.
   *
   * @throws ServingException what is wrong with the request, or why it was not served
   */
  public InferResponse infer(UncheckedRequest request, InferCall call) throws InterruptedException {
    Recording recording = begin(request);
    try {
      InferRequest checked = RequestCheck.check(recording.model(), request);
      InferResponse response =
          recording.model().infer(checked, call).withOutputs(checked.outputs());
      recording.end(call);
      return response;
    } catch (ServingException e) {
      recording.fail(e.code());
      throw e;
    }
  }

  /**
   * Answers with the responses of a stream.
   *
   * @throws ServingException as {@link #infer}, also after some responses
   */
  public void stream(UncheckedRequest request, InferCall call, ResponseSink sink)
      throws InterruptedException {
    Recording recording = begin(request);
    try {
      InferRequest checked = RequestCheck.check(recording.model(), request);
      recording.model().stream(
          checked,
          call,
          (response, isLast) -> {
            recording.response(response.outputs().isEmpty());
            sink.send(response.withOutputs(checked.outputs()), isLast);
          });
      recording.end(call);
    } catch (ServingException e) {
      recording.fail(e.code());
      throw e;
    }
  }

  private Recording begin(UncheckedRequest request) {
    ModelRegistry.Entry entry = registry.resolve(request.modelName(), request.modelVersion());
    if (!entry.model().isReady()) {
      throw new ServingException(
          ErrorCode.UNAVAILABLE, "model '" + entry.model().name() + "' is not at ready state");
    }
    entry.stats().recordStart();
    return new Recording(entry);
  }

  /** Times one request; used by its thread. */
  private static final class Recording {
    private final ModelRegistry.Entry entry;
    private final long startNanos = System.nanoTime();
    private long lastNanos = startNanos;
    private int numResponses;

    Recording(ModelRegistry.Entry entry) {
      this.entry = entry;
    }

    TensorModel model() {
      return entry.model();
    }

    void response(boolean isEmpty) {
      if (model().isDecoupled()) {
        entry.stats().recordResponse(numResponses, lap(), isEmpty);
        numResponses++;
      }
    }

    void end(InferCall call) {
      entry.stats().recordSuccess(System.nanoTime() - startNanos, call.queueNanos());
    }

    void fail(ErrorCode code) {
      entry.stats().recordFailure(System.nanoTime() - startNanos);
      if (model().isDecoupled()) {
        entry.stats().recordResponseFailure(numResponses, lap(), code);
      }
    }

    private long lap() {
      long now = System.nanoTime();
      long nanos = now - lastNanos;
      lastNanos = now;
      return nanos;
    }
  }
}
