package dev.gatun.server.text;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.chat.ChatTemplate;
import dev.gatun.model.generation.GenerationConfig;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.trace.CallScope;
import dev.gatun.server.trace.Generation;
import dev.gatun.server.trace.GenerationTrace;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A generating model as protocols see it. Does not own what it holds.
 *
 * @param names served names, at least one; the first is the one answers carry
 * @param generationDefaults sampling defaults that came with the model
 * @param constraints compiles what answers have to match
 * @param eosTokenIds the tokens the engine treats as end-of-sequence; not modified
 * @param usesPriorities whether the engine serves requests by priority as well as arrival
 * @param createdSeconds when it was loaded, Unix time
 * @param prompts tokenises what is going to be submitted
 */
public record ServedModel(
    List<String> names,
    Engine engine,
    Tokenizer tokenizer,
    Optional<ChatTemplate> chatTemplate,
    GenerationConfig generationDefaults,
    ConstraintCompiler constraints,
    int[] eosTokenIds,
    boolean usesPriorities,
    long createdSeconds,
    PromptEncoder prompts) {

  /** With a prompt encoder of its own. */
  public ServedModel(
      List<String> names,
      Engine engine,
      Tokenizer tokenizer,
      Optional<ChatTemplate> chatTemplate,
      GenerationConfig generationDefaults,
      ConstraintCompiler constraints,
      int[] eosTokenIds,
      boolean usesPriorities,
      long createdSeconds) {
    this(
        names,
        engine,
        tokenizer,
        chatTemplate,
        generationDefaults,
        constraints,
        eosTokenIds,
        usesPriorities,
        createdSeconds,
        new PromptEncoder(engine, tokenizer));
  }

  public ServedModel {
    names = List.copyOf(names);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a served model has no name");
    }
  }

  /** The first served name. */
  public String name() {
    return names.getFirst();
  }

  public EngineLimits limits() {
    return engine.limits();
  }

  /**
   * Admits the request and returns its text.
   *
   * @throws dev.gatun.engine.api.ServingException if the engine refuses it
   */
  public TextStream generate(TextRequest request) {
    // Clients may repeat their ids; the engine needs distinct ones.
    long suffix = ThreadLocalRandom.current().nextLong();
    TokenStream tokens =
        engine.submit(
            new GenerateRequest(
                request.requestId() + "-" + Long.toHexString(suffix),
                request.promptTokenIds(),
                request.sampling(),
                request.deadlineNanos(),
                request.cacheSalt(),
                request.priority(),
                request.origin()));
    return new TextStream(
        request,
        tokens,
        tokenizer.detokenizer(request.promptTokenIds(), request.skipSpecialTokens()),
        new StopTokens(eosTokenIds, request.sampling()),
        trace(request));
  }

  /** Once it is admitted: what is refused has no trace of its own. */
  private GenerationTrace trace(TextRequest request) {
    return CallScope.current()
        .generation(
            new Generation(
                request.requestId(),
                name(),
                request.promptTokenIds().length,
                request.origin().samples().numSamples(),
                request.sampling(),
                request.stopStrings()));
  }

  /** Most prompt plus output tokens of one request. */
  public int maxModelLen() {
    return engine.limits().maxModelLen();
  }
}
