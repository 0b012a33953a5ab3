package dev.gatun.server.oip.model;

import java.util.Map;

/** An output a client names, with parameters as in {@link UncheckedRequest}. */
public record RequestedOutput(String name, Map<String, Object> parameters) {

  public RequestedOutput {
    parameters = Map.copyOf(parameters);
  }
}
