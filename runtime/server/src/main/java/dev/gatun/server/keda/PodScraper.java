package dev.gatun.server.keda;

import dev.gatun.server.keda.PodResolver.Pod;
import java.io.IOException;

/** Reads a pod's metrics; called from many threads at once. */
@FunctionalInterface
interface PodScraper {

  /**
   * The pod's sample, within a bounded time.
   *
   * @throws IOException if the pod does not answer as it should
   */
  PodSample scrape(Pod pod) throws IOException, InterruptedException;
}
