package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.Arrays;

/**
 * The argument of a kernel, or what one points to: a struct of {@code native/cuda/args.h}, fields
 * in its order. Pointers are device addresses. Immutable.
 */
final class KernelStruct {
  static final KernelStruct EMBED =
      struct("EmbedArgs")
          .longs("out", "table", "ids", "out_stride")
          .ints("rows", "hidden_size", "table_type")
          .floats("scale");
  static final KernelStruct GATHER_ROWS =
      struct("GatherRowsArgs")
          .longs("out", "x", "indices", "out_stride", "x_stride")
          .ints("rows", "size");
  static final KernelStruct NORM =
      struct("NormArgs")
          .longs("out", "x", "residual", "weight", "bias")
          .longs("out_stride", "x_stride", "residual_stride")
          .ints("rows", "size", "weight_type", "bias_type")
          .floats("weight_offset", "eps");
  static final KernelStruct QK_NORM =
      struct("QkNormArgs")
          .longs("heads", "weight", "stride")
          .ints("rows", "num_heads", "head_dim", "weight_type")
          .floats("weight_offset", "eps");
  static final KernelStruct ROPE =
      struct("RopeArgs")
          .longs("heads", "cos_sin", "positions", "stride")
          .ints("rows", "num_heads", "head_dim", "rotary_dim");
  static final KernelStruct STORE_KV =
      struct("StoreKvArgs")
          .longs("keys", "values", "k", "v", "slots", "k_stride", "v_stride", "block_stride")
          .ints("rows", "num_kv_heads", "head_dim", "block_size", "cache_type", "padding");
  static final KernelStruct ROPE_STORE_KV =
      struct("RopeStoreKvArgs")
          .longs("keys", "values", "qkv", "cos_sin", "positions", "slots", "stride")
          .longs("block_stride")
          .ints("rows", "num_heads", "num_kv_heads", "head_dim", "rotary_dim", "block_size")
          .ints("cache_type", "padding");
  static final KernelStruct ELEMENTWISE =
      struct("ElementwiseArgs")
          .longs("out", "x", "y", "out_stride", "x_stride", "y_stride")
          .ints("rows", "size", "function", "padding");
  static final KernelStruct LINEAR =
      struct("LinearArgs")
          .longs("x", "weight", "scales", "zeros", "bias", "out", "workspace")
          .longs("x_stride", "weight_stride", "out_stride")
          .ints("rows", "in_features", "out_features", "partition_length", "splits")
          .ints("group_size", "weight_type", "scale_type", "out_type", "padding");
  static final KernelStruct GATHER_COLUMNS =
      struct("GatherColumnsArgs")
          .longs("out", "x", "columns", "out_stride", "x_stride")
          .ints("rows", "size");
  static final KernelStruct QUANTIZE =
      struct("QuantizeArgs").longs("out", "x", "out_stride", "x_stride").ints("rows", "size");
  static final KernelStruct ATTENTION =
      struct("AttentionArgs")
          .longs("out", "q", "keys", "values", "query_start", "context_lens", "block_tables")
          .longs("tiles", "sinks", "partial_sums", "partial_stats")
          .longs("out_stride", "q_stride", "block_stride")
          .ints("num_heads", "num_kv_heads", "head_dim", "block_size", "max_blocks", "window")
          .ints("cache_type", "sink_type", "num_splits", "max_partitions")
          .floats("scale", "soft_cap");
  static final KernelStruct COPY_BLOCKS =
      struct("CopyBlocksArgs")
          .longs("buffers", "pairs", "block_bytes")
          .ints("num_pairs", "num_buffers");

  static final KernelStruct SAMPLE =
      struct("SampleArgs")
          .longs("logits", "scores", "weights", "params", "masks", "edits", "counts", "results")
          .longs("tops", "stride")
          .ints("rows", "first_row", "vocab_size", "max_top");

  /** What rows of {@link #SAMPLE} point to. */
  static final KernelStruct SAMPLE_ROW =
      struct("SampleRow")
          .longs("seed")
          .ints("row", "target", "output_index", "mask", "first_edit", "num_edits")
          .ints("first_count", "num_counts", "top_k", "num_top")
          .floats("temperature", "top_p", "min_p", "repetition_penalty")
          .floats("frequency_penalty", "presence_penalty");

  static final KernelStruct SAMPLE_EDIT = struct("SampleEdit").ints("id").floats("value");
  static final KernelStruct SAMPLE_COUNT = struct("SampleCount").ints("id", "num_output");
  static final KernelStruct SAMPLE_RESULT =
      struct("SampleResult").longs("mass").ints("token", "rank").floats("logit", "largest");
  static final KernelStruct SAMPLE_TOP = struct("SampleTop").ints("id").floats("logit");

  private final StructLayout layout;

  private KernelStruct(StructLayout layout) {
    this.layout = layout;
  }

  /** A struct of kernels that are not among those of args.h. */
  static KernelStruct of(StructLayout layout) {
    return new KernelStruct(layout);
  }

  private static KernelStruct struct(String name) {
    return new KernelStruct(MemoryLayout.structLayout().withName(name));
  }

  private KernelStruct longs(String... fields) {
    return with(JAVA_LONG, fields);
  }

  private KernelStruct ints(String... fields) {
    return with(JAVA_INT, fields);
  }

  private KernelStruct floats(String... fields) {
    return with(JAVA_FLOAT, fields);
  }

  private KernelStruct with(MemoryLayout type, String... fields) {
    MemoryLayout[] old = layout.memberLayouts().toArray(MemoryLayout[]::new);
    MemoryLayout[] all = Arrays.copyOf(old, old.length + fields.length);
    for (int i = 0; i < fields.length; i++) {
      all[old.length + i] = type.withName(fields[i]);
    }
    return new KernelStruct(MemoryLayout.structLayout(all).withName(layout.name().orElseThrow()));
  }

  /** Byte offset of a field. */
  long offset(String field) {
    return CudaLayouts.offset(layout, field);
  }

  long bytes() {
    return layout.byteSize();
  }

  StructLayout layout() {
    return layout;
  }

  String name() {
    return layout.name().orElseThrow();
  }
}
