package dev.gatun.server.oip.model;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model that takes tensors and answers with tensors. Thread-safe. */
public interface TensorModel {

  String name();

  /** What runs it, for metadata. */
  String platform();

  /** The inputs for metadata and checks. */
  List<TensorSpec> inputs();

  List<TensorSpec> outputs();

  /** Takes an input that {@link #inputs} does not declare; it is checked for consistency alone. */
  boolean takesUndeclared(String inputName);

  /** Names of all outputs that a request with these inputs may ask for. */
  Set<String> outputNames(List<String> inputNames);

  /** May answer a request with several responses. */
  boolean isDecoupled();

  /** Further facts for metadata. */
  Map<String, String> properties();

  boolean isReady();

  /**
   * Answers with one response.
   *
   * @throws dev.gatun.engine.api.ServingException what the client did wrong or the server refuses
   * @throws InterruptedException if the calling thread is interrupted
   */
  InferResponse infer(InferRequest request, InferCall call) throws InterruptedException;

  /**
   * Answers with one response or several, the last marked as such. The default suits models that
   * are not decoupled.
   *
   * @throws dev.gatun.engine.api.ServingException as {@link #infer}, also after some responses
   */
  default void stream(InferRequest request, InferCall call, ResponseSink sink)
      throws InterruptedException {
    sink.send(infer(request, call), true);
  }
}
