package dev.gatun.engine.sched;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request inside the engine: its sequence, how much of it has been computed, and when things
 * happened. Made by the submitting thread, from then on owned by the engine thread; runners read
 * what never changes of it at any time, the rest while they launch a step. Only the scheduler
 * changes it.
 */
public final class RequestState {
  /** No slot: the request is not running. */
  static final int NO_SLOT = -1;

  /** 40 KiB per request here, with its hashes and in its stream. */
  private static final int MAX_CLAIMED_TOKENS = 4096;

  /** Not admitted yet. */
  private static final int NOT_LOOKED_UP = -1;

  private final GenerateRequest request;
  private final BlockHashes blockHashes;
  private final long seed;
  private final long arrivalNanos;
  private final TokenSink sink;
  private final int numPromptTokens;
  private final @Nullable List<@Nullable TokenLogprobs> promptLogprobs;
  private final @Nullable TokenMatcher matcher;

  private int[] tokenIds;
  private int numTokens;
  private int numPendingTokens;
  private int numComputedTokens;
  private RequestStatus status = RequestStatus.WAITING;
  private int slot = NO_SLOT;
  private boolean isPromptDone;
  private int numCachedTokens = NOT_LOOKED_UP;
  private int numAdmissions;
  private int numHolds;
  private final PreemptionCounts preemptions = new PreemptionCounts();

  /** What stands for its KV while it is preempted, and how much of it there was. */
  private int parked = KvCacheManager.NOT_PARKED;

  private int numLostTokens;

  /** Place in {@link RequestOrder}, and while waiting, in the queue. */
  private long orderKey;

  private long orderNumber;
  private int queueIndex;

  private long firstScheduledNanos;
  private long firstTokenNanos;
  private long lastTokenNanos;

  /** When the step before the last one gave it tokens. */
  private long tokensBeforeNanos;

  /**
   * Copies the prompt to the start of the sequence.
   *
   * @param blockHashes of the prompt's full blocks
   * @param seed of this request's random stream, drawn by the engine if the request named none
   */
  public RequestState(
      GenerateRequest request,
      BlockHashes blockHashes,
      long seed,
      long arrivalNanos,
      TokenSink sink) {
    this.request = request;
    this.blockHashes = blockHashes;
    this.seed = seed;
    this.arrivalNanos = arrivalNanos;
    this.sink = sink;
    int[] prompt = request.promptTokenIds();
    numPromptTokens = prompt.length;
    int numClaimed = numClaimedTokens(request.sampling().maxTokens());
    tokenIds = Arrays.copyOf(prompt, numPromptTokens + numClaimed);
    numTokens = numPromptTokens;
    matcher = request.sampling().constraint().map(TokenConstraint::newMatcher).orElse(null);
    promptLogprobs = request.sampling().promptLogprobs() < 0 ? null : new ArrayList<>();
    if (promptLogprobs != null) {
      promptLogprobs.add(null);
    }
  }

  /**
   * Output tokens for which storage is claimed on the submitting thread, so that the engine thread
   * allocates nothing for them; beyond, storage doubles as needed.
   */
  public static int numClaimedTokens(int maxTokens) {
    return Math.min(maxTokens, MAX_CLAIMED_TOKENS);
  }

  public String requestId() {
    return request.requestId();
  }

  /** As it was submitted. */
  public GenerateRequest submitted() {
    return request;
  }

  /** When the server had received it. */
  public long receivedNanos() {
    long received = request.origin().receivedNanos();
    return received == RequestOrigin.ON_SUBMIT ? arrivalNanos : received;
  }

  public SamplingParams sampling() {
    return request.sampling();
  }

  /** Seed of this request's own random stream. */
  public long seed() {
    return seed;
  }

  /**
   * What the output has to match, null if anything; at the state after the tokens sampled so far.
   * The runner's alone: the scheduler learns from the {@link StepResult} that it has ended.
   */
  public @Nullable TokenMatcher matcher() {
    return matcher;
  }

  public RequestStatus status() {
    return status;
  }

  public int numPromptTokens() {
    return numPromptTokens;
  }

  public int numOutputTokens() {
    return numTokens - numPromptTokens;
  }

  /** Prompt and output tokens. */
  public int numTokens() {
    return numTokens;
  }

  /** Tokens that need a slot if the request runs to its end; the last one is never fed back. */
  int maxComputedTokens() {
    return numPromptTokens + Math.max(0, sampling().maxTokens() - 1);
  }

  /** Tokens of the sequence once the steps in flight have been applied, if none of them ends it. */
  int numTokensAhead() {
    return numTokens + numPendingTokens;
  }

