package dev.gatun.server.keda;

import java.time.Duration;

/**
 * How the scaler runs.
 *
 * @param host address to listen on
 * @param port for gRPC, /metrics and /health; 0 takes a free one
 * @param clusterDomain end of the names of Services
 * @param scrapeTimeout for one pod
 * @param staleAfter age at which a pod that does not answer counts as unknown
 * @param shareFor time for which one reading answers all calls
 * @param pushInterval at which streams look for changes
 */
public record ScalerOptions(
    String host,
    int port,
    String clusterDomain,
    Duration scrapeTimeout,
    Duration staleAfter,
    Duration shareFor,
    Duration pushInterval) {}
