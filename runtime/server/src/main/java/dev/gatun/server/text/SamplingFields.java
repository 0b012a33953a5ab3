package dev.gatun.server.text;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.SampleGroup;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.ServingException;
import dev.gatun.model.generation.GenerationConfig;
import dev.gatun.server.trace.CallScope;
import dev.gatun.server.trace.CallTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sampling fields of one request by their wire names, laid over the model's own defaults.
 * Shared by all protocols; for one thread.
 */
public final class SamplingFields {
  /** As {@code defaultMaxTokens}: what the model says, else the rest of the context. */
  public static final int REST_OF_CONTEXT = Integer.MAX_VALUE;

  private static final int MAX_STOP_STRINGS = 256;
  private static final int MAX_STOP_STRING_LENGTH = 4096;
  private static final int MAX_STOP_TOKEN_IDS = 4096;

  /** Converts the value and stores it. */
  @FunctionalInterface
  private interface Setter {
    void set(SamplingFields fields, String name, Object value);
  }

  /** One row per field. */
  private static final Map<String, Setter> TABLE =
      Map.ofEntries(
          row("temperature", (f, n, v) -> f.sampling.temperature(FieldValues.toFloat(n, v))),
          row("top_p", (f, n, v) -> f.sampling.topP(FieldValues.toFloat(n, v))),
          row("top_k", (f, n, v) -> f.sampling.topK(FieldValues.toInt(n, v))),
          row("min_p", (f, n, v) -> f.sampling.minP(FieldValues.toFloat(n, v))),
          row(
              "presence_penalty",
              (f, n, v) -> f.sampling.presencePenalty(FieldValues.toFloat(n, v))),
          row(
              "frequency_penalty",
              (f, n, v) -> f.sampling.frequencyPenalty(FieldValues.toFloat(n, v))),
          row(
              "repetition_penalty",
              (f, n, v) -> f.sampling.repetitionPenalty(FieldValues.toFloat(n, v))),
          row("seed", (f, n, v) -> f.sampling.seed(FieldValues.toLong(n, v))),
          row("max_tokens", (f, n, v) -> f.maxTokens = FieldValues.toInt(n, v)),
          row("min_tokens", (f, n, v) -> f.sampling.minTokens(FieldValues.toInt(n, v))),
          row("ignore_eos", (f, n, v) -> f.sampling.ignoreEos(FieldValues.toBoolean(n, v))),
          row("stop", SamplingFields::setStop),
          row("stop_token_ids", SamplingFields::setStopTokenIds),
          row(
              "include_stop_str_in_output",
              (f, n, v) -> f.includesStop = FieldValues.toBoolean(n, v)),
          row("skip_special_tokens", (f, n, v) -> f.skipsSpecial = FieldValues.toBoolean(n, v)),
          row("logit_bias", (f, n, v) -> f.tokenRules.setLogitBias(n, v)),
          row("allowed_token_ids", (f, n, v) -> f.tokenRules.setAllowed(n, v)),
          row("bad_words", (f, n, v) -> f.tokenRules.setBadWords(n, v)),
          row("response_format", (f, n, v) -> f.constraint.set(n, v)),
          row("structured_outputs", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_json", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_regex", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_choice", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_grammar", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_whitespace_pattern", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_decoding_guide_type", (f, n, v) -> f.constraint.set(n, v)),
          row("guided_decoding_guide", (f, n, v) -> f.constraint.set(n, v)),
          row("priority", (f, n, v) -> f.priority = f.toPriority(n, v)),
          row("cache_salt", (f, n, v) -> f.cacheSalt = toSalt(n, v)),
          // Only tokenizers without a tokenizer.json ever put spaces there.
          row("spaces_between_special_tokens", (_, n, v) -> FieldValues.toBoolean(n, v)),
          row("logprobs", (f, n, v) -> f.sampling.logprobs(f.numLogprobs(n, v))),
          row("prompt_logprobs", (f, n, v) -> f.sampling.promptLogprobs(f.numLogprobs(n, v))));

  private static final int MAX_SALT_CHARS = 1024;

