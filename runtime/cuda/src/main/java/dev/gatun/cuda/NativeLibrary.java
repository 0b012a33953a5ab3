package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A loaded library whose functions are looked up on first use, so that a driver older than one of
 * them serves until it is needed. One thread at a time.
 */
final class NativeLibrary {
  private final String location;
  private final SymbolLookup symbols;
  private final Map<String, MemorySegment> addresses = new HashMap<>();

  private NativeLibrary(String location, SymbolLookup symbols) {
    this.location = location;
    this.symbols = symbols;
  }

  /**
   * Loads the library for the life of the process.
   *
   * @param fileName what the loader searches for by itself, for example {@code libcuda.so.1}
   * @throws BackendException if there is none, as one sentence that names where it was looked for
   */
  static NativeLibrary load(String fileName, LibraryPath path) {
    List<String> candidates = path.candidates(fileName);
    for (String candidate : candidates) {
      Optional<SymbolLookup> symbols = tryLookup(candidate);
      if (symbols.isPresent()) {
        return new NativeLibrary(candidate, symbols.get());
      }
    }
    throw new BackendException(
        "%s cannot be loaded; looked in %s".formatted(fileName, path.describe()));
  }

  /** Empty where the loader finds nothing, or something that is no library for this machine. */
  private static Optional<SymbolLookup> tryLookup(String candidate) {
    try {
      return Optional.of(lookup(candidate));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Loads one file, for tests. */
  static NativeLibrary ofFile(Path file) {
    try {
      return new NativeLibrary(file.toString(), lookup(file.toString()));
    } catch (IllegalArgumentException e) {
      throw new BackendException(file + " cannot be loaded", e);
    }
  }

  // Loading native code is what this class is for; the launcher grants it.
  @SuppressWarnings("restricted")
  private static SymbolLookup lookup(String candidate) {
    return SymbolLookup.libraryLookup(candidate, Arena.global());
  }

  /** File or name by which it was found. */
  String location() {
    return location;
  }

  /** Whether the library exports the function. */
  boolean has(CFunction function) {
    return symbols.find(function.name()).isPresent();
  }

  /**
   * Address of a function.
   *
   * @throws BackendException if the library is too old to have it
   */
  MemorySegment address(CFunction function) {
    MemorySegment address = addresses.get(function.name());
    if (address == null) {
      address =
          symbols
              .find(function.name())
              .orElseThrow(
                  () ->
                      new BackendException(
                          "%s lacks %s; a newer driver or library has it"
                              .formatted(location, function.name())));
      addresses.put(function.name(), address);
    }
    return address;
  }

  /** Calls a function that returns a status; for calls that are not part of a step. */
  int status(CFunction function, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = address(function);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try {
      return (int) function.handle().invokeWithArguments(all);
    } catch (Throwable e) {
      throw function.broken(e);
    }
  }
}
