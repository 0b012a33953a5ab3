package dev.gatun.server.net;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of the {@link ServerTransport}. Immutable.
 *
 * @param host address to bind
 * @param port the one port; 0 takes a free one
 * @param grpcPort further port for gRPC alone
 * @param workerThreads event loop threads for connections
 * @param maxMessageBytes largest gRPC message received
 * @param maxBodyBytes largest HTTP body received, also after decompression
 * @param maxBufferedBytes bytes that all HTTP bodies in memory may take together
 * @param maxHeaderBytes largest request line, header block or gRPC metadata
 * @param maxConcurrentCalls HTTP calls served at once; more are answered 503
 * @param unlimitedPaths path prefixes that are served beyond that limit, so that probes and metrics
 *     tell the truth about a full server
 * @param maxStreamsPerConnection streams of one HTTP/2 connection at once
 * @param handshakeTimeout time from accept to the first request head or HTTP/2 SETTINGS
 * @param idleTimeout time a connection may be open without a request
 * @param stallTimeout time without progress in which a request body must go on arriving or an
 *     answer must go on being read
 * @param keepAliveTime quiet time after which an HTTP/2 client is pinged
 * @param keepAliveTimeout time in which the ping must be answered
 * @param permitKeepAliveTime shortest interval of pings that an HTTP/2 client may send
 * @param maxConnectionAge age at which clients are asked to reconnect, so that they spread over new
 *     replicas; empty for never
 * @param maxConnectionAgeGrace time that running calls have after that age
 */
public record TransportConfig(
    String host,
    int port,
    OptionalInt grpcPort,
    int workerThreads,
    int maxMessageBytes,
    int maxBodyBytes,
    long maxBufferedBytes,
    int maxHeaderBytes,
    int maxConcurrentCalls,
    List<String> unlimitedPaths,
    int maxStreamsPerConnection,
    Duration handshakeTimeout,
    Duration idleTimeout,
    Duration stallTimeout,
    Duration keepAliveTime,
    Duration keepAliveTimeout,
    Duration permitKeepAliveTime,
    Optional<Duration> maxConnectionAge,
    Duration maxConnectionAgeGrace) {

  /** Checks that every limit is positive. */
  public TransportConfig {
    unlimitedPaths = List.copyOf(unlimitedPaths);
    requirePositive("workerThreads", workerThreads);
    requirePositive("maxMessageBytes", maxMessageBytes);
    requirePositive("maxBodyBytes", maxBodyBytes);
    requirePositive("maxBufferedBytes", maxBufferedBytes);
    requirePositive("maxHeaderBytes", maxHeaderBytes);
    requirePositive("maxConcurrentCalls", maxConcurrentCalls);
    requirePositive("maxStreamsPerConnection", maxStreamsPerConnection);
    requirePositive("handshakeTimeout", handshakeTimeout.toMillis());
    requirePositive("idleTimeout", idleTimeout.toMillis());
    requirePositive("stallTimeout", stallTimeout.toMillis());
    requirePositive("keepAliveTime", keepAliveTime.toMillis());
    requirePositive("keepAliveTimeout", keepAliveTimeout.toMillis());
    requirePositive("permitKeepAliveTime", permitKeepAliveTime.toMillis());
    requirePositive("maxConnectionAgeGrace", maxConnectionAgeGrace.toMillis());
    maxConnectionAge.ifPresent(age -> requirePositive("maxConnectionAge", age.toMillis()));
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }

  /** A builder holding the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects settings; one thread. Each method is named as the component that it sets. */
  public static final class Builder {
    private String host = "0.0.0.0";
    private int port = 8080;
    private OptionalInt grpcPort = OptionalInt.empty();
    private int workerThreads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    private int maxMessageBytes = 64 << 20;
    private int maxBodyBytes = 64 << 20;
    private long maxBufferedBytes = 256L << 20;
    private int maxHeaderBytes = 32 << 10;
    private int maxConcurrentCalls = 4096;
    private List<String> unlimitedPaths = List.of("/health", "/v2/health", "/metrics", "/ping");
    private int maxStreamsPerConnection = 1024;
    private Duration handshakeTimeout = Duration.ofSeconds(20);
    private Duration idleTimeout = Duration.ofMinutes(10);
    private Duration stallTimeout = Duration.ofMinutes(1);
    private Duration keepAliveTime = Duration.ofMinutes(2);
    private Duration keepAliveTimeout = Duration.ofSeconds(20);
    private Duration permitKeepAliveTime = Duration.ofSeconds(5);
    private Optional<Duration> maxConnectionAge = Optional.empty();
    private Duration maxConnectionAgeGrace = Duration.ofMinutes(10);

    private Builder() {}

    public Builder host(String value) {
      host = value;
      return this;
    }

    public Builder port(int value) {
      port = value;
      return this;
    }

    public Builder grpcPort(int value) {
      grpcPort = OptionalInt.of(value);
      return this;
    }

    public Builder workerThreads(int value) {
      workerThreads = value;
      return this;
    }

    public Builder maxMessageBytes(int value) {
      maxMessageBytes = value;
      return this;
    }

    public Builder maxBodyBytes(int value) {
      maxBodyBytes = value;
      return this;
    }

    public Builder maxBufferedBytes(long value) {
      maxBufferedBytes = value;
      return this;
    }

    public Builder maxHeaderBytes(int value) {
      maxHeaderBytes = value;
      return this;
    }

    public Builder maxConcurrentCalls(int value) {
      maxConcurrentCalls = value;
      return this;
    }

    public Builder unlimitedPaths(List<String> value) {
      unlimitedPaths = value;
      return this;
    }

    public Builder maxStreamsPerConnection(int value) {
      maxStreamsPerConnection = value;
      return this;
    }

    public Builder handshakeTimeout(Duration value) {
      handshakeTimeout = value;
      return this;
    }

    public Builder idleTimeout(Duration value) {
      idleTimeout = value;
      return this;
    }

    public Builder stallTimeout(Duration value) {
      stallTimeout = value;
      return this;
    }

    public Builder keepAliveTime(Duration value) {
      keepAliveTime = value;
      return this;
    }

    public Builder keepAliveTimeout(Duration value) {
      keepAliveTimeout = value;
      return this;
    }

    public Builder permitKeepAliveTime(Duration value) {
      permitKeepAliveTime = value;
      return this;
    }

    public Builder maxConnectionAge(Duration value) {
      maxConnectionAge = Optional.of(value);
      return this;
    }

    public Builder maxConnectionAgeGrace(Duration value) {
      maxConnectionAgeGrace = value;
      return this;
    }

    public TransportConfig build() {
      return new TransportConfig(
          host,
          port,
          grpcPort,
          workerThreads,
          maxMessageBytes,
          maxBodyBytes,
          maxBufferedBytes,
          maxHeaderBytes,
          maxConcurrentCalls,
          unlimitedPaths,
          maxStreamsPerConnection,
          handshakeTimeout,
          idleTimeout,
          stallTimeout,
          keepAliveTime,
          keepAliveTimeout,
          permitKeepAliveTime,
          maxConnectionAge,
          maxConnectionAgeGrace);
    }
  }
}
