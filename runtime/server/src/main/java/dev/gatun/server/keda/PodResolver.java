package dev.gatun.server.keda;

import java.net.UnknownHostException;
import java.util.List;

/** Finds the pods behind a name. */
@FunctionalInterface
interface PodResolver {

  /**
   * Addresses and ports to scrape, each once.
   *
   * @throws UnknownHostException if the name has no addresses
   */
  List<Pod> resolve(String host, int port) throws UnknownHostException;

  /** Where a pod's /metrics is. */
  record Pod(String address, int port) {

    /** As in a URL. */
    String authority() {
      return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }
  }
}
