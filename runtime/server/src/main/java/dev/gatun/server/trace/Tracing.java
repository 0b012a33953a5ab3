package dev.gatun.server.trace;

import org.jspecify.annotations.Nullable;

/** Begins what is kept of calls. Any thread. */
public interface Tracing extends AutoCloseable {

  /** Keeps the time of arrival, by which times to the first token are measured. */
  Tracing OFF =
      new Tracing() {
        @Override
        public CallSpan http(Incoming call, String verb, String route) {
          return new UntracedCall(System.nanoTime());
        }

        @Override
        public CallSpan grpc(Incoming call, String service, String method) {
          return new UntracedCall(System.nanoTime());
        }

        @Override
        public void close() {}
      };

  /**
   * What both transports know of a call.
   *
   * @param header gives a header or entry of the metadata by its name in lower case, or null
   * @param peer address of the client
   * @param path of HTTP, empty for gRPC
   */
  record Incoming(Headers header, String peer, String path) {}

  /** Headers by name. */
  @FunctionalInterface
  interface Headers {
    @Nullable String get(String name);
  }

  /**
   * An HTTP call has been received.
   *
   * @param route pattern of its route
   */
  CallSpan http(Incoming call, String verb, String route);

  /** A gRPC call has been received. */
  CallSpan grpc(Incoming call, String service, String method);

  /** Exports what is left. */
  @Override
  void close();
}
