package dev.gatun.server.cli;

import dev.gatun.engine.api.ServingException;
import dev.gatun.model.ModelLoadException;
import dev.gatun.server.config.ConfigException;
import dev.gatun.server.serve.StartException;
import dev.gatun.tensor.BackendException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Entry point. Exit status: 0 done, 1 failed, 2 used wrongly. Failures that a user can cause are
 * one sentence behind {@code error:}; anything else is our bug and shows its stack trace.
 */
public final class Main {
  private static final List<String> COMMANDS =
      List.of("serve", "generate", "inspect", "call", "metrics");

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final TerminationLog terminationLog;

  Main(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
    this.terminationLog = new TerminationLog(environment);
  }

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(new Main(out, err, System.getenv()).run(Arrays.asList(arguments)));
  }

  /** Runs a command and returns the exit status. */
  int run(List<String> arguments) {
    try {
      int status = dispatch(arguments);
      if (status != 0) {
        explain(arguments, "error: ended with status " + status + ", the log says why");
      }
      return status;
    } catch (ConfigException e) {
      return fail(2, e, arguments);
    } catch (ModelLoadException | BackendException | StartException | ServingException e) {
      return fail(1, e, arguments);
    } catch (RuntimeException | Error e) {
      explain(arguments, "error: this is a bug of Gatun: " + e);
      throw e;
    }
  }

  /** Other commands may run beside a server, in a container whose end they do not explain. */
  private void explain(List<String> arguments, String reason) {
    String first = arguments.isEmpty() ? "" : arguments.getFirst();
    if (first.equals("serve") || first.startsWith("-")) {
      terminationLog.write(reason, err);
    }
  }

  private int dispatch(List<String> arguments) {
    String first = arguments.isEmpty() ? "--help" : arguments.getFirst();
    List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
    return switch (first) {
      case "-h", "--help", "help" -> help();
      case "-V", "--version" -> version();
      case "serve" -> new ServeCommand(out, environment).run(rest);
      case "generate" -> execute(new GenerateCommand(out), rest);
      case "inspect" -> new InspectCommand(out, environment).run(rest);
      case "metrics" -> execute(new MetricsCommand(out), rest);
      case "call" -> execute(new CallCommand(out, err), rest);
      default -> {
        if (first.startsWith("-")) {
          // In an image the flags stand alone, as KServe passes them.
          yield new ServeCommand(out, environment).run(arguments);
        }
        throw new ConfigException(
            "unknown command '%s'; there are %s ('gatun serve %s' serves a model directory)"
                .formatted(first, String.join(", ", COMMANDS), first));
      }
    };
  }

  private int execute(Callable<Integer> command, List<String> arguments) {
    CommandLine commandLine = new CommandLine(command).setUsageHelpWidth(100);
    try {
      commandLine.parseArgs(arguments.toArray(new String[0]));
    } catch (ParameterException e) {
      String name = commandLine.getCommandName();
      throw new ConfigException(e.getMessage() + "; '" + name + " --help' explains", e);
    }
    if (commandLine.isUsageHelpRequested()) {
      commandLine.usage(out);
      return 0;
    }
    try {
      return command.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(commandLine.getCommandName() + " failed", e);
    }
  }

  private int help() {
    out.println(
        """
        Gatun serves language models: Open Inference Protocol v2 (gRPC and REST) and the OpenAI API
        on one port.

        Usage:
          gatun serve MODEL_DIR [options]      serves a model
          gatun generate MODEL_DIR PROMPT      prints what a model makes of a prompt
          gatun inspect MODEL_DIR              prints what a model is and the memory it needs
          gatun call HOST:PORT SERVICE/METHOD  calls a gRPC method, as grpcurl does
          gatun metrics                        lists the metrics that /metrics shows
          gatun --version

        'gatun COMMAND --help' lists the options. Flags without a command are those of serve.\
        """);
    return 0;
  }

  private int version() {
    out.println("gatun " + Version.current());
    return 0;
  }

  private int fail(int status, RuntimeException failure, List<String> arguments) {
    String message = "error: " + failure.getMessage();
    err.println(message);
    explain(arguments, message);
    return status;
  }
}
