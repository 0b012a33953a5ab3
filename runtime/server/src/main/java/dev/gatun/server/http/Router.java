package dev.gatun.server.http;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of REST routes and the one place that turns what handlers throw into JSON errors.
 * Immutable; any thread.
 *
 * <p>One trailing slash is ignored, a literal segment wins over a {name}, HEAD is answered by the
 * route of GET. A wrong verb is 405 with {@code Allow}, an unknown path 404, a path that cannot be
 * decoded safely 400.
 */
public final class Router implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(Router.class);

  /** Longest piece of a client's path that is repeated in a message. */
  private static final int MAX_QUOTED_CHARS = 200;

  private final List<Entry> entries;

  /** 0 for none. */
  private final long timeoutNanos;

  private record Entry(PathPattern pattern, Map<String, RouteHandler> handlers) {}

  private record Match(RouteHandler handler, PathValues values) {}

  private Router(List<Entry> entries, long timeoutNanos) {
    this.entries = entries;
    this.timeoutNanos = timeoutNanos;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public void handle(HttpCall call) throws InterruptedException {
    ErrorBody errors = ErrorBody.forPath(call.path());
    AnswerWatch watched = new AnswerWatch(call, deadlineNanos());
    try {
      dispatch(watched, errors);
    } catch (ServingException e) {
      if (watched.isAnswered()) {
        throw e; // Too late for a status: the transport breaks the stream off.
      }
      errors.respond(call, e);
    } catch (RuntimeException e) {
      if (watched.isAnswered()) {
        throw e;
      }
      log.error("request failed method={} path={}", call.method(), quoted(call.path()), e);
      errors.respond(call, new ServingException(ErrorCode.INTERNAL, "internal error"));
    }
  }

  /** The pattern of the route that a path takes, {@code none} if there is none. */
  public String route(String path) {
    try {
      List<String> segments = PathSegments.parse(path);
      for (Entry entry : entries) {
        if (entry.pattern.match(segments).isPresent()) {
          return entry.pattern.text();
        }
      }
    } catch (ServingException _) {
      // It is answered as what it is: no path of ours.
    }
    return "none";
  }

  private long deadlineNanos() {
    return timeoutNanos == 0 ? GenerateRequest.NO_DEADLINE : System.nanoTime() + timeoutNanos;
  }

  private void dispatch(HttpCall call, ErrorBody errors) throws InterruptedException {
    List<String> path = PathSegments.parse(call.path());
    SortedSet<String> allowed = new TreeSet<>();
    Match match = find(call.method(), path, allowed);
    if (match != null) {
      match.handler.handle(call, match.values);
    } else if (allowed.isEmpty()) {
      errors.respond(call, HttpRefusal.NO_ROUTE, Map.of(), "no such path: " + quoted(call.path()));
    } else {
      String verbs = String.join(", ", allowed);
      errors.respond(
          call,
          HttpRefusal.WRONG_METHOD,
          Map.of("allow", verbs),
          call.method() + " is not allowed on " + quoted(call.path()) + ", only " + verbs);
    }
  }

  private @Nullable Match find(String method, List<String> path, SortedSet<String> allowed) {
    for (Entry entry : entries) {
      Optional<PathValues> values = entry.pattern.match(path);
      if (values.isEmpty()) {
        continue;
      }
      RouteHandler handler = entry.handlers.get(method);
      if (handler == null && method.equals("HEAD")) {
        handler = entry.handlers.get("GET");
      }
      if (handler != null) {
        return new Match(handler, values.get());
      }
      allowed.addAll(entry.handlers.keySet());
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return null;
  }

  private static String quoted(String path) {
    return path.length() <= MAX_QUOTED_CHARS ? path : path.substring(0, MAX_QUOTED_CHARS) + "...";
  }

  /** Collects routes; one thread. */
  public static final class Builder {
    private final Map<PathPattern, Map<String, RouteHandler>> routes = new LinkedHashMap<>();
    private long timeoutNanos;

    private Builder() {}

    /**
     * Adds a route.
     *
     * @param method upper-case verb
     * @param pattern for example {@code /v2/models/{model}/infer}; {@code {name*}} at the end takes
     *     one or more segments
     * @throws IllegalArgumentException if the route exists already or the pattern is malformed
     */
    public Builder route(String method, String pattern, RouteHandler handler) {
      Map<String, RouteHandler> handlers =
          routes.computeIfAbsent(PathPattern.parse(pattern), _ -> new LinkedHashMap<>());
      if (handlers.putIfAbsent(method, handler) != null) {
        throw new IllegalArgumentException("route exists twice: " + method + " " + pattern);
      }
      return this;
    }

    /** Gives every call a deadline, counted from when its handler starts; zero for none. */
    public Builder requestTimeout(Duration timeout) {
      timeoutNanos = timeout.toNanos();
      return this;
    }

    public Router build() {
      List<Entry> entries = new ArrayList<>();
      routes.forEach((pattern, handlers) -> entries.add(new Entry(pattern, Map.copyOf(handlers))));
      entries.sort(Comparator.comparing(Entry::pattern));
      return new Router(List.copyOf(entries), timeoutNanos);
    }
  }
}
