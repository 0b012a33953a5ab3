package dev.gatun.model.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Turns the expressions of {@link Rules} into the nodes and edges of an {@link Automaton}. */
final class AutomatonBuilder {

  private final Rules rules;
  private final EdgeList steps = new EdgeList();
  private final EdgeList calls = new EdgeList();
  private final EdgeList bytes = new EdgeList();
  private final Utf8Edges utf8 = new Utf8Edges(this);
  private int numNodes;

  private AutomatonBuilder(Rules rules) {
    this.rules = rules;
  }

  /**
   * @throws GrammarException when the automaton would be too large, a rule calls itself before it
   *     takes a character, or no text is accepted
   */
  static Automaton build(Rules rules) {
    return new AutomatonBuilder(rules).build();
  }

  private Automaton build() {
    int[] ruleStarts = new int[rules.size()];
    int[] ruleEnds = new int[rules.size()];
    for (int rule = 0; rule < rules.size(); rule++) {
      ruleStarts[rule] = node();
      ruleEnds[rule] = node();
    }
    for (int rule = 0; rule < rules.size(); rule++) {
      add(rules.body(rule), ruleStarts[rule], ruleEnds[rule]);
    }
    boolean[] isEnd = new boolean[numNodes];
    for (int end : ruleEnds) {
      isEnd[end] = true;
    }
    int[] classOfByte = new int[256];
    int numClasses = bytes.classify(classOfByte);
    EdgeList.Table step = steps.table(numNodes);
    EdgeList.Table call = calls.table(numNodes);
    EdgeList.Table byByte = bytes.table(numNodes);
    for (int i = 0; i < byByte.targets().length; i++) {
      byByte.first()[i] = classOfByte[byByte.first()[i]];
      byByte.last()[i] = classOfByte[byByte.last()[i]];
    }
    Automaton automaton =
        new Automaton(
            classOfByte,
            numClasses,
            ruleStarts,
            isEnd,
            new int[numNodes],
            step.starts(),
            step.targets(),
            call.starts(),
            call.first(),
            call.targets(),
            byByte.starts(),
            byByte.first(),
            byByte.last(),
            byByte.targets());
    LeftRecursion.refuse(automaton, rules);
    RuleHeights.fill(automaton);
    int height = automaton.heights()[ruleStarts[Rules.ROOT]];
    if (height == Automaton.UNREACHABLE) {
      throw new GrammarException(
          "no text is accepted: rule '" + rules.name(Rules.ROOT) + "' can never come to its end");
    }
    GrammarException.checkLimit("rules inside rules", height, GrammarLimits.MAX_STACK_DEPTH);
    return automaton;
  }

  int node() {
    GrammarException.checkLimit("nodes of the automaton", numNodes + 1L, GrammarLimits.MAX_NODES);
    return numNodes++;
  }

  void addByteEdge(int from, int firstByte, int lastByte, int to) {
    bytes.add(from, firstByte, lastByte, to);
  }

  /** Connects two nodes by whatever {@code expression} accepts. */
  private void add(Expression expression, int from, int to) {
    switch (expression) {
      case Expression.Text(String text) -> addText(text, from, to);
      case Expression.Characters(CodePoints set) -> utf8.add(set, from, to);
      case Expression.Sequence(List<Expression> parts) -> addSequence(parts, from, to);
      case Expression.Alternatives(List<Expression> options) -> {
        for (Expression option : options) {
          add(option, from, to);
        }
      }
      case Expression.Repetition repetition -> addRepetition(repetition, from, to);
      case Expression.Call(int rule) -> calls.add(from, rule, 0, to);
      case Expression.Members members -> addMembers(members, from, to);
    }
  }

  private void addText(String text, int from, int to) {
    if (text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw new GrammarException("a literal holds an unpaired surrogate, which no text can");
    }
    byte[] utf8Bytes = text.getBytes(StandardCharsets.UTF_8);
    int at = from;
    for (int i = 0; i < utf8Bytes.length; i++) {
      int next = i == utf8Bytes.length - 1 ? to : node();
      addByteEdge(at, utf8Bytes[i] & 0xFF, utf8Bytes[i] & 0xFF, next);
      at = next;
    }
    if (utf8Bytes.length == 0) {
      steps.add(from, 0, 0, to);
    }
  }

  private void addSequence(List<Expression> parts, int from, int to) {
    int at = from;
    for (int i = 0; i < parts.size(); i++) {
      int next = i == parts.size() - 1 ? to : node();
      add(parts.get(i), at, next);
      at = next;
    }
    if (parts.isEmpty()) {
      steps.add(from, 0, 0, to);
    }
  }

  private void addRepetition(Expression.Repetition repetition, int from, int to) {
    int at = from;
    for (int i = 0; i < repetition.min(); i++) {
      int next = node();
      add(repetition.body(), at, next);
      at = next;
    }
    if (repetition.max() == Expression.UNBOUNDED) {
      // A node of its own: edges back to `from` would open what stands beside this repetition.
      int loop = node();
      steps.add(at, 0, 0, loop);
      add(repetition.body(), loop, loop);
      at = loop;
    } else {
      for (int i = repetition.min(); i < repetition.max(); i++) {
        int next = node();
        add(repetition.body(), at, next);
        steps.add(at, 0, 0, to);
        at = next;
      }
    }
    steps.add(at, 0, 0, to);
  }

  /**
   * Two rows of nodes, so that the size is linear in the members whichever are left out.
   *
   * <pre>
   *   before[0] ----> before[1] ----> before[2]     no member yet
   *       |               |               :
   *     body[0] ----.   body[1] ----.     :
   *       ^          \    ^          \    :
   *       | sep       v   | sep       v   :
   *   after[0]  ----> after[1]  ----> after[2]      separator comes first
   * </pre>
   */
  private void addMembers(Expression.Members members, int from, int to) {
    int before = from;
    int after = node();
    for (Expression.Member member : members.members()) {
      int body = node();
      int nextBefore = node();
      int nextAfter = node();
      steps.add(before, 0, 0, body);
      add(members.separator(), after, body);
      add(member.body(), body, nextAfter);
      if (!member.isRequired()) {
        steps.add(before, 0, 0, nextBefore);
        steps.add(after, 0, 0, nextAfter);
      }
      before = nextBefore;
      after = nextAfter;
    }
    steps.add(before, 0, 0, to);
    steps.add(after, 0, 0, to);
  }
}
