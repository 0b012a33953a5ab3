package dev.gatun.model.grammar;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The grammars used last, each compiled once however many requests ask for it at the same time. For
 * all threads. Failures are not kept, so that they take no room from what works.
 */
public final class GrammarCache {

  private final GrammarCompiler compiler;
  private final int maxGrammars;
  private final ReentrantLock lock = new ReentrantLock();

  /** In the order of use; the first is the one used longest ago. */
  private final Map<Constraint, CompletableFuture<CompiledGrammar>> grammars =
      new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param maxGrammars how many are kept; each may hold {@link GrammarLimits#MAX_CACHED_MASK_BYTES}
   *     of masks and its states
   */
  public GrammarCache(GrammarCompiler compiler, int maxGrammars) {
    if (maxGrammars < 1) {
      throw new IllegalArgumentException("maxGrammars is " + maxGrammars + ", at least 1");
    }
    this.compiler = compiler;
    this.maxGrammars = maxGrammars;
  }

  /**
   * The grammar of {@code constraint}, compiled by this thread or by the one that asked first.
   *
   * @throws GrammarException as {@link GrammarCompiler#compile}
   */
  public CompiledGrammar get(Constraint constraint) {
    try {
      return get(constraint, Runnable::run).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof GrammarException refused) {
        throw refused;
      }
      throw e;
    }
  }

  /**
   * As {@link #get(Constraint)}, compiled on {@code executor} if nobody asked before. The future
   * fails with a {@link GrammarException} that {@link CompletionException} wraps.
   */
  public CompletableFuture<CompiledGrammar> get(Constraint constraint, Executor executor) {
    CompletableFuture<CompiledGrammar> made = new CompletableFuture<>();
    lock.lock();
    try {
      CompletableFuture<CompiledGrammar> known = grammars.putIfAbsent(constraint, made);
      if (known != null) {
        return known;
      }
      if (grammars.size() > maxGrammars) {
        var oldest = grammars.entrySet().iterator();
        oldest.next();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
    try {
      executor.execute(() -> compile(constraint, made));
    } catch (RejectedExecutionException e) {
      forget(constraint, made);
      made.completeExceptionally(e);
    }
    return made;
  }

  private void compile(Constraint constraint, CompletableFuture<CompiledGrammar> made) {
    try {
      made.complete(compiler.compile(constraint));
    } catch (RuntimeException | Error e) {
      // Whoever waits for the same grammar must not wait for ever.
      forget(constraint, made);
      made.completeExceptionally(e);
    }
  }

  private void forget(Constraint constraint, CompletableFuture<CompiledGrammar> made) {
    lock.lock();
    try {
      grammars.remove(constraint, made);
    } finally {
      lock.unlock();
    }
  }

  /** Grammars held now, those being compiled included. */
  public int size() {
    lock.lock();
    try {
      return grammars.size();
    } finally {
      lock.unlock();
    }
  }
}
