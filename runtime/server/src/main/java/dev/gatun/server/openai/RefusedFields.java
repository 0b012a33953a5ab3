package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.text.FieldValues;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Fields that would change the answer and are not implemented. They are refused by name: an answer
 * that silently ignores a schema or a bias is wrong. Values that mean nothing pass.
 */
final class RefusedFields {
  private record Row(String field, Predicate<Object> changesAnswer) {}

  private static final List<Row> TABLE =
      List.of(
          new Row("use_beam_search", value -> FieldValues.toBoolean("use_beam_search", value)),
          new Row("suffix", RefusedFields::isNotEmpty),
          new Row("prompt_embeds", RefusedFields::isAny),
          new Row("repetition_detection", RefusedFields::isAny),
          new Row("thinking_token_budget", RefusedFields::isAny),
          // A request's own template runs code of the client's choosing.
          new Row("chat_template", RefusedFields::isAny),
          new Row("functions", RefusedFields::isNotEmpty),
          new Row("audio", RefusedFields::isAny));

  private RefusedFields() {}

  /**
   * Checks a request.
   *
   * @throws ServingException INVALID_ARGUMENT naming the first field that is not supported
   */
  static void check(JsonBody body) {
    for (Row row : TABLE) {
      Object value = body.get(row.field);
      if (value != null && row.changesAnswer.test(value)) {
        throw ServingException.invalidField(
            row.field,
            row.field + " is not supported by this server, was " + FieldValues.shown(value));
      }
    }
  }

  private static boolean isAny(Object value) {
    return true;
  }

  private static boolean isNotEmpty(Object value) {
    return switch (value) {
      case Collection<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case String text -> !text.isEmpty();
      default -> true;
    };
  }
}
