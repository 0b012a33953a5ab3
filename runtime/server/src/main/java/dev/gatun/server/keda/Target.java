package dev.gatun.server.keda;

/**
 * The pods of one Service.
 *
 * @param port of their /metrics
 */
record Target(String namespace, String service, int port) {

  /** What DNS resolves to one address per ready pod, if the Service is headless. */
  String host(String clusterDomain) {
    return service + "." + namespace + ".svc." + clusterDomain;
  }
}
