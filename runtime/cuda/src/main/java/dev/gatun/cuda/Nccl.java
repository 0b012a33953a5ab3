package dev.gatun.cuda;

import static dev.gatun.cuda.CFunction.status;
import static dev.gatun.cuda.CudaLayouts.NCCL_UNIQUE_ID;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * NCCL, for models that are spread over devices; bound like {@link CudaDriver}. Buffers are device
 * addresses, counts are elements; collectives are queued on a stream. One thread at a time.
 */
final class Nccl {
  static final String FILE_NAME = "libnccl.so.2";

  static final CFunction ncclGetVersion = status("ncclGetVersion", ADDRESS);
  static final CFunction ncclGetUniqueId = status("ncclGetUniqueId", ADDRESS);
  static final CFunction ncclCommInitRank =
      status("ncclCommInitRank", ADDRESS, JAVA_INT, NCCL_UNIQUE_ID, JAVA_INT);
  static final CFunction ncclCommDestroy = status("ncclCommDestroy", JAVA_LONG);
  static final CFunction ncclCommAbort = status("ncclCommAbort", JAVA_LONG);
  static final CFunction ncclCommGetAsyncError =
      status("ncclCommGetAsyncError", JAVA_LONG, ADDRESS);
  static final CFunction ncclAllReduce =
      status(
          "ncclAllReduce",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG);
  static final CFunction ncclAllGather =
      status("ncclAllGather", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final CFunction ncclSend =
      status("ncclSend", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final CFunction ncclRecv =
      status("ncclRecv", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final CFunction ncclGroupStart = status("ncclGroupStart");
  static final CFunction ncclGroupEnd = status("ncclGroupEnd");
  static final CFunction ncclGetErrorString =
      CFunction.of("ncclGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  static final int INT32 = 2;
  static final int FLOAT16 = 6;
  static final int FLOAT32 = 7;
  static final int BFLOAT16 = 9;
  static final int SUM = 0;

  private final NativeLibrary library;
  private final MemorySegment out = Arena.ofAuto().allocate(16, 16);

  Nccl(NativeLibrary library) {
    this.library = library;
  }

  /** As the library counts: 22307 is 2.23.7. */
  int version() {
    call(ncclGetVersion, out);
    return out.get(ValueLayout.JAVA_INT, 0);
  }

  /** A name for a new communicator, to be told to all its ranks. */
  MemorySegment uniqueId(Arena arena) {
    MemorySegment id = arena.allocate(NCCL_UNIQUE_ID);
    call(ncclGetUniqueId, id);
    return id;
  }

  /** Joins a communicator; returns when all ranks have. */
  long join(int numRanks, MemorySegment uniqueId, int rank) {
    call(ncclCommInitRank, out, numRanks, uniqueId, rank);
    return out.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Calls a function that returns a status. */
  void call(CFunction function, Object... arguments) {
    int status = library.status(function, arguments);
    if (status != 0) {
      throw new CudaException(function.name(), status, "ncclResult_t", meaning(status), false);
    }
  }

  // The string is static memory of the library and ends with a zero.
  @SuppressWarnings("restricted")
  private String meaning(int status) {
    try {
      MemorySegment text =
          (MemorySegment)
              ncclGetErrorString.handle().invokeExact(library.address(ncclGetErrorString), status);
      return text.reinterpret(512).getString(0);
    } catch (Throwable e) {
      throw ncclGetErrorString.broken(e);
    }
  }
}
