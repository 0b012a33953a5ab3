package dev.gatun.server.metrics;

/** A metric that Gatun exports: a row of one of the tables. */
public sealed interface MetricName
    permits VllmMetric, LegacyMetric, GatunMetric, GpuMetric, TransportMetric, PlatformMetric {

  MetricRow row();
}
