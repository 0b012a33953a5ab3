package dev.gatun.server.text;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.GrammarCache;
import dev.gatun.model.grammar.GrammarCompiler;
import dev.gatun.model.grammar.GrammarException;
import dev.gatun.model.grammar.TokenTrie;
import dev.gatun.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the constraints of requests for one model, on the threads of their calls. Thread-safe.
 * The vocabulary is prepared with the first constraint (about 1 s for 150,000 tokens in a cold
 * JVM), so that a server which is never asked for one pays nothing.
 */
public final class ConstraintCompiler {
  /** Grammars kept; each holds some MB, and up to about 100 MB where a client is out for it. */
  private static final int MAX_GRAMMARS = 32;

  /** How long a request waits for others that compile. */
  private static final long MAX_WAIT_SECONDS = 10;

  private final Tokenizer tokenizer;
  private final int vocabSize;
  private final int[] eosTokenIds;
  private final ReentrantLock cacheLock = new ReentrantLock();

  /** Compiling is pure computation: some cores are left to the calls that stream tokens. */
  private final Semaphore slots =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

  private volatile @Nullable GrammarCache cache;

  /**
   * Costs nothing yet.
   *
   * @param vocabSize of the engine; the tokenizer may have more tokens or fewer
   * @param eosTokenIds the tokens that end a text which is complete; none is possible too
   */
  public ConstraintCompiler(Tokenizer tokenizer, int vocabSize, int[] eosTokenIds) {
    this.tokenizer = tokenizer;
    this.vocabSize = vocabSize;
    int numTokens = Math.min(vocabSize, tokenizer.vocabSize());
    this.eosTokenIds = Arrays.stream(eosTokenIds).filter(id -> id < numTokens).toArray();
  }

  /**
   * The constraint as the engine takes it, from the cache if it was used lately.
   *
   * @param path of the constraint in the request, for messages
   * @throws ServingException INVALID_ARGUMENT with the place of what is malformed, not supported or
   *     beyond a limit; UNSUPPORTED if the tokenizer does not allow any constraint; OVERLOADED if
   *     too many others compile
   */
  public TokenConstraint compile(String path, Constraint constraint) {
    try {
      return new GrammarConstraint(path, cache().get(constraint, this::runInSlot).join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof GrammarException refused) {
        throw new ServingException(
            ErrorCode.INVALID_ARGUMENT, path + " cannot be used: " + refused.getMessage(), path);
      }
      if (e.getCause() instanceof RejectedExecutionException) {
        throw new ServingException(
            ErrorCode.OVERLOADED,
            "%s was not compiled: other constraints took more than %d s; try again later"
                .formatted(path, MAX_WAIT_SECONDS),
            path);
      }
      throw e;
    }
  }

  private void runInSlot(Runnable compilation) {
    try {
      if (!slots.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new RejectedExecutionException("no slot");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RejectedExecutionException(e);
    }
    try {
      compilation.run();
    } finally {
      slots.release();
    }
  }

  private GrammarCache cache() {
    GrammarCache made = cache;
    if (made != null) {
      return made;
    }
    cacheLock.lock();
    try {
      made = cache;
      if (made == null) {
        TokenTrie trie = TokenTrie.of(tokenizer, vocabSize, eosTokenIds);
        made = new GrammarCache(new GrammarCompiler(trie), MAX_GRAMMARS);
        cache = made;
      }
      return made;
    } catch (GrammarException e) {
      throw new ServingException(ErrorCode.UNSUPPORTED, String.valueOf(e.getMessage()), e);
    } finally {
      cacheLock.unlock();
    }
  }
}