  private final ServedModel model;
  private final SamplingParamsBuilder sampling = SamplingParams.builder();
  private final TokenRuleFields tokenRules;
  private final ConstraintFields constraint = new ConstraintFields();
  private @Nullable Integer maxTokens;
  private List<String> stopStrings = List.of();
  private boolean includesStop;
  private boolean skipsSpecial = true;
  private boolean allowsNoOutput;
  private String cacheSalt = "";
  private int priority;
  private long deadlineNanos = GenerateRequest.NO_DEADLINE;

  public SamplingFields(ServedModel model) {
    this.model = model;
    tokenRules = new TokenRuleFields(model);
    GenerationConfig defaults = model.generationDefaults();
    defaults.temperature().ifPresent(value -> sampling.temperature((float) value));
    defaults.topP().ifPresent(value -> sampling.topP((float) value));
    defaults.topK().ifPresent(sampling::topK);
    defaults.minP().ifPresent(value -> sampling.minP((float) value));
    defaults.repetitionPenalty().ifPresent(value -> sampling.repetitionPenalty((float) value));
  }

  /** Every wire name of the table. */
  public static Set<String> names() {
    return TABLE.keySet();
  }

  /**
   * Sets a field; a null value leaves the default.
   *
   * @param value a Boolean, Number, String or List of these; strings are read as what the field
   *     needs
   * @return false if the name is no sampling field
   * @throws ServingException INVALID_ARGUMENT naming field, value and expected type or range
   */
  public boolean set(String name, @Nullable Object value) {
    Setter setter = TABLE.get(name);
    if (setter == null) {
      return false;
    }
    if (value != null) {
      setter.set(this, name, value);
    }
    return true;
  }

  /** Lets max_tokens be 0: the prompt is scored and nothing is generated. */
  public SamplingFields allowNoOutput() {
    allowsNoOutput = true;
    return this;
  }

  /** System.nanoTime value after which the request fails. */
  public SamplingFields deadlineNanos(long value) {
    deadlineNanos = value;
    return this;
  }

  /**
   * The samples of one request. Sample i of seed s is the one sample of seed s + i, as in vLLM, so
   * the first does not depend on how many there are.
   *
   * @param requestIds by sample index
   * @throws ServingException INVALID_ARGUMENT naming what is out of range
   */
  public List<TextRequest> toSamples(
      IntFunction<String> requestIds, int[] promptTokenIds, int defaultMaxTokens, int numSamples) {
    TextRequest first =
        toRequest(requestIds.apply(0), promptTokenIds, defaultMaxTokens, numSamples);
    if (numSamples > 1 && first.sampling().isGreedy()) {
      throw ServingException.invalidField(
          "n", "n is " + numSamples + ", must be 1 when temperature is 0");
    }
    List<TextRequest> samples = new ArrayList<>(numSamples);
    samples.add(first);
    OptionalLong seed = first.sampling().seed();
    for (int i = 1; i < numSamples; i++) {
      if (seed.isPresent()) {
        sampling.seed(seed.getAsLong() + i);
      }
      samples.add(first.asSample(requestIds.apply(i), sampling.build()));
    }
    seed.ifPresent(sampling::seed);
    return samples;
  }

  /**
   * The validated request.
   *
   * @param defaultMaxTokens where the client sent none, cut to the rest of the context
   * @throws ServingException INVALID_ARGUMENT naming what is out of range
   */
  public TextRequest toRequest(String requestId, int[] promptTokenIds, int defaultMaxTokens) {
    return toRequest(requestId, promptTokenIds, defaultMaxTokens, 1);
  }

  private TextRequest toRequest(
      String requestId, int[] promptTokenIds, int defaultMaxTokens, int numSamples) {
    sampling
        .maxTokens(numOutputTokens(promptTokenIds.length, defaultMaxTokens))
        .tokenRules(tokenRules.build());
    constraint.compile(model.constraints()).ifPresent(sampling::constraint);
    SamplingParams params = sampling.build();
    tokenRules.checkLeavesToken(params);
    CallTrace call = CallScope.current();
    return new TextRequest(
        requestId,
        promptTokenIds,
        params,
        stopStrings,
        includesStop,
        skipsSpecial,
        deadlineNanos,
        cacheSalt,
        priority,
        new RequestOrigin(
            call.receivedNanos(), new SampleGroup(numSamples), call.traceId(), call.spanId()));
  }

