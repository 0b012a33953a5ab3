package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.text.FieldValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code messages} into what chat templates expect: role, content as one string, and the
 * fields of tool calls. Text parts are joined by line feeds; other parts need a model that sees.
 */
final class ChatMessages {
  private static final String FIELD = "messages";
  private static final String ASSISTANT = "assistant";

  private ChatMessages() {}

  static List<Map<String, Object>> parse(@Nullable Object value) {
    if (value == null) {
      throw ServingException.invalidField(FIELD, "messages is missing, must be a list of messages");
    }
    List<?> list = JsonBody.toList(FIELD, value);
    if (list.isEmpty()) {
      throw ServingException.invalidField(FIELD, "messages is an empty list");
    }
    List<Map<String, Object>> messages = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      String path = FIELD + "[" + i + "]";
      messages.add(parse(path, JsonBody.toObject(path, list.get(i))));
    }
    return messages;
  }

  private static Map<String, Object> parse(String path, Map<String, @Nullable Object> message) {
    String role =
        FieldValues.toText(path + ".role", orMissing(path + ".role", message.get("role")));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("role", role);
    Object content = message.get("content");
    result.put(
        "content",
        content == null && role.equals(ASSISTANT)
            ? ""
            : text(path + ".content", orMissing(path + ".content", content)));
    if (role.equals(ASSISTANT)) {
      addToolCalls(path + ".tool_calls", message.get("tool_calls"), result);
      if (message.get("reasoning") instanceof String reasoning) {
        result.put("reasoning", reasoning);
        result.put("reasoning_content", reasoning);
      }
    }
    copyText("tool_call_id", message, result);
    copyText("name", message, result);
    return result;
  }

  private static Object orMissing(String path, @Nullable Object value) {
    if (value == null) {
      throw ServingException.invalidField(path, path + " is missing");
    }
    return value;
  }

  private static String text(String path, Object content) {
    if (content instanceof String text) {
      return text;
    }
    if (!(content instanceof List<?> parts)) {
      throw FieldValues.wrong(path, content, "a string or a list of text parts");
    }
    List<String> texts = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      texts.add(partText(path + "[" + i + "]", parts.get(i)));
    }
    return String.join("\n", texts);
  }

  private static String partText(String path, @Nullable Object part) {
    if (part instanceof String text) {
      return text;
    }
    Map<String, @Nullable Object> fields = JsonBody.toObject(path, part);
    Object type = orMissing(path + ".type", fields.get("type"));
    if (!type.equals("text")) {
      throw ServingException.invalidField(
          path + ".type",
          path + ".type is " + FieldValues.shown(type) + ", this model reads \"text\" alone");
    }
    return FieldValues.toText(path + ".text", orMissing(path + ".text", fields.get("text")));
  }

  /** Clients send arguments as a string of JSON; templates print them as the object they are. */
  private static void addToolCalls(
      String path, @Nullable Object value, Map<String, Object> result) {
    if (value == null) {
      return;
    }
    List<?> calls = JsonBody.toList(path, value);
    List<Object> parsed = new ArrayList<>(calls.size());
    for (int i = 0; i < calls.size(); i++) {
      String callPath = path + "[" + i + "]";
      Map<String, @Nullable Object> call =
          new LinkedHashMap<>(JsonBody.toObject(callPath, calls.get(i)));
      String functionPath = callPath + ".function";
      Map<String, @Nullable Object> function =
          new LinkedHashMap<>(JsonBody.toObject(functionPath, call.get("function")));
      function.put("arguments", arguments(functionPath + ".arguments", function.get("arguments")));
      call.put("function", function);
      parsed.add(call);
    }
    result.put("tool_calls", parsed);
  }

  private static Object arguments(String path, @Nullable Object value) {
    if (value == null || value.equals("")) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> object) {
      return object;
    }
    return OpenAiJson.readObject(path, FieldValues.toText(path, value));
  }

  private static void copyText(
      String name, Map<String, @Nullable Object> message, Map<String, Object> result) {
    if (message.get(name) instanceof String text) {
      result.put(name, text);
    }
  }
}
