package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;

/** A call of the driver or of a library beside it failed. */
final class CudaException extends BackendException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final boolean isSticky;

  /**
   * Names the failed call.
   *
   * @param isSticky whether every later call on the device fails, too
   */
  CudaException(String function, int code, String name, String meaning, boolean isSticky) {
    super(
        "%s returned %d, %s: %s%s"
            .formatted(
                function,
                code,
                name,
                meaning,
                isSticky ? "; the device is lost to this process, which must be restarted" : ""));
    this.code = code;
    this.isSticky = isSticky;
  }

  int code() {
    return code;
  }

  /** Whether the context is broken: nothing that lies on the device can be used again. */
  boolean isSticky() {
    return isSticky;
  }
}
