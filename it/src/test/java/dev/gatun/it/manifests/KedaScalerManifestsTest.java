package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.server.cli.KedaScalerCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The scaler's deployment and the triggers that use it. */
class KedaScalerManifestsTest {
  private static final List<JsonNode> DOCUMENTS = Manifests.documents();

  @Test
  void theCommandTakesItsArguments() {
    JsonNode container =
        named("Deployment", "gatun-keda-scaler").at("/spec/template/spec/containers/0");
    List<String> args = new ArrayList<>();
    container.path("args").forEach(argument -> args.add(argument.asText()));

    CommandLine command = new CommandLine(new KedaScalerCommand());
    command.parseArgs(args.subList(1, args.size()).toArray(new String[0]));

    assertThat(args.getFirst()).isEqualTo("keda-scaler");
    assertThat(args).contains("--port=" + container.at("/ports/0/containerPort").asInt());
  }

  @Test
  void triggersUseKeysOfTheScalerAndAServiceThatIsThere() {
    String help = new CommandLine(new KedaScalerCommand()).getUsageMessage();
    List<JsonNode> triggers = new ArrayList<>();
    for (JsonNode scaledObject : Manifests.ofKind(DOCUMENTS, "ScaledObject")) {
      for (JsonNode trigger : scaledObject.at("/spec/triggers")) {
        if (trigger.path("type").asText().equals("external-push")) {
          triggers.add(trigger.path("metadata"));
        }
      }
    }

    assertThat(triggers).isNotEmpty();
    for (JsonNode metadata : triggers) {
      for (Map.Entry<String, JsonNode> entry : metadata.properties()) {
        assertThat(help + " scalerAddress ").contains(" " + entry.getKey() + " ");
      }
      JsonNode service = named("Service", metadata.path("service").asText());
      assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
      JsonNode scaler = named("Service", "gatun-keda-scaler");
      assertThat(metadata.path("scalerAddress").asText())
          .isEqualTo("gatun-keda-scaler.gatun.svc:" + scaler.at("/spec/ports/0/port").asInt());
    }
  }

  private static JsonNode named(String kind, String name) {
    return Manifests.ofKind(DOCUMENTS, kind).stream()
        .filter(document -> Manifests.name(document).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
  }
}
