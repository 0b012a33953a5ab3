package dev.gatun.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TransportConfigTest {
  @Test
  void hasTheDocumentedDefaults() {
    TransportConfig config = TransportConfig.builder().workerThreads(3).build();

    assertThat(config.host()).isEqualTo("0.0.0.0");
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.grpcPort()).isEmpty();
    assertThat(config.workerThreads()).isEqualTo(3);
    assertThat(config.maxMessageBytes()).isEqualTo(64 << 20);
    assertThat(config.maxBodyBytes()).isEqualTo(64 << 20);
    assertThat(config.maxBufferedBytes()).isEqualTo(256L << 20);
    assertThat(config.maxHeaderBytes()).isEqualTo(32 << 10);
    assertThat(config.maxConcurrentCalls()).isEqualTo(4096);
    assertThat(config.unlimitedPaths()).contains("/health", "/v2/health", "/metrics");
    assertThat(config.maxStreamsPerConnection()).isEqualTo(1024);
    assertThat(config.handshakeTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.idleTimeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(config.stallTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.keepAliveTime()).isEqualTo(Duration.ofMinutes(2));
    assertThat(config.keepAliveTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.permitKeepAliveTime()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.maxConnectionAge()).isEmpty();
    assertThat(config.maxConnectionAgeGrace()).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void refusesLimitsThatAreNotPositive() {
    assertThatThrownBy(() -> TransportConfig.builder().maxBodyBytes(0).build())
        .hasMessage("maxBodyBytes must be positive: 0");
    assertThatThrownBy(() -> TransportConfig.builder().idleTimeout(Duration.ZERO).build())
        .hasMessage("idleTimeout must be positive: 0");
    assertThatThrownBy(
            () -> TransportConfig.builder().maxConnectionAge(Duration.ofSeconds(-1)).build())
        .hasMessage("maxConnectionAge must be positive: -1000");
  }
}
