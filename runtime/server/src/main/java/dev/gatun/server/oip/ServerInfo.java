package dev.gatun.server.oip;

import java.util.List;

/** Who answers: the facts of server metadata. */
public record ServerInfo(String version) {
  /** Name of the server in metadata. */
  public static final String NAME = "gatun";

  /** The protocol extensions that work here. */
  public static final List<String> EXTENSIONS =
      List.of(
          "model_repository",
          "model_configuration",
          "binary_tensor_data",
          "parameters",
          "statistics");
}