  /** Whether a step in flight samples a token for it. */
  boolean hasPendingToken() {
    return numPendingTokens > 0;
  }

  /** Whether the steps in flight end it whatever they sample, because they reach max_tokens. */
  boolean endsInFlight() {
    return numPendingTokens > 0 && numOutputTokens() + numPendingTokens >= sampling().maxTokens();
  }

  /** Tokens whose KV exists once the steps in flight are done. */
  public int numComputedTokens() {
    return numComputedTokens;
  }

  /**
   * Prompt and output tokens, the first {@link #numTokens} entries; to be asked for again in each
   * step. There is room behind them for the tokens that steps in flight sample: the runner that
   * samples them may write them there, nothing else may be modified.
   */
  public int[] tokenIds() {
    return tokenIds;
  }

  public int tokenId(int position) {
    Invariant.check(position < numTokens, "position in the sequence", position, numTokens);
    return tokenIds[position];
  }

  /** Of the full blocks of the sequence as far as they have been computed, and of the prompt's. */
  BlockHashes blockHashes() {
    return blockHashes;
  }

  int priority() {
    return request.priority();
  }

  /** Called once, by {@link RequestOrder}. */
  void place(long key, long number) {
    orderKey = key;
    orderNumber = number;
  }

  /** Whether it is served before the other one and preempted after it. */
  boolean isBefore(RequestState other) {
    // By difference, as times of System.nanoTime have to be compared.
    long difference = orderKey - other.orderKey;
    return difference == 0 ? orderNumber < other.orderNumber : difference < 0;
  }

  int queueIndex() {
    return queueIndex;
  }

  void setQueueIndex(int index) {
    queueIndex = index;
  }

  boolean isExpired(long nowNanos) {
    long deadline = request.deadlineNanos();
    return deadline != GenerateRequest.NO_DEADLINE && nowNanos - deadline >= 0;
  }

  TokenSink sink() {
    return sink;
  }

  int slot() {
    return slot;
  }

  boolean isPromptDone() {
    return isPromptDone;
  }

  /** Rows of the prompt that have been scored; survives preemption. */
  int numScoredRows() {
    return promptLogprobs == null ? 0 : promptLogprobs.size() - 1;
  }

  /** Rows still to be scored among {@code numScheduled} tokens from {@code start} on. */
  int numRowsToScore(int start, int numScheduled) {
    if (promptLogprobs == null) {
      return 0;
    }
    int from = Math.max(start, numScoredRows());
    int to = Math.min(start + numScheduled, numPromptTokens - 1);
    return Math.max(0, to - from);
  }

  /** Whether rows from {@code start} on are still to be scored. */
  boolean isScoring(int start) {
    return numRowsToScore(start, numPromptTokens) > 0;
  }

  /** Whether the prefix cache may serve its prompt: each of its rows has to be scored otherwise. */
  boolean readsPrefixCache() {
    return promptLogprobs == null;
  }

  /**
   * Most tokens that need not be computed even if their KV is at hand: the last one gives the next
   * logits, and rows to be scored have to be computed.
   */
  int maxCachedTokens() {
    boolean isScored = promptLogprobs == null || numScoredRows() == numPromptTokens - 1;
    return isScored ? numTokens - 1 : numScoredRows();
  }

  /** Tokens of the prompt that the cache served at the first admission. */
  int numCachedTokens() {
    return Math.max(0, numCachedTokens);
  }

  /** How often it has been admitted: tells the running request from itself before a preemption. */
  int numAdmissions() {
    return numAdmissions;
  }

  /** How often it was held back because its prefix was being computed. */
  int numHolds() {
    return numHolds;
  }

  void countHold() {
    numHolds++;
  }

  /** Whether it has been admitted before. */
  boolean wasLookedUp() {
    return numCachedTokens != NOT_LOOKED_UP;
  }

  /**
   * Makes it run.
   *
   * @param numFound leading tokens whose KV is at hand
   */
  void admit(int freeSlot, int numFound, long nowNanos) {
    Invariant.check(slot == NO_SLOT, "no slot before admission", slot, freeSlot);
    Invariant.check(numFound <= maxCachedTokens(), "found tokens", numFound, maxCachedTokens());
    Invariant.check(numPendingTokens == 0, "no token in flight", numPendingTokens, freeSlot);
    slot = freeSlot;
    numAdmissions++;
    numComputedTokens = numFound;
    numLostTokens = 0;
    if (numCachedTokens == NOT_LOOKED_UP) {
      numCachedTokens = numFound;
    }
    status = RequestStatus.RUNNING;
    if (firstScheduledNanos == 0) {
      firstScheduledNanos = nowNanos;
    }
  }

