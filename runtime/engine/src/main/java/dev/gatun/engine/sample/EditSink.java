package dev.gatun.engine.sample;

/** Takes what changes a row of logits, token by token; see {@link RowEdits}. */
public interface EditSink {

  /**
   * Adds to a token's logit.
   *
   * @param value a bias, or negative infinity
   * @return false if there is no room
   */
  boolean shift(int tokenId, float value);

  /**
   * Names a token that penalties concern.
   *
   * @param numOutput times that the output holds it, 0 if the prompt alone does
   * @return false if there is no room
   */
  boolean count(int tokenId, int numOutput);
}
