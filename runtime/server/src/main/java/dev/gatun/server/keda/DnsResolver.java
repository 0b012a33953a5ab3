package dev.gatun.server.keda;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.Arrays;
import java.util.List;

/** Asks the system's resolver; Kubernetes answers for a headless Service with its ready pods. */
final class DnsResolver implements PodResolver {

  DnsResolver() {
    // Java keeps answers for 30 s, in which pods have come and gone; CoreDNS has a cache already.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  @Override
  public List<Pod> resolve(String host, int port) throws UnknownHostException {
    return Arrays.stream(InetAddress.getAllByName(host))
        .map(address -> new Pod(address.getHostAddress(), port))
        .distinct()
        .toList();
  }
}
