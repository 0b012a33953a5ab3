package dev.gatun.server.oip.llm;

import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.InferRequest;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.ResponseSink;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.oip.model.TensorSpec;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextEvent;
import dev.gatun.server.text.TextStreams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A served model as tensors: text_input in, text_output out, whole or as a stream of deltas.
 * Sampling settings come as parameters, as JSON in sampling_parameters, or as tensors of their own.
 */
public final class LlmModel implements TensorModel {
  private final String name;
  private final ServedModel model;

  /**
   * Serves the model under one of its names.
   *
   * @param name what requests call it
   */
  public LlmModel(String name, ServedModel model) {
    this.name = name;
    this.model = model;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String platform() {
    return "gatun_llm";
  }

  @Override
  public List<TensorSpec> inputs() {
    return LlmTensors.INPUTS;
  }

  @Override
  public List<TensorSpec> outputs() {
    return LlmTensors.OUTPUTS;
  }

  @Override
  public boolean takesUndeclared(String inputName) {
    return LlmRequest.isSamplingInput(inputName);
  }

  @Override
  public Set<String> outputNames(List<String> inputNames) {
    return LlmTensors.OUTPUTS.stream().map(TensorSpec::name).collect(Collectors.toSet());
  }

  @Override
  public boolean isDecoupled() {
    return true;
  }

  @Override
  public Map<String, String> properties() {
    return Map.of(
        "max_model_len", Integer.toString(model.maxModelLen()),
        "max_logprobs", Integer.toString(model.limits().maxLogprobs()));
  }

  @Override
  public boolean isReady() {
    return model.engine().snapshot().state() == EngineState.READY;
  }

  @Override
  public InferResponse infer(InferRequest request, InferCall call) throws InterruptedException {
    LlmRequest read = LlmRequest.read(request, model, call.deadlineNanos());
    if (read.isStream()) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED,
          "stream is true, but this call has one response; use ModelStreamInfer or"
              + " generate_stream",
          LlmTensors.STREAM);
    }
    return answerWhole(request, read, call);
  }

  @Override
  public void stream(InferRequest request, InferCall call, ResponseSink sink)
      throws InterruptedException {
    LlmRequest read = LlmRequest.read(request, model, call.deadlineNanos());
    if (read.isStream()) {
      streamDeltas(request, read, call, sink);
    } else {
      sink.send(answerWhole(request, read, call), true);
    }
  }

  private InferResponse answerWhole(InferRequest request, LlmRequest read, InferCall call)
      throws InterruptedException {
    TextStreams streams = start(read, call);
    try {
      List<TextChunk> chunks = new ArrayList<>();
      for (int i = 0; i < streams.size(); i++) {
        chunks.add(streams.readAll(i));
      }
      checkNotCancelled(call);
      addQueueTime(chunks.getFirst(), call);
      List<Float> cumulative = chunks.stream().map(chunk -> sum(0, chunk.logprobs())).toList();
      return InferResponse.to(request, outputs(read, chunks, read.echo(), cumulative));
    } finally {
      // Whatever is left after a failure or an interrupt serves nobody.
      streams.abort();
    }
  }

  private TextStreams start(LlmRequest read, InferCall call) {
    TextStreams streams = TextStreams.start(model, read.samples());
    call.onCancel(streams::abort);
    return streams;
  }

  /**
   * Responses of several samples come as they are ready, each with its {@link
   * LlmTensors#SAMPLE_INDEX} as a parameter; the end of a sample is its finish reason, and only the
   * last response of the last sample ends the request.
   */
  private void streamDeltas(
      InferRequest request, LlmRequest read, InferCall call, ResponseSink sink)
      throws InterruptedException {
    TextStreams streams = start(read, call);
    float[] cumulative = new float[streams.size()];
    AtomicInteger numOpen = new AtomicInteger(streams.size());
    try {
      streams.forEachChunk(
          (sample, chunk) -> {
            boolean isEnd = chunk.finished() != null;
            cumulative[sample] = sum(cumulative[sample], chunk.logprobs());
            checkNotCancelled(call);
            if (isEnd && sample == 0) {
              addQueueTime(chunk, call);
            }
            // Else nothing to show yet: half a character, or what may be a stop string.
            if (isEnd || !chunk.text().isEmpty() || !read.outputs().isEmpty()) {
              List<InferTensor> outputs =
                  outputs(read, List.of(chunk), read.echo(), List.of(cumulative[sample]));
              boolean isLast = isEnd && numOpen.decrementAndGet() == 0;
              sink.send(InferResponse.to(request, parameters(streams, sample), outputs), isLast);
            }
          });
    } finally {
      streams.abort();
    }
  }

  private static Map<String, Object> parameters(TextStreams streams, int sample) {
    return streams.size() == 1 ? Map.of() : Map.of(LlmTensors.SAMPLE_INDEX, (long) sample);
  }

  private static void checkNotCancelled(InferCall call) {
    if (call.isCancelled()) {
      throw new ServingException(ErrorCode.CANCELLED, "the client has left");
    }
  }

  private static void addQueueTime(TextChunk chunk, InferCall call) {
    TextEvent.TextFinished finished = chunk.finished();
    if (finished != null) {
      RequestStats stats = finished.stats();
      call.addQueueNanos(stats.firstScheduledNanos() - stats.arrivalNanos());
    }
  }

  private static float sum(float start, List<TokenLogprobs> logprobs) {
    float total = start;
    for (TokenLogprobs position : logprobs) {
      total += position.logprob();
    }
    return total;
  }

  /** One element per sequence in each output. */
  private List<InferTensor> outputs(
      LlmRequest request, List<TextChunk> chunks, String echo, List<Float> cumulative) {
    List<InferTensor> outputs = new ArrayList<>();
    outputs.add(
        InferTensor.ofTexts(
            LlmTensors.TEXT_OUTPUT, chunks.stream().map(chunk -> echo + chunk.text()).toList()));
    for (TensorSpec spec : LlmTensors.OUTPUTS) {
      if (request.outputs().contains(spec.name())) {
        outputs.add(output(spec.name(), request, chunks, cumulative));
      }
    }
    return outputs;
  }

  private InferTensor output(
      String output, LlmRequest request, List<TextChunk> chunks, List<Float> cumulative) {
    return switch (output) {
      case LlmTensors.FINISH_REASON ->
          InferTensor.ofTexts(output, chunks.stream().map(LlmModel::finishReason).toList());
      case LlmTensors.CUMULATIVE_LOGPROB -> {
        float[] sums = new float[cumulative.size()];
        for (int i = 0; i < sums.length; i++) {
          sums[i] = cumulative.get(i);
        }
        yield InferTensor.ofFp32(output, sums);
      }
      case LlmTensors.LOGPROBS ->
          InferTensor.ofTexts(
              output,
              chunks.stream()
                  .map(chunk -> LogprobsText.write(chunk.logprobs(), model.tokenizer()))
                  .toList());
      case LlmTensors.NUM_INPUT_TOKENS ->
          InferTensor.ofUint32(output, request.samples().getFirst().promptTokenIds().length);
      case LlmTensors.NUM_OUTPUT_TOKENS ->
          InferTensor.ofUint32(
              output, chunks.stream().mapToInt(chunk -> chunk.tokenIds().length).toArray());
      default -> throw new IllegalStateException("no such output: " + output);
    };
  }

  private static String finishReason(TextChunk chunk) {
    TextEvent.TextFinished finished = chunk.finished();
    // The word of the reference backend for a sequence that goes on.
    return finished == null ? "None" : finished.reason().wireName();
  }
}
