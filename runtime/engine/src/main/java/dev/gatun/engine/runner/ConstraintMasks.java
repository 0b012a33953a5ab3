package dev.gatun.engine.runner;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that constrained sequences allow, found by a few threads while the forward pass of a
 * step runs. For each step: {@link #start}, {@link #await}, then per sampled sequence {@link
 * #isKnown}, {@link #mask} and {@link #accept} or {@link #endWithoutToken}; between the drafts of a
 * sequence {@link #refill}. Called by the thread that computes steps, in their order, so that a
 * matcher has taken the tokens of one step when the next one starts.
 *
 * <p>Storage for all masks is claimed at start, nothing per token. What a constraint throws fails
 * its request alone.
 */
final class ConstraintMasks implements AutoCloseable {
  /** Not a constrained sequence. */
  private static final int NO_TASK = -1;

  private final MaskThreads threads;

  /** By sequence of the plan: its place in the arrays that follow. */
  private final int[] taskOfSequence;

  private final long[][] masks;
  private final @Nullable TokenMatcher[] matchers;
  private final @Nullable RequestState[] requests;
  private final @Nullable ServingException[] failures;
  private int numTasks;

  /** Claims storage and starts the threads. */
  ConstraintMasks(int maxNumSeqs, int vocabSize) {
    taskOfSequence = new int[maxNumSeqs];
    masks = new long[maxNumSeqs][Math.ceilDiv(vocabSize, Long.SIZE)];
    matchers = new TokenMatcher[maxNumSeqs];
    requests = new RequestState[maxNumSeqs];
    failures = new ServingException[maxNumSeqs];
    // A known mask takes a microsecond; more threads are for batches of many new constraints.
    int numThreads = Math.clamp(Runtime.getRuntime().availableProcessors() / 4, 1, 4);
    threads = new MaskThreads(numThreads, this::fill);
  }

  /** Starts finding the masks of the sequences that the plan samples. */
  void start(StepPlan plan) {
    forgetLast();
    for (int i = 0; i < plan.numSequences(); i++) {
      RequestState request = plan.request(i);
      TokenMatcher matcher = plan.isSampled(i) ? request.matcher() : null;
      // A request that ended in the step before may be in the plan once more; what it samples is
      // thrown away. One whose constraint allows the empty text alone has its end still to come.
      int outputIndex = plan.endPosition(i) - plan.numDrafts(i) - request.numPromptTokens();
      boolean hasMask = matcher != null && !(matcher.hasEnded() && outputIndex > 0);
      taskOfSequence[i] = hasMask ? numTasks : NO_TASK;
      if (hasMask) {
        matchers[numTasks] = matcher;
        requests[numTasks] = request;
        numTasks++;
      }
    }
    threads.start(numTasks);
  }

  private void forgetLast() {
    for (int task = 0; task < numTasks; task++) {
      matchers[task] = null;
      requests[task] = null;
      failures[task] = null;
    }
    numTasks = 0;
  }

  /** On a mask thread, or on the runner's when it waits. */
  private void fill(int task) {
    TokenMatcher matcher = present(matchers[task]);
    RequestState request = present(requests[task]);
    long[] mask = masks[task];
    try {
      matcher.fillMask(mask);
      if (matcher.isComplete()) {
        markStopTokens(mask, request.sampling().stopTokenIds());
      }
    } catch (ServingException e) {
      failures[task] = e;
    } catch (RuntimeException e) {
      failures[task] = broken(request, e);
    }
  }

  /** A complete text may end with the stop tokens of its request as with the model's own. */
  private static void markStopTokens(long[] mask, int[] stopTokenIds) {
    for (int id : stopTokenIds) {
      if (id >= 0 && id / Long.SIZE < mask.length) {
        mask[id / Long.SIZE] |= 1L << id;
      }
    }
  }

  private static ServingException broken(RequestState request, RuntimeException cause) {
    return new ServingException(
        ErrorCode.INTERNAL,
        "the constraint of request " + request.requestId() + " failed: " + cause,
        cause);
  }

  /** Helps with what nobody has begun, then waits for the rest. */
  void await() {
    threads.await();
  }

  /** False if the mask of sequence i of the plan could not be found; then it has been failed. */
  boolean isKnown(int i, StepResult result) {
    int task = taskOfSequence[i];
    ServingException failure = task == NO_TASK ? null : failures[task];
    if (failure != null) {
      result.fail(i, failure);
    }
    return failure == null;
  }

  /**
   * Finds the mask behind a draft that was accepted, on this thread: before the step nobody knows
   * how far drafts get, and storage for all of them would be many times as much.
   *
   * @return false if the sequence has ended or failed by that draft
   */
  boolean refill(int i, StepResult result) {
    int task = taskOfSequence[i];
    if (task == NO_TASK) {
      return true;
    }
    if (present(matchers[task]).hasEnded() || result.hasFailed(i)) {
      return false;
    }
    fill(task);
    return true;
  }

  /**
   * Bits of the tokens that sequence i may go on with, null for all; valid until the next start.
   */
  long @Nullable [] mask(int i) {
    int task = taskOfSequence[i];
    return task == NO_TASK ? null : masks[task];
  }

  /** Takes the token chosen for sequence i, and ends the sequence if nothing may follow it. */
  void accept(int i, int tokenId, StepResult result) {
    int task = taskOfSequence[i];
    if (task == NO_TASK) {
      return;
    }
    TokenMatcher matcher = present(matchers[task]);
    RequestState request = present(requests[task]);
    try {
      if (matcher.accept(tokenId)) {
        if (matcher.hasEnded()) {
          result.end(i);
        }
      } else if (!contains(request.sampling().stopTokenIds(), tokenId)) {
        result.fail(
            i,
            "request %s: token %d was chosen against its constraint"
                .formatted(request.requestId(), tokenId));
      }
    } catch (ServingException e) {
      result.fail(i, e);
    } catch (RuntimeException e) {
      result.fail(i, broken(request, e));
    }
  }

  /**
   * No token is left for sequence i: its constraint and its other rules exclude each other. A text
   * that is complete ends, where the end-of-sequence tokens are what was excluded or the model has
   * none; any other fails.
   */
  void endWithoutToken(int i, RequestState request, int outputIndex, StepResult result) {
    int task = taskOfSequence[i];
    if (task == NO_TASK) {
      result.fail(i, "request " + request.requestId() + " masks every token of the vocabulary");
    } else if (present(matchers[task]).isComplete()) {
      result.end(i);
    } else {
      result.fail(
          i,
          ServingException.invalid(
              ("request %s: no token is left after %d output tokens; what its constraint allows"
                      + " next is not in the vocabulary, or forbidden by allowed_token_ids,"
                      + " bad_words or logit_bias")
                  .formatted(request.requestId(), outputIndex)));
    }
  }

  private static boolean contains(int[] ids, int tokenId) {
    for (int id : ids) {
      if (id == tokenId) {
        return true;
      }
    }
    return false;
  }

  private <T> T present(@Nullable T entry) {
    if (entry == null) {
      throw new IllegalStateException("no constrained sequence among " + numTasks);
    }
    return entry;
  }

  /** Stops the threads. */
  @Override
  public void close() {
    threads.close();
  }
}
