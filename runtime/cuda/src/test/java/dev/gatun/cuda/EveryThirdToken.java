package dev.gatun.cuda;

import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenMatcher;

/**
 * A constraint with masks that change: token n of the output has the remainder n of 3.
 *
 * @param length tokens after which the output is complete
 */
record EveryThirdToken(int length) implements TokenConstraint {

  @Override
  public TokenMatcher newMatcher() {
    return new Matcher(length);
  }

  private static final class Matcher implements TokenMatcher {
    private final int length;
    private int numAccepted;

    Matcher(int length) {
      this.length = length;
    }

    @Override
    public boolean fillMask(long[] mask) {
      for (int word = 0; word < mask.length; word++) {
        mask[word] = 0;
        for (int bit = 0; bit < Long.SIZE && numAccepted < length; bit++) {
          boolean isAllowed = (word * Long.SIZE + bit) % 3 == numAccepted % 3;
          mask[word] |= isAllowed ? 1L << bit : 0;
        }
      }
      return numAccepted < length;
    }

    @Override
    public boolean accept(int tokenId) {
      boolean isAllowed = tokenId % 3 == numAccepted % 3;
      numAccepted += isAllowed ? 1 : 0;
      return isAllowed;
    }

    @Override
    public boolean isComplete() {
      return numAccepted == length;
    }

    @Override
    public boolean hasEnded() {
      return numAccepted == length;
    }
  }
}
