package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/**
 * A C function that is called from here, whichever library it is found in: the handle takes its
 * address first. A record, so that the compiler trusts the handle of a static constant.
 *
 * @param name as the library exports it, version suffix included
 */
record CFunction(String name, FunctionDescriptor descriptor, MethodHandle handle) {

  /** A function that returns a status. Opaque handles and device addresses are JAVA_LONG. */
  static CFunction status(String name, MemoryLayout... arguments) {
    return of(name, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  // Calling native code is what this package is for; the launcher grants it.
  @SuppressWarnings("restricted")
  static CFunction of(String name, FunctionDescriptor descriptor) {
    return new CFunction(name, descriptor, Linker.nativeLinker().downcallHandle(descriptor));
  }

  /** What invokeExact may throw besides what C cannot: a mismatch of types, which is our bug. */
  RuntimeException broken(Throwable cause) {
    return cause instanceof RuntimeException e
        ? e
        : new IllegalStateException("call of " + name, cause);
  }
}