  private int toPriority(String name, Object value) {
    int level = FieldValues.toInt(name, value);
    if (level != 0 && !model.usesPriorities()) {
      throw ServingException.invalidField(
          name,
          "priority is "
              + level
              + ", but this server serves requests by arrival; it must be 0, or the server be"
              + " started with --scheduling-policy priority");
    }
    return level;
  }

  private static String toSalt(String name, Object value) {
    String salt = FieldValues.toText(name, value);
    if (salt.isEmpty() || salt.length() > MAX_SALT_CHARS) {
      throw ServingException.invalidField(
          name, name + " has " + salt.length() + " characters, must have 1 to " + MAX_SALT_CHARS);
    }
    return salt;
  }

  private int numOutputTokens(int numPromptTokens, int defaultMaxTokens) {
    int maxModelLen = model.maxModelLen();
    if (numPromptTokens == 0) {
      throw ServingException.invalidField("prompt", "the prompt has no tokens, needs at least 1");
    }
    int rest = maxModelLen - numPromptTokens;
    int smallest = allowsNoOutput ? 0 : 1;
    if (rest < smallest) {
      throw ServingException.invalidField(
          "input_tokens",
          "the prompt has "
              + numPromptTokens
              + " tokens, the context of this model "
              + maxModelLen
              + " with at least "
              + smallest
              + " for output");
    }
    if (maxTokens == null) {
      int wanted =
          defaultMaxTokens == REST_OF_CONTEXT
              ? model.generationDefaults().maxNewTokens().orElse(rest)
              : defaultMaxTokens;
      return Math.max(smallest, Math.min(wanted, rest));
    }
    if (maxTokens < smallest) {
      throw ServingException.invalidField(
          "max_tokens", "max_tokens is " + maxTokens + ", must be >= " + smallest);
    }
    if (maxTokens > rest) {
      throw ServingException.invalidField(
          "input_tokens",
          "the prompt has "
              + numPromptTokens
              + " tokens and max_tokens is "
              + maxTokens
              + ", together above the context of this model, "
              + maxModelLen);
    }
    return maxTokens;
  }

  private static void setStop(SamplingFields fields, String name, Object value) {
    List<String> stops = FieldValues.toTexts(name, value);
    if (stops.size() > MAX_STOP_STRINGS) {
      throw ServingException.invalidField(
          name, name + " has " + stops.size() + " strings, at most " + MAX_STOP_STRINGS);
    }
    for (String stop : stops) {
      if (stop.isEmpty() || stop.length() > MAX_STOP_STRING_LENGTH) {
        throw ServingException.invalidField(
            name,
            name
                + " has a string of "
                + stop.length()
                + " characters, must be 1 to "
                + MAX_STOP_STRING_LENGTH);
      }
    }
    fields.stopStrings = stops;
  }

  private static void setStopTokenIds(SamplingFields fields, String name, Object value) {
    int[] ids = FieldValues.toTokenIds(name, value);
    if (ids.length > MAX_STOP_TOKEN_IDS) {
      throw ServingException.invalidField(
          name, name + " has " + ids.length + " ids, at most " + MAX_STOP_TOKEN_IDS);
    }
    fields.sampling.stopTokenIds(ids);
  }

  /** Sets logprobs from a field of another name, which errors then carry. */
  public void setLogprobs(String name, Object value) {
    sampling.logprobs(numLogprobs(name, value));
  }

  private int numLogprobs(String name, Object value) {
    int count = FieldValues.toInt(name, value);
    int max = model.limits().maxLogprobs();
    if (count == -1) {
      throw ServingException.invalidField(
          name,
          name + " is -1, which asks for the whole vocabulary; at most " + max + " are given");
    }
    if (count < 0 || count > max) {
      throw ServingException.invalidField(
          name, name + " is " + count + ", must be in [0, " + max + "]");
    }
    return count;
  }

  private static Map.Entry<String, Setter> row(String name, Setter setter) {
    return Map.entry(name, setter);
  }
}
