/**
 * Prometheus metrics under vLLM's names, so that dashboards and autoscalers keep working. The only
 * package that knows the Prometheus client. Counters and histograms are fed by the engine thread,
 * gauges are read from one engine snapshot per scrape.
 */
@NullMarked
package dev.gatun.server.metrics;

import org.jspecify.annotations.NullMarked;
