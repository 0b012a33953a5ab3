package dev.gatun.engine.sched;

/** Tokens since start, by what became of them. Engine thread only. */
public final class TokenTotals {
  private long numPrompt;
  private long numCachedPrompt;
  private long numOutput;
  private long numPrefixQuery;
  private long numPrefixHit;

  void promptDone(RequestState request) {
    numPrompt += request.numPromptTokens();
    numCachedPrompt += request.numCachedTokens();
  }

  void output() {
    numOutput++;
  }

  void prefixLookedUp(RequestState request, int numFound) {
    numPrefixQuery += request.numPromptTokens();
    numPrefixHit += numFound;
  }

  /** Tokens of prompts that have been computed; recomputing counts no second time. */
  public long numPrompt() {
    return numPrompt;
  }

  /** Those among them that the prefix cache served. */
  public long numCachedPrompt() {
    return numCachedPrompt;
  }

  public long numOutput() {
    return numOutput;
  }

  /** Prompt tokens of admitted requests that the prefix cache might have served. */
  public long numPrefixQuery() {
    return numPrefixQuery;
  }

  /** Those among them that it did serve. */
  public long numPrefixHit() {
    return numPrefixHit;
  }
}
