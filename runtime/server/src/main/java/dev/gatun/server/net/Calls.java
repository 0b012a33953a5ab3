package dev.gatun.server.net;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.ErrorBody;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.HttpRefusal;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs HTTP calls, each on its own virtual thread, at most so many at once. A call occupies its
 * place until the socket has taken its answer, so that clients which do not read are counted.
 */
final class Calls {
  private static final Logger log = LoggerFactory.getLogger(Calls.class);

  private final HttpHandler root;
  private final TransportConfig config;
  private final ByteBudget budget;
  private final Semaphore places;
  private final ThreadFactory threads = Thread.ofVirtual().name("http-", 0).factory();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Set<Thread> running = new HashSet<>();

  Calls(HttpHandler root, TransportConfig config) {
    this.root = root;
    this.config = config;
    this.budget = new ByteBudget(config.maxBufferedBytes());
    this.places = new Semaphore(config.maxConcurrentCalls());
  }

  TransportConfig config() {
    return config;
  }

  ByteBudget.Lease lease() {
    return budget.lease();
  }

  /** The writer of a new call's answer. */
  ResponseWriter writer(ResponseSink sink, String method) {
    return new ResponseWriter(sink, method.equals("HEAD"), config.stallTimeout());
  }

  /** Starts the handler; takes over the lease. Event loop thread, does not block. */
  void start(RequestHead head, byte[] body, ByteBudget.Lease lease, ResponseWriter writer) {
    ServingException refusal = root.refusal(head.method(), head.path());
    if (refusal != null) {
      lease.release();
      HttpCall call = new TransportCall(head, new byte[0], writer);
      ErrorBody.forPath(head.path()).respond(call, refusal);
      return;
    }
    boolean unlimited = isUnlimited(head.path());
    if (!unlimited && !places.tryAcquire()) {
      lease.release();
      refuse(
          head,
          writer,
          new RefusedException(
              HttpRefusal.TOO_MANY_CALLS,
              "the server is serving its limit of "
                  + config.maxConcurrentCalls()
                  + " calls, try again later"));
      return;
    }
    Runnable call =
        () -> {
          enter();
          try {
            run(head, body, lease, writer);
          } finally {
            lease.release();
            if (!unlimited) {
              places.release();
            }
            leave();
          }
        };
    threads.newThread(call).start();
  }

  /** Answers without a handler. */
  void refuse(RequestHead head, ResponseWriter writer, RefusedException refused) {
    HttpCall call = new TransportCall(head, new byte[0], writer);
    Map<String, String> headers =
        refused.refusal() == HttpRefusal.TOO_MANY_CALLS ? Map.of("retry-after", "1") : Map.of();
    ErrorBody.forPath(head.path()).respond(call, refused.refusal(), headers, refused.text());
  }

  private void run(
      RequestHead head, byte[] encoded, ByteBudget.Lease lease, ResponseWriter writer) {
    try {
      serve(head, encoded, lease, writer);
      writer.awaitSent();
    } catch (InterruptedException _) {
      // The server stops by force; the thread ends here and needs its interrupt flag no more.
      writer.abort();
    } catch (Throwable t) {
      logFailure(head, writer, t);
      writer.abort();
    }
  }

  private void serve(
      RequestHead head, byte[] encoded, ByteBudget.Lease lease, ResponseWriter writer)
      throws InterruptedException {
    HttpCall call;
    try {
      String encoding = head.headers().get("content-encoding");
      byte[] body = ContentDecoding.decode(encoding, encoded, config.maxBodyBytes(), lease);
      call = new TransportCall(head, body, writer);
    } catch (RefusedException refused) {
      refuse(head, writer, refused);
      return;
    }
    try {
      root.handle(call);
    } catch (RuntimeException e) {
      logFailure(head, writer, e);
    }
    if (!writer.isAnswered()) {
      ErrorBody.forPath(head.path())
          .respond(call, new ServingException(ErrorCode.INTERNAL, "internal error"));
    } else if (writer.isUnfinished()) {
      writer.abort();
    }
  }

  private static void logFailure(RequestHead head, ResponseWriter writer, Throwable failure) {
    if (writer.isClosed()) {
      // Whatever the handler met after the client had left concerns nobody.
      log.debug("call ended after its client left path={}", head.path(), failure);
    } else {
      log.error("call failed method={} path={}", head.method(), head.path(), failure);
    }
  }

  private boolean isUnlimited(String path) {
    return config.unlimitedPaths().stream()
        .anyMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
  }

  private void enter() {
    lock.lock();
    try {
      running.add(Thread.currentThread());
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      running.remove(Thread.currentThread());
      idle.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Number of calls being served. */
  int numRunning() {
    lock.lock();
    try {
      return running.size();
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until no call runs; false if some still do after the time. */
  boolean awaitIdle(Duration timeout) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = timeout.toNanos();
      while (!running.isEmpty()) {
        if (nanos <= 0) {
          return false;
        }
        nanos = idle.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  void interruptAll() {
    lock.lock();
    try {
      running.forEach(Thread::interrupt);
    } finally {
      lock.unlock();
    }
  }
}
