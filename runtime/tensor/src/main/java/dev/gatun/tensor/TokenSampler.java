package dev.gatun.tensor;

/**
 * Chooses tokens from rows of logits where these lie, so that a few bytes per row come to the host
 * instead of the vocabulary. For each step: {@link #clear}; rows, each begun and then told what
 * changes it; {@link #run}; results by row. Allocates nothing. One thread at a time.
 *
 * <p>A row's scores are its logits, those without a bit in the mask at negative infinity, then
 * shifted by {@link #shift}, then for each token told to {@link #count}: divided by the repetition
 * penalty where above zero, else multiplied by it; and if the output holds it n > 0 times, less n
 * times the frequency penalty, less the presence penalty. All in float32, in this order. The
 * likeliest score wins, the lowest id of equals, where temperature is 0.
 *
 * <p>Else scores are divided by the temperature and weighed: exp(score - largest), rounded to a
 * multiple of 2^-35. In the order of descending scores, among equals of ascending ids, the first
 * topK are kept, of these the fewest that have topP of their weight, of these all whose weight is
 * at least minP. With u in [0, 1) a function of seed and output index, the token is the first by id
 * at which the sum of the kept weights exceeds u times their whole. Sums are exact for vocabularies
 * of up to 2^18 tokens, so the token is a function of the row alone.
 */
public interface TokenSampler {
  /** Every token of the row is masked. */
  int NO_TOKEN = -1;

  /** The logits of the row hold NaN, positive infinity or nothing finite. */
  int UNSOUND = -2;

  /** Largest {@link #top}. */
  int maxTop();

  /** Forgets the rows of the last step. */
  void clear();

  /**
   * Adds a row that is sampled: greedily, without penalties, until it is told otherwise.
   *
   * @param logitsRow row of the logits
   * @param seed of the random numbers
   * @param outputIndex of the token that is chosen
   * @return the row's number, one more than the last one's
   * @throws IllegalStateException beyond {@link SampleLimits#maxRows}
   */
  int beginSampled(int logitsRow, long seed, int outputIndex);

  /** Adds a row of which one token is scored and nothing sampled. */
  int beginScored(int logitsRow, int tokenId);

  /** Takes the row that was begun last back. */
  void dropRow();

  /** Draws the last row's token: temperature > 0; topK 0, topP 1 and minP 0 keep all. */
  void draw(float temperature, int topK, float topP, float minP);

  /** Penalties of the last row; 1, 0 and 0 are none. */
  void penalise(float repetition, float frequency, float presence);

  /**
   * Allows the last row some tokens alone.
   *
   * @param bits [ceil(vocabSize / 64)] bit {@code id % 64} of word {@code id / 64} allows a token;
   *     copied
   * @return false if there is no room for another mask
   */
  boolean mask(long[] bits);

  /**
   * Adds to a score of the last row; once per token.
   *
   * @param value a bias, or negative infinity
   * @return false if there is no room
   */
  boolean shift(int tokenId, float value);

  /**
   * Names a token of the last row's sequence; once per token.
   *
   * @param numOutput times that the output holds it, 0 if the prompt alone does
   * @return false if there is no room
   */
  boolean count(int tokenId, int numOutput);

  /**
   * Has the last row's token scored, and the likeliest ones of its logits as they are.
   *
   * @param count at most {@link #maxTop}
   */
  void top(int count);

  /**
   * Samples and scores all rows, behind the ops issued before, and waits for these and itself, as
   * {@link Backend#readRows} does; without rows it only waits.
   *
   * @param logits F32, a row {@code vocabSize} long
   */
  void run(Tensor logits);

  /** Token of a row, {@link #NO_TOKEN} or {@link #UNSOUND}; of a scored one the token given. */
  int token(int row);

  /** 1 more than the logits above the token's. This and what follows only of rows with a token. */
  int rank(int row);

  /** The token's logit. */
  float logit(int row);

  /** Largest logit of the row. */
  float largestLogit(int row);

  /** Sum over the row's logits of exp(logit - largest), each rounded to a multiple of 2^-35. */
  double mass(int row);

  /** The i-th likeliest token of the row, the lowest id of equals. */
  int topToken(int row, int i);

  /** The logit of {@link #topToken}. */
  float topLogit(int row, int i);
}
