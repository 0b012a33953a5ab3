package dev.gatun.server.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the requests of one HTTP/1.x connection one after the other; a pipelined request waits
 * with reading paused (so that the leaving of a client that pipelines is seen when a write fails).
 * Event loop thread, but for {@link #drain}.
 *
 * <pre>
 * IDLE --head--> BODY --last content--> BUSY --answer sent--> IDLE | closed
 *   \______________\__ refused: LINGERING (answer sent, input dropped) --> closed
 * </pre>
 *
 * BODY and LINGERING are bounded by the stall timeout, IDLE by the idle timeout and the
 * connection's age, BUSY by the handler and by {@link ResponseWriter}.
 */
final class Http1Connection extends ChannelDuplexHandler {
  private static final Logger log = LoggerFactory.getLogger(Http1Connection.class);

  /** Time for a refused client to read its answer before the connection is closed. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

  private enum State {
    IDLE,
    BODY,
    BUSY,
    LINGERING
  }

  /** What whoever accepted the connection wants to know about it. */
  interface Owner {

    /** The first request head has come: nobody else may bound or close this connection now. */
    void detached(ChannelHandlerContext ctx, Http1Connection connection);

    /** The connection has become HTTP/2, with this request as its first stream. */
    void upgraded(ChannelHandlerContext ctx, HttpServerUpgradeHandler.UpgradeEvent event);
  }

  private final Calls calls;
  private final Owner owner;
  private final long bornNanos = System.nanoTime();
  private final Queue<HttpObject> pipelined = new ArrayDeque<>();

  private @Nullable ChannelHandlerContext context;
  private State state = State.IDLE;
  private boolean isDetached;
  private boolean isDraining;
  private @Nullable Future<?> timer;

  private @Nullable RequestHead head;
  private @Nullable BodyBuffer body;
  private @Nullable Http1Exchange exchange;
  private ByteBudget.Lease lease;

  Http1Connection(Calls calls, Owner owner) {
    this.calls = calls;
    this.owner = owner;
    this.lease = calls.lease();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (state == State.BUSY) {
      pipelined.add((HttpObject) message);
      ctx.channel().config().setAutoRead(false);
      return;
    }
    take(ctx, (HttpObject) message);
  }

  private void take(ChannelHandlerContext ctx, HttpObject message) {
    try {
      if (state == State.LINGERING) {
        return;
      }
      if (message instanceof HttpRequest request) {
        open(ctx, request);
      }
      if (message instanceof HttpContent content && state == State.BODY) {
        Http1Request.requireDecoded(content.decoderResult());
        collect(content);
      }
    } catch (RefusedException refused) {
      refuse(refused);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void open(ChannelHandlerContext ctx, HttpRequest request) throws RefusedException {
    disarm();
    if (!isDetached) {
      isDetached = true;
      owner.detached(ctx, this);
    }
    boolean keepAlive = HttpUtil.isKeepAlive(request) && !isDraining && !isOld();
    Http1Exchange opened = new Http1Exchange(ctx, this, request, keepAlive, calls);
    exchange = opened;
    head = null;
    head = Http1Request.read(request, String.valueOf(ctx.channel().remoteAddress()));
    boolean expectsContinue = Http1Request.expectsContinue(request);
    long length = HttpUtil.getContentLength(request, -1L);
    body = new BodyBuffer(calls.config().maxBodyBytes(), length, lease);
    state = State.BODY;
    if (expectsContinue) {
      // Below the codec, which would take it for the answer when it counts answers to HEAD.
      ChannelHandlerContext codec = ctx.pipeline().context(HttpServerCodec.class);
      var _ = codec.writeAndFlush(Unpooled.copiedBuffer(CONTINUE, StandardCharsets.US_ASCII));
    }
    arm(calls.config().stallTimeout());
  }

  private void collect(HttpContent content) throws RefusedException {
    BodyBuffer collecting = body;
    Http1Exchange serving = exchange;
    RequestHead complete = head;
    if (collecting == null || serving == null || complete == null) {
      throw new IllegalStateException("content outside a request");
    }
    collecting.add(content.content());
    disarm();
    if (!(content instanceof LastHttpContent)) {
      arm(calls.config().stallTimeout());
      return;
    }
    state = State.BUSY;
    body = null;
    ByteBudget.Lease taken = lease;
    lease = calls.lease();
    calls.start(complete, collecting.bytes(), taken, serving.writer());
  }

  /** Answers and gives the connection up: where the next request would begin is unknown. */
  private void refuse(RefusedException refused) {
    Http1Exchange refusing = exchange;
    state = State.LINGERING;
    body = null;
    lease.release();
    if (refusing == null) {
      close();
      return;
    }
    refusing.endConnection();
    arm(calls.config().stallTimeout());
    RequestHead known = head;
    calls.refuse(
        known != null ? known : new RequestHead("", "/", "", Map.of(), ""),
        refusing.writer(),
        refused);
  }

  /** The answer to the current request has been taken by the socket. */
  void answered(boolean keepAlive) {
    ChannelHandlerContext ctx = context;
    exchange = null;
    if (ctx == null || !ctx.channel().isActive()) {
      return;
    }
    if (state == State.LINGERING) {
      linger(ctx);
      return;
    }
    if (!keepAlive || isDraining) {
      close();
      return;
    }
    state = State.IDLE;
    for (HttpObject next = pipelined.poll(); next != null; next = pipelined.poll()) {
      take(ctx, next);
      if (state == State.BUSY) {
        return;
      }
    }
    if (state == State.IDLE) {
      armIdle();
    }
    ctx.channel().config().setAutoRead(true);
  }

  /**
   * Ends the output and drops the input for a while: closing with unread input would reset the
   * connection, and the client might lose the answer.
   */
  private void linger(ChannelHandlerContext ctx) {
    arm(LINGER);
    if (ctx.channel() instanceof DuplexChannel channel) {
      var _ = channel.shutdownOutput();
    } else {
      close();
    }
  }

  /** Closes as soon as no request is in work. Any thread. */
  void drain() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    ctx.executor()
        .execute(
            () -> {
              isDraining = true;
              if (state == State.IDLE) {
                close();
              }
            });
  }

  boolean isDraining() {
    return isDraining;
  }

  private boolean isOld() {
    return calls
        .config()
        .maxConnectionAge()
        .map(age -> System.nanoTime() - bornNanos >= age.toNanos())
        .orElse(false);
  }

  private void armIdle() {
    Duration idle = calls.config().idleTimeout();
    Duration lived = Duration.ofNanos(System.nanoTime() - bornNanos);
    Duration left = calls.config().maxConnectionAge().map(age -> age.minus(lived)).orElse(idle);
    arm(left.compareTo(idle) < 0 ? left : idle);
  }

  private void arm(Duration time) {
    disarm();
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      timer = ctx.executor().schedule((Runnable) this::close, time.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void disarm() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void close() {
    if (context != null) {
      var _ = context.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof HttpServerUpgradeHandler.UpgradeEvent upgrade) {
      ctx.pipeline().remove(this);
      try {
        owner.upgraded(ctx, upgrade);
      } finally {
        upgrade.release();
      }
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  /** What comes from outside this handler can only be grpc-java's own command to close. */
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ReferenceCountUtil.release(message);
    ctx.close().addListener((ChannelFutureListener) _ -> promise.trySuccess());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (exchange != null) {
      exchange.writer().disconnected();
    }
    super.channelInactive(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    disarm();
    lease.release();
    pipelined.forEach(ReferenceCountUtil::release);
    pipelined.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.warn("HTTP/1.1 connection failed remote={}", ctx.channel().remoteAddress(), cause);
    }
    var _ = ctx.close();
  }
}
