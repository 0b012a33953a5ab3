package dev.gatun.tensor;

import java.util.Optional;

/**
 * Makes one kind of backend; found through {@link java.util.ServiceLoader}. An absent library or
 * device is an absent feature with a sentence, never an exception from here.
 */
public interface BackendProvider {

  /** What the operator writes: {@code reference}, {@code cpu} or {@code cuda}. */
  String name();

  /** Why this machine cannot run the backend, as a sentence; empty if it can. */
  Optional<String> unavailableReason(BackendOptions options);

  /**
   * Opens the backend. Only called when {@link #unavailableReason} is empty.
   *
   * @throws BackendException if it cannot be opened after all
   */
  Backend open(BackendOptions options);
}
