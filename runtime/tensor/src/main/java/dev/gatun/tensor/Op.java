package dev.gatun.tensor;

/** One value per method of {@link Ops}; used to ask {@link Backend#supports}. */
public enum Op {
  EMBED,
  RMS_NORM,
  ADD_RMS_NORM,
  LAYER_NORM,
  LINEAR,
  QK_NORM,
  ROPE,
  STORE_KV,
  PAGED_ATTENTION,
  GATED_ACTIVATION,
  ACTIVATION,
  ADD,
  GATHER_ROWS,
  COPY_BLOCKS
}
