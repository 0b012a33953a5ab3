package dev.gatun.server.openai;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.model.chat.ChatTemplate;
import dev.gatun.model.chat.ChatTemplateException;
import dev.gatun.server.text.ServedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages rendered to a prompt by the model's template.
 *
 * @param echo content of the last message if the answer continues its role, else ""
 */
record ChatPrompt(String text, String echo) {

  /**
   * Reads messages, tools and the fields of the template.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field, or with the template's own words
   */
  static ChatPrompt parse(ServedModel model, JsonBody body) {
    ChatTemplate template =
        model
            .chatTemplate()
            .orElseThrow(
                () ->
                    ServingException.invalidField(
                        "messages",
                        "the model "
                            + model.name()
                            + " has no chat template; use /v1/completions with a prompt"));
    List<Map<String, Object>> messages = ChatMessages.parse(body.get("messages"));
    boolean continuesFinal = body.flag("continue_final_message", false);
    boolean addsPrompt = body.flag("add_generation_prompt", !continuesFinal);
    if (continuesFinal && addsPrompt) {
      throw ServingException.invalidField(
          "continue_final_message",
          "continue_final_message and add_generation_prompt exclude each other");
    }
    Map<String, Object> variables = variables(body);
    variables.put("messages", messages);
    variables.put("add_generation_prompt", addsPrompt);
    String text = render(template, variables);
    Map<String, Object> last = messages.getLast();
    String content = last.get("content") instanceof String written ? written : "";
    return new ChatPrompt(
        continuesFinal ? cutAfter(text, content) : text,
        "assistant".equals(last.get("role")) ? content : "");
  }

  private static Map<String, Object> variables(JsonBody body) {
    Map<String, Object> variables = new LinkedHashMap<>();
    body.text("reasoning_effort").ifPresent(effort -> variables.put("reasoning_effort", effort));
    Object kwargs = body.get("chat_template_kwargs");
    if (kwargs != null) {
      variables.putAll(JsonBody.toObject("chat_template_kwargs", kwargs));
    }
    ChatTools.parse(body).ifPresent(tools -> variables.put("tools", tools));
    Object documents = body.get("documents");
    if (documents != null) {
      variables.put("documents", JsonBody.toList("documents", documents));
    }
    return variables;
  }

  private static String render(ChatTemplate template, Map<String, Object> variables) {
    try {
      return template.render(variables);
    } catch (ChatTemplateException e) {
      throw new ServingException(
          ErrorCode.INVALID_ARGUMENT,
          "the messages do not fit the chat template: " + e.getMessage(),
          e);
    }
  }

  /** The prompt up to the end of the last message, which the model is to go on with. */
  private static String cutAfter(String text, String content) {
    String trimmed = content.strip();
    int start = text.lastIndexOf(trimmed);
    if (start < 0) {
      throw ServingException.invalidField(
          "continue_final_message",
          "the chat template does not keep the text of the last message, so it cannot be"
              + " continued");
    }
    // Templates differ in whether they keep spaces at the end of a message.
    String kept = content.stripLeading();
    return text.substring(0, start + (text.startsWith(kept, start) ? kept : trimmed).length());
  }
}
