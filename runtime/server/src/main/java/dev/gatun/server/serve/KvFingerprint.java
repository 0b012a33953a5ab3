package dev.gatun.server.serve;

import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * What tells the KV of this model from that of any other, the same on every replica: SHA-256 over
 * the shape and type of the cache, how weights and inputs are rounded, and the fingerprint of the
 * model. Processors are not in it: their instruction sets differ in the last bits.
 */
final class KvFingerprint {
  private KvFingerprint() {}

  /**
   * Computes it; touches one page per tensor.
   *
   * @param rounding of plain weights while they are loaded
   * @param linearInputs type of the inputs of linear layers
   * @param inputRoundings to what they are rounded where layers were made for it
   * @throws dev.gatun.model.ModelLoadException if config.json cannot be read
   */
  static byte[] of(
      ModelDirectory directory,
      KvCacheShape kvCache,
      WeightRounding rounding,
      DType linearInputs,
      List<InputRounding> inputRoundings) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String arithmetic = kvCache + " " + rounding + " " + linearInputs + inputRoundings;
      digest.update(arithmetic.getBytes(StandardCharsets.UTF_8));
      directory.fingerprint(digest);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
