package dev.gatun.cuda;

import static dev.gatun.cuda.CFunction.status;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * The CUDA driver API, as far as it is used. Constants are named like the functions of cuda.h and
 * hold the exported name, which differs where a function has a newer version. A status other than 0
 * becomes a {@link CudaException} with the function, the code and its name.
 *
 * <p>Device addresses and handles are longs. Calls that are part of a step allocate nothing. One
 * thread at a time: results pass through one piece of memory.
 */
final class CudaDriver {
  static final CFunction cuInit = status("cuInit", JAVA_INT);
  static final CFunction cuDriverGetVersion = status("cuDriverGetVersion", ADDRESS);
  static final CFunction cuDeviceGetCount = status("cuDeviceGetCount", ADDRESS);
  static final CFunction cuDeviceGet = status("cuDeviceGet", ADDRESS, JAVA_INT);
  static final CFunction cuDeviceGetName = status("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
  static final CFunction cuDeviceGetPCIBusId =
      status("cuDeviceGetPCIBusId", ADDRESS, JAVA_INT, JAVA_INT);
  static final CFunction cuDeviceGetAttribute =
      status("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
  static final CFunction cuDeviceTotalMem = status("cuDeviceTotalMem_v2", ADDRESS, JAVA_INT);
  static final CFunction cuDevicePrimaryCtxRetain =
      status("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
  static final CFunction cuDevicePrimaryCtxRelease =
      status("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
  static final CFunction cuCtxSetCurrent = status("cuCtxSetCurrent", JAVA_LONG);
  static final CFunction cuMemGetInfo = status("cuMemGetInfo_v2", ADDRESS, ADDRESS);
  static final CFunction cuMemAlloc = status("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
  static final CFunction cuMemFree = status("cuMemFree_v2", JAVA_LONG);
  static final CFunction cuMemHostAlloc = status("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
  static final CFunction cuMemFreeHost = status("cuMemFreeHost", JAVA_LONG);
  static final CFunction cuMemcpyHtoDAsync =
      status("cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
  static final CFunction cuMemcpyDtoHAsync =
      status("cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final CFunction cuMemcpyDtoDAsync =
      status("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final CFunction cuMemsetD8Async =
      status("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
  static final CFunction cuStreamCreate = status("cuStreamCreate", ADDRESS, JAVA_INT);
  static final CFunction cuStreamDestroy = status("cuStreamDestroy_v2", JAVA_LONG);
  static final CFunction cuStreamSynchronize = status("cuStreamSynchronize", JAVA_LONG);
  static final CFunction cuStreamQuery = status("cuStreamQuery", JAVA_LONG);
  static final CFunction cuStreamWaitEvent =
      status("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
  static final CFunction cuStreamBeginCapture =
      status("cuStreamBeginCapture_v2", JAVA_LONG, JAVA_INT);
  static final CFunction cuStreamEndCapture = status("cuStreamEndCapture", JAVA_LONG, ADDRESS);
  static final CFunction cuStreamIsCapturing = status("cuStreamIsCapturing", JAVA_LONG, ADDRESS);
  static final CFunction cuEventCreate = status("cuEventCreate", ADDRESS, JAVA_INT);
  static final CFunction cuEventDestroy = status("cuEventDestroy_v2", JAVA_LONG);
  static final CFunction cuEventRecord = status("cuEventRecord", JAVA_LONG, JAVA_LONG);
  static final CFunction cuEventQuery = status("cuEventQuery", JAVA_LONG);
  static final CFunction cuEventSynchronize = status("cuEventSynchronize", JAVA_LONG);
  static final CFunction cuEventElapsedTime =
      status("cuEventElapsedTime", ADDRESS, JAVA_LONG, JAVA_LONG);
  static final CFunction cuModuleLoadData = status("cuModuleLoadData", ADDRESS, ADDRESS);
  static final CFunction cuModuleUnload = status("cuModuleUnload", JAVA_LONG);
  static final CFunction cuModuleGetFunction =
      status("cuModuleGetFunction", ADDRESS, JAVA_LONG, ADDRESS);
  static final CFunction cuFuncGetAttribute =
      status("cuFuncGetAttribute", ADDRESS, JAVA_INT, JAVA_LONG);
  static final CFunction cuFuncSetAttribute =
      status("cuFuncSetAttribute", JAVA_LONG, JAVA_INT, JAVA_INT);
  static final CFunction cuFuncGetParamInfo =
      status("cuFuncGetParamInfo", JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
  static final CFunction cuLaunchKernelEx =
      status("cuLaunchKernelEx", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  static final CFunction cuLaunchHostFunc = status("cuLaunchHostFunc", JAVA_LONG, ADDRESS, ADDRESS);
  static final CFunction cuGraphInstantiate =
      status("cuGraphInstantiateWithFlags", ADDRESS, JAVA_LONG, JAVA_LONG);
  static final CFunction cuGraphUpload = status("cuGraphUpload", JAVA_LONG, JAVA_LONG);
  static final CFunction cuGraphLaunch = status("cuGraphLaunch", JAVA_LONG, JAVA_LONG);
  static final CFunction cuGraphDestroy = status("cuGraphDestroy", JAVA_LONG);
  static final CFunction cuGraphExecDestroy = status("cuGraphExecDestroy", JAVA_LONG);
  static final CFunction cuGetErrorName = status("cuGetErrorName", JAVA_INT, ADDRESS);
  static final CFunction cuGetErrorString = status("cuGetErrorString", JAVA_INT, ADDRESS);

  static final int SUCCESS = 0;
  static final int ERROR_INVALID_VALUE = 1;
  static final int ERROR_OUT_OF_MEMORY = 2;
  static final int ERROR_NOT_READY = 600;

  /** Errors after which every call on the context fails: addresses, traps, hardware. */
  private static final Set<Integer> STICKY =
      Set.of(214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999);

  static final int ATTRIBUTE_MULTIPROCESSOR_COUNT = 16;
  static final int ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75;
  static final int ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76;
  static final int ATTRIBUTE_MAX_SHARED_PER_BLOCK_OPTIN = 97;
  static final int FUNCTION_SHARED_SIZE_BYTES = 1;
  static final int FUNCTION_NUM_REGS = 4;
  static final int FUNCTION_PTX_VERSION = 5;
  static final int FUNCTION_MAX_DYNAMIC_SHARED = 8;
  static final int STREAM_NON_BLOCKING = 1;
  static final int EVENT_DISABLE_TIMING = 2;
  static final int CAPTURE_THREAD_LOCAL = 1;
  static final int HOST_ALLOC_PORTABLE = 1;

  private final NativeLibrary library;
  private boolean isLost;
  private final MemorySegment out = Arena.ofAuto().allocate(64, 16);

  CudaDriver(NativeLibrary library) {
    this.library = library;
  }

  NativeLibrary library() {
    return library;
  }

  /** Calls a function, for calls that are not part of a step. */
  void call(CFunction function, Object... arguments) {
    check(function, library.status(function, arguments));
  }

  /** Calls a function whose first argument receives a long. */
  long getLong(CFunction function, Object... arguments) {
    out.set(ValueLayout.JAVA_LONG, 0, 0);
    call(function, withOut(arguments));
    return out.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Calls a function whose first argument receives an int. */
  int getInt(CFunction function, Object... arguments) {
    call(function, withOut(arguments));
    return out.get(ValueLayout.JAVA_INT, 0);
  }

  private Object[] withOut(Object[] arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = out;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  /** Name of a device as its maker gave it. */
  String deviceName(int device) {
    return getText(cuDeviceGetName, device);
  }

  /** Where a device is plugged in, which is how NVML knows it. */
  String pciBusId(int device) {
    return getText(cuDeviceGetPCIBusId, device);
  }

  private String getText(CFunction function, int device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(256);
      call(function, text, 256, device);
      return text.getString(0);
    }
  }

  /** Ends the capture of a stream; gives the graph. */
  long endCapture(long stream) {
    call(cuStreamEndCapture, stream, out);
    return out.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Whether a call has failed in a way after which none succeeds. */
  boolean isLost() {
    return isLost;
  }

  /** Free and total bytes of the device. */
  long[] memoryInfo() {
    call(cuMemGetInfo, out, out.asSlice(8));
    return new long[] {out.get(ValueLayout.JAVA_LONG, 0), out.get(ValueLayout.JAVA_LONG, 8)};
  }

  long function(long module, String name) {
    try (Arena arena = Arena.ofConfined()) {
      return getLong(cuModuleGetFunction, module, arena.allocateFrom(name));
    }
  }

  /**
   * Size in bytes of a kernel's argument, or -1 if it has no so many.
   *
   * @throws dev.gatun.tensor.BackendException if the driver is older than 12.4
   */
  long parameterBytes(long function, long index) {
    int status = library.status(cuFuncGetParamInfo, function, index, out, out.asSlice(8));
    if (status == ERROR_INVALID_VALUE) {
      return -1;
    }
    check(cuFuncGetParamInfo, status);
    return out.get(ValueLayout.JAVA_LONG, 8);
  }

  void memcpyHtoD(long to, MemorySegment from, long bytes, long stream) {
    try {
      MemorySegment address = library.address(cuMemcpyHtoDAsync);
      check(
          cuMemcpyHtoDAsync,
          (int) cuMemcpyHtoDAsync.handle().invokeExact(address, to, from, bytes, stream));
    } catch (Throwable e) {
      throw cuMemcpyHtoDAsync.broken(e);
    }
  }

  void memcpyDtoH(MemorySegment to, long from, long bytes, long stream) {
    try {
      MemorySegment address = library.address(cuMemcpyDtoHAsync);
      check(
          cuMemcpyDtoHAsync,
          (int) cuMemcpyDtoHAsync.handle().invokeExact(address, to, from, bytes, stream));
    } catch (Throwable e) {
      throw cuMemcpyDtoHAsync.broken(e);
    }
  }

  void memcpyDtoD(long to, long from, long bytes, long stream) {
    try {
      MemorySegment address = library.address(cuMemcpyDtoDAsync);
      check(
          cuMemcpyDtoDAsync,
          (int) cuMemcpyDtoDAsync.handle().invokeExact(address, to, from, bytes, stream));
    } catch (Throwable e) {
      throw cuMemcpyDtoDAsync.broken(e);
    }
  }

  /** Launches a kernel; its arguments are copied before this returns. */
  void launch(MemorySegment config, long function, MemorySegment arguments) {
    try {
      MemorySegment address = library.address(cuLaunchKernelEx);
      int status =
          (int)
              cuLaunchKernelEx
                  .handle()
                  .invokeExact(address, config, function, arguments, MemorySegment.NULL);
      check(cuLaunchKernelEx, status);
    } catch (Throwable e) {
      throw cuLaunchKernelEx.broken(e);
    }
  }

  void recordEvent(long event, long stream) {
    invoke(cuEventRecord, event, stream);
  }

  void waitEvent(long stream, long event) {
    try {
      MemorySegment address = library.address(cuStreamWaitEvent);
      check(
          cuStreamWaitEvent,
          (int) cuStreamWaitEvent.handle().invokeExact(address, stream, event, 0));
    } catch (Throwable e) {
      throw cuStreamWaitEvent.broken(e);
    }
  }

  void launchGraph(long graph, long stream) {
    invoke(cuGraphLaunch, graph, stream);
  }

  /** For functions of two handles. */
  private void invoke(CFunction function, long first, long second) {
    try {
      MemorySegment address = library.address(function);
      check(function, (int) function.handle().invokeExact(address, first, second));
    } catch (Throwable e) {
      throw function.broken(e);
    }
  }

  /** Waits for a stream; errors of what ran on it come out here. */
  void synchronize(long stream) {
    try {
      MemorySegment address = library.address(cuStreamSynchronize);
      check(cuStreamSynchronize, (int) cuStreamSynchronize.handle().invokeExact(address, stream));
    } catch (Throwable e) {
      throw cuStreamSynchronize.broken(e);
    }
  }

  float elapsedMillis(long start, long end) {
    call(cuEventElapsedTime, out, start, end);
    return out.get(JAVA_FLOAT, 0);
  }

  private void check(CFunction function, int status) {
    if (status != SUCCESS) {
      throw failure(function, status);
    }
  }

  private CudaException failure(CFunction function, int status) {
    isLost |= STICKY.contains(status);
    return new CudaException(
        function.name(),
        status,
        text(cuGetErrorName, status),
        text(cuGetErrorString, status),
        STICKY.contains(status));
  }

  /** What the library says of a code; the driver gives a name even after it has failed. */
  // The string is static memory of the library and ends with a zero.
  @SuppressWarnings("restricted")
  private String text(CFunction function, int code) {
    if (library.status(function, code, out) != SUCCESS) {
      return "unknown error";
    }
    return out.get(ADDRESS, 0).reinterpret(512).getString(0);
  }
}
