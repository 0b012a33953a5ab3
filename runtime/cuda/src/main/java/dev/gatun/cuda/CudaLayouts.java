package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/** C structs of the libraries, named as there; a test compares them with the headers. */
final class CudaLayouts {
  /** cuda.h: how a kernel is launched. */
  static final StructLayout CU_LAUNCH_CONFIG =
      MemoryLayout.structLayout(
              JAVA_INT.withName("gridDimX"),
              JAVA_INT.withName("gridDimY"),
              JAVA_INT.withName("gridDimZ"),
              JAVA_INT.withName("blockDimX"),
              JAVA_INT.withName("blockDimY"),
              JAVA_INT.withName("blockDimZ"),
              JAVA_INT.withName("sharedMemBytes"),
              MemoryLayout.paddingLayout(4),
              JAVA_LONG.withName("hStream"),
              ADDRESS.withName("attrs"),
              JAVA_INT.withName("numAttrs"),
              MemoryLayout.paddingLayout(4))
          .withName("CUlaunchConfig");

  /** cuda.h: one attribute of a launch. */
  static final StructLayout CU_LAUNCH_ATTRIBUTE =
      MemoryLayout.structLayout(
              JAVA_INT.withName("id"),
              MemoryLayout.paddingLayout(4),
              MemoryLayout.sequenceLayout(64, JAVA_BYTE).withName("value"))
          .withName("CUlaunchAttribute");

  /** cublasLt.h: an algorithm with its configuration, opaque. */
  static final StructLayout CUBLASLT_ALGO =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(8, JAVA_LONG).withName("data"))
          .withName("cublasLtMatmulAlgo_t");

  /** cublasLt.h: one answer of the heuristic. */
  static final StructLayout CUBLASLT_HEURISTIC =
      MemoryLayout.structLayout(
              CUBLASLT_ALGO.withName("algo"),
              JAVA_LONG.withName("workspaceSize"),
              JAVA_INT.withName("state"),
              JAVA_FLOAT.withName("wavesCount"),
              MemoryLayout.sequenceLayout(4, JAVA_INT).withName("reserved"))
          .withName("cublasLtMatmulHeuristicResult_t");

  /** nvml.h: memory of a device. */
  static final StructLayout NVML_MEMORY =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("total"), JAVA_LONG.withName("free"), JAVA_LONG.withName("used"))
          .withName("nvmlMemory_t");

  /** nvml.h: share of time that the device was busy, in percent. */
  static final StructLayout NVML_UTILIZATION =
      MemoryLayout.structLayout(JAVA_INT.withName("gpu"), JAVA_INT.withName("memory"))
          .withName("nvmlUtilization_t");

  /** nccl.h: what the ranks of a communicator agree on. */
  static final StructLayout NCCL_UNIQUE_ID =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(128, JAVA_BYTE).withName("internal"))
          .withName("ncclUniqueId");

  private CudaLayouts() {}

  /** Byte offset of a field. */
  static long offset(StructLayout layout, String field) {
    return layout.byteOffset(PathElement.groupElement(field));
  }
}