  /**
   * Makes it wait again.
   *
   * @param parkedAs what the KV cache keeps of it, or {@link KvCacheManager#NOT_PARKED}
   */
  void preempt(int parkedAs) {
    status = RequestStatus.PREEMPTED;
    slot = NO_SLOT;
    parked = parkedAs;
    numLostTokens = numComputedTokens;
    numComputedTokens = 0;
    preemptions.addPreemption(parkedAs != KvCacheManager.NOT_PARKED);
  }

  /** What the KV cache keeps of it while it is preempted. */
  int parked() {
    return parked;
  }

  /** It runs again or ends. */
  void unpark() {
    parked = KvCacheManager.NOT_PARKED;
  }

  /** Tokens that have been computed and are not at hand if it runs again with so many found. */
  int numTokensToRecompute(int numFound) {
    return Math.max(0, numLostTokens - numFound);
  }

  PreemptionCounts preemptions() {
    return preemptions;
  }

  /** The slot is kept until the scheduler takes the request out of the running ones. */
  void finish() {
    status = RequestStatus.FINISHED;
  }

  /** Counts tokens as computed that a step is going to compute. */
  void advance(int numScheduled) {
    numComputedTokens += numScheduled;
  }

  /** Takes back what was counted for drafts that were not accepted. */
  void retract(int numRejected) {
    numComputedTokens -= numRejected;
  }

  /** A step is going to sample its next token; makes room for it. */
  void expectToken() {
    numPendingTokens++;
    reserve(numTokensAhead());
  }

  /** The same step is going to verify drafts; makes room for what it may append. */
  void expectDrafts(int numDrafts) {
    numComputedTokens += numDrafts;
    reserve(numTokensAhead() + numDrafts);
  }

  /** Most drafts that may be verified behind the token that is sampled next. */
  int maxDrafts() {
    return sampling().maxTokens() - numOutputTokens() - 1;
  }

  /** The step that sampled for it has been applied. */
  void settleToken() {
    numPendingTokens--;
    Invariant.check(numPendingTokens >= 0, "a token expected", numPendingTokens, numTokens);
  }

  void addPromptLogprobs(TokenLogprobs[] rows) {
    if (promptLogprobs == null) {
      throw new IllegalStateException("prompt logprobs that nobody asked for");
    }
    promptLogprobs.addAll(Arrays.asList(rows));
  }

  /** Marks the prompt as computed, the first time only, and hands its logprobs out. */
  void completePrompt() {
    isPromptDone = true;
    if (promptLogprobs != null) {
      Invariant.check(
          promptLogprobs.size() == numPromptTokens,
          "a score per prompt token",
          promptLogprobs.size(),
          numPromptTokens);
      sink.onPromptScored(Collections.unmodifiableList(promptLogprobs));
    }
  }

  /** Storage doubles, up to what max_tokens allows. */
  private void reserve(int length) {
    if (length > tokenIds.length) {
      int maxTokens = numPromptTokens + sampling().maxTokens();
      long doubled = Math.max(length, numTokens + 2L * numOutputTokens());
      tokenIds = Arrays.copyOf(tokenIds, (int) Math.min(maxTokens, doubled));
    }
  }

  void append(int tokenId, long nowNanos) {
    reserve(numTokens + 1);
    tokenIds[numTokens++] = tokenId;
    if (firstTokenNanos == 0) {
      firstTokenNanos = nowNanos;
    } else if (lastTokenNanos != nowNanos) {
      tokensBeforeNanos = lastTokenNanos;
    }
    lastTokenNanos = nowNanos;
  }

  /** Whether the step that ended now gave it its first token. */
  public boolean hasFirstTokenAt(long nowNanos) {
    return firstTokenNanos == nowNanos;
  }

  /** Time between the step that ended now and the one that gave it tokens before; 0 if none did. */
  public long nanosBetweenTokens(long nowNanos) {
    boolean hasTwo = lastTokenNanos == nowNanos && tokensBeforeNanos != 0;
    return hasTwo ? nowNanos - tokensBeforeNanos : 0;
  }

  public long arrivalNanos() {
    return arrivalNanos;
  }

  /** Counts and times so far. */
  public RequestStats stats() {
    return new RequestStats(
        numPromptTokens,
        numOutputTokens(),
        numCachedTokens(),
        preemptions.stats(),
        receivedNanos(),
        arrivalNanos,
        firstScheduledNanos,
        firstTokenNanos,
        lastTokenNanos);
  }
}
