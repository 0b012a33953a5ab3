package dev.gatun.server.net;

import io.netty.channel.ChannelPromise;
import java.util.Map;

/**
 * Where a {@link ResponseWriter} puts the frames of one answer. All methods but {@link #execute}
 * and {@link #newPromise} run on the connection's event loop.
 */
interface ResponseSink {

  /**
   * Runs a task on the event loop, in the order of the calls.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the event loop has ended
   */
  void execute(Runnable task);

  ChannelPromise newPromise();

  /**
   * Sends the head.
   *
   * @param headers names in lower case, among them content-type
   * @param length body length in bytes; -1 for a streamed body
   * @param end whether nothing follows
   */
  void head(
      int status, Map<String, String> headers, long length, boolean end, ChannelPromise promise);

  /** Sends a piece of the body; the array must not change any more. */
  void data(byte[] bytes, int offset, int length, boolean end, ChannelPromise promise);

  void flush();

  /** Breaks the answer off, so that the client sees a failure instead of a short body. */
  void abort();
}
