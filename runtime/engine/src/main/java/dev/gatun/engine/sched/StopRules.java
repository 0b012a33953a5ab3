package dev.gatun.engine.sched;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * Whether the token appended last ends its request, in vLLM's order: nothing before min_tokens;
 * end-of-sequence; stop token ids; length. Stop strings are the server's affair.
 */
final class StopRules {
  private final int maxModelLen;
  private final int[] eosTokenIds;

  StopRules(int maxModelLen, int[] eosTokenIds) {
    this.maxModelLen = maxModelLen;
    this.eosTokenIds = eosTokenIds;
  }

  /** STOP, LENGTH, or null to go on. */
  @Nullable FinishReason check(RequestState request) {
    SamplingParams sampling = request.sampling();
    if (request.numOutputTokens() < sampling.minTokens()) {
      return null;
    }
    int last = request.tokenId(request.numTokens() - 1);
    if ((sampling.stopsAtEndOfSequence() && isEndOfSequence(last))
        || contains(sampling.stopTokenIds(), last)) {
      return FinishReason.STOP;
    }
    if (request.numTokens() >= maxModelLen || request.numOutputTokens() >= sampling.maxTokens()) {
      return FinishReason.LENGTH;
    }
    return null;
  }

  /** Whether a token that stopped this request did so as the model's own end of sequence. */
  boolean stoppedByEndOfSequence(RequestState request, int tokenId) {
    return request.sampling().stopsAtEndOfSequence() && isEndOfSequence(tokenId);
  }

  private boolean isEndOfSequence(int tokenId) {
    return contains(eosTokenIds, tokenId);
  }

  private static boolean contains(int[] ids, int tokenId) {
    for (int id : ids) {
      if (id == tokenId) {
        return true;
      }
    }
    return false;
  }
}
