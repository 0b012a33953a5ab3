package dev.gatun.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.gatun.server.config.ConfigLoader;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.otel.TelemetryPlan;
import dev.gatun.server.serve.GatunServer;
import dev.gatun.server.serve.ModelArrival;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** {@code gatun serve}. */
final class ServeCommand {
  private final PrintStream out;
  private final Map<String, String> environment;

  ServeCommand(PrintStream out, Map<String, String> environment) {
    this.out = out;
    this.environment = environment;
  }

  int run(List<String> arguments) {
    ServeArguments parsed = ServeArguments.parse(arguments);
    if (parsed.isHelp()) {
      out.print(ServeArguments.help());
      return 0;
    }
    ServeConfig config = new ConfigLoader(environment).load(parsed.flags(), parsed.file());
    if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.setLevel(Level.valueOf(config.logLevel()));
    }
    TelemetryPlan exports =
        TelemetryPlan.of(
            config.telemetry().otlpTracesEndpoint(),
            config.telemetry().otlpMetricsEndpoint(),
            environment);
    return GatunServer.run(config, Version.current(), exports, ModelArrival.of(environment));
  }
}
