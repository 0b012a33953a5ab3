package dev.gatun.model.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The states of one automaton that were met so far: the automaton is determinised while it is used,
 * since only a tiny part of its states is ever met.
 *
 * <p>Shared by the matchers of a grammar. Known successors are read without a lock; whatever adds
 * to the cache holds {@link #lock}. When the cache is full, states are still made but not kept; the
 * owner then starts a new one and {@link #adopt}s what the matchers hold.
 */
final class StateCache {

  /** A bound on frames, which cannot be forgotten one by one; 40 bytes each. */
  private static final int MAX_FRAMES = 500_000;

  final ReentrantLock lock = new ReentrantLock();
  private final Automaton automaton;
  private final Map<State.Key, State> states = new HashMap<>();
  private final Map<Long, Frame> frames = new HashMap<>();
  private final Closure closure;
  private final State start;
  private long maskBytes;
  private long numPositions;

  StateCache(Automaton automaton) {
    this.automaton = automaton;
    this.closure = new Closure(automaton, this);
    lock.lock();
    try {
      closure.begin();
      closure.add(automaton.ruleStarts()[Rules.ROOT], Frame.BOTTOM);
      this.start = intern(closure.finish());
    } finally {
      lock.unlock();
    }
  }

  State start() {
    return start;
  }

  Automaton automaton() {
    return automaton;
  }

  /** Whether it is time to replace this cache. Read without the lock, as a hint. */
  boolean isFull() {
    return states.size() >= GrammarLimits.MAX_CACHED_STATES
        || frames.size() >= MAX_FRAMES / 2
        || numPositions >= GrammarLimits.MAX_CACHED_POSITIONS
        || maskBytes >= GrammarLimits.MAX_CACHED_MASK_BYTES;
  }

  void addMaskBytes(long bytes) {
    maskBytes += bytes;
  }

  /** Starts counting the work of one mask or token anew; throws when the bound is passed later. */
  void beginWork() {
    closure.resetWork();
  }

  /** The state after a byte of {@code byteClass}; the caller holds the lock. */
  State step(State state, int byteClass) {
    State known = state.next[byteClass];
    if (known != null) {
      return known;
    }
    closure.begin();
    for (int i = 0; i < state.nodes.length; i++) {
      int node = state.nodes[i];
      for (int e = automaton.byteStarts()[node]; e < automaton.byteStarts()[node + 1]; e++) {
        if (automaton.byteFirst()[e] <= byteClass && byteClass <= automaton.byteLast()[e]) {
          closure.add(automaton.byteTargets()[e], state.frames[i]);
        }
      }
    }
    State made = intern(closure.finish());
    // A full cache must not grow through the successors of the states that it holds.
    if (!isFull()) {
      state.next[byteClass] = made;
    }
    return made;
  }

  /** {@code state} without what lies under all its positions; the caller holds the lock. */
  State localOf(State state) {
    State known = state.local;
    if (known != null) {
      return known;
    }
    Frame base = baseOf(state);
    State made = state;
    if (base != Frame.BOTTOM) {
      Map<Frame, Frame> moved = new HashMap<>();
      moved.put(base, Frame.BOTTOM);
      made = moved(state, moved);
    }
    state.local = made;
    return made;
  }

  /** The largest stack under all positions: a text that returns from it leaves the local state. */
  static Frame baseOf(State state) {
    Frame known = state.base;
    if (known != null) {
      return known;
    }
    Frame base = Frame.BOTTOM;
    if (!state.canEnd && state.nodes.length > 0) {
      base = state.frames[0];
      for (Frame frame : state.frames) {
        base = Frame.common(base, frame);
      }
    }
    state.base = base;
    return base;
  }

  /** The same state in this cache, for one of another cache of the same automaton. */
  State adopt(State foreign) {
    lock.lock();
    try {
      Map<Frame, Frame> moved = new HashMap<>();
      moved.put(Frame.BOTTOM, Frame.BOTTOM);
      return moved(foreign, moved);
    } finally {
      lock.unlock();
    }
  }

  /** Puts the stacks of {@code state} onto other bottoms. Positions are already closed. */
  private State moved(State state, Map<Frame, Frame> moved) {
    closure.begin();
    for (int i = 0; i < state.nodes.length; i++) {
      closure.add(state.nodes[i], moved(state.frames[i], moved));
    }
    if (state.canEnd) {
      closure.markEnd();
    }
    return intern(closure.finish());
  }

  private Frame moved(Frame frame, Map<Frame, Frame> moved) {
    Frame known = moved.get(frame);
    if (known == null) {
      known = push(frame.returnNode, moved(frame.parent(), moved));
      moved.put(frame, known);
    }
    return known;
  }

  /** The stack with one more call open; the caller holds the lock. */
  Frame push(int returnNode, Frame parent) {
    long key = (long) returnNode << 32 | parent.id;
    Frame frame = frames.get(key);
    if (frame == null) {
      GrammarException.checkLimit("stacks of the grammar", frames.size() + 1L, MAX_FRAMES);
      frame = new Frame(frames.size() + 1, returnNode, parent);
      frames.put(key, frame);
    }
    return frame;
  }

  private State intern(Closure.Result result) {
    State.Key key = new State.Key(result.positions(), result.canEnd());
    State known = states.get(key);
    if (known != null) {
      return known;
    }
    int[] nodes = new int[key.positions().length];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = (int) (key.positions()[i] >>> 32);
    }
    State state =
        new State(
            nodes,
            Arrays.copyOf(result.frames(), nodes.length),
            key.canEnd(),
            result.reach(),
            automaton.numClasses());
    if (!isFull()) {
      states.put(key, state);
      numPositions += nodes.length;
    }
    return state;
  }
}
