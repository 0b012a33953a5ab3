package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.text.FieldValues;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code tools} and {@code tool_choice}. Tools are shown to the model; its calls come back as
 * text, so a choice that promises a call is refused.
 */
final class ChatTools {
  private ChatTools() {}

  /**
   * The tools as the template takes them.
   *
   * @throws ServingException INVALID_ARGUMENT naming what is malformed or not supported
   */
  static Optional<List<?>> parse(JsonBody body) {
    Object value = body.get("tools");
    checkChoice(body.get("tool_choice"), value != null);
    if (value == null) {
      return Optional.empty();
    }
    List<?> tools = JsonBody.toList("tools", value);
    if (tools.isEmpty()) {
      throw ServingException.invalidField("tools", "tools is an empty list");
    }
    for (int i = 0; i < tools.size(); i++) {
      String path = "tools[" + i + "]";
      Map<String, @Nullable Object> tool = JsonBody.toObject(path, tools.get(i));
      Map<String, @Nullable Object> function =
          JsonBody.toObject(path + ".function", tool.get("function"));
      if (!(function.get("name") instanceof String)) {
        throw FieldValues.wrong(path + ".function.name", function.get("name"), "a string");
      }
    }
    return Optional.of(tools);
  }

  private static void checkChoice(@Nullable Object choice, boolean hasTools) {
    if (choice == null || choice.equals("none")) {
      return;
    }
    if (!choice.equals("auto")) {
      throw ServingException.invalidField(
          "tool_choice",
          "tool_choice "
              + FieldValues.shown(choice)
              + " is not supported by this server, must be \"auto\" or \"none\"");
    }
    if (!hasTools) {
      throw ServingException.invalidField("tool_choice", "tool_choice \"auto\" needs tools");
    }
  }
}
