package dev.gatun.model.chat;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.jinja.JinjaException;
import dev.gatun.model.jinja.JinjaTemplate;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The chat template of a model: turns messages into the prompt text that the model was trained on.
 * What it prints holds the special tokens already, so encode it without adding them. Immutable; any
 * number of threads may render at once.
 */
public final class ChatTemplate {

  private static final String TOOL_USE = "tool_use";

  private final JinjaTemplate withoutTools;
  private final JinjaTemplate withTools;
  private final Map<String, Object> specialTokens;
  private final Clock clock;

  private ChatTemplate(
      JinjaTemplate withoutTools,
      JinjaTemplate withTools,
      Map<String, Object> specialTokens,
      Clock clock) {
    this.withoutTools = withoutTools;
    this.withTools = withTools;
    this.specialTokens = specialTokens;
    this.clock = clock;
  }

  /**
   * The template of {@code modelDir}: chat_template.jinja, else chat_template of
   * tokenizer_config.json (one template, or several by name, of which {@code tool_use} serves
   * requests with tools and {@code default} the others), else that of chat_template.json. Empty if
   * the model has none.
   *
   * @throws ModelLoadException naming the file and the line of a template that cannot be parsed
   */
  public static Optional<ChatTemplate> load(Path modelDir) {
    TemplateFiles files = new TemplateFiles(modelDir);
    Map<String, TemplateFiles.Source> sources = files.sources();
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    TemplateFiles.Source first = sources.values().iterator().next();
    TemplateFiles.Source standard =
        sources.size() == 1 ? first : sources.get(TemplateFiles.DEFAULT);
    if (standard == null) {
      throw new ModelLoadException(
          first.file() + ": chat_template: none is named default, there are " + sources.keySet());
    }
    JinjaTemplate withoutTools = parse(standard);
    TemplateFiles.Source toolUse = sources.get(TOOL_USE);
    JinjaTemplate withTools = toolUse == null ? withoutTools : parse(toolUse);
    return Optional.of(
        new ChatTemplate(
            withoutTools, withTools, files.specialTokens(), Clock.system(ZoneId.systemDefault())));
  }

  /**
   * The template of {@code file} with the special tokens of {@code modelDir}, as an operator may
   * give one instead of the model's own.
   *
   * @throws ModelLoadException naming the file that cannot be read, or the line that cannot be
   *     parsed
   */
  public static ChatTemplate load(Path modelDir, Path file) {
    JinjaTemplate template = parse(new TemplateFiles.Source(file, TemplateFiles.text(file)));
    Map<String, Object> tokens = new TemplateFiles(modelDir).specialTokens();
    return new ChatTemplate(template, template, tokens, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * A template from its source.
   *
   * @param bosToken text of {@code bos_token}, null if the model has none
   * @param eosToken text of {@code eos_token}, null if the model has none
   * @throws ChatTemplateException naming the line that cannot be parsed
   */
  public static ChatTemplate parse(
      String source, @Nullable String bosToken, @Nullable String eosToken) {
    Map<String, Object> tokens = new LinkedHashMap<>();
    if (bosToken != null) {
      tokens.put("bos_token", bosToken);
    }
    if (eosToken != null) {
      tokens.put("eos_token", eosToken);
    }
    try {
      JinjaTemplate template = JinjaTemplate.parse(source);
      return new ChatTemplate(template, template, tokens, Clock.system(ZoneId.systemDefault()));
    } catch (JinjaException e) {
      throw new ChatTemplateException("the chat template is not usable: " + e.getMessage(), e);
    }
  }

  private static JinjaTemplate parse(TemplateFiles.Source source) {
    try {
      return JinjaTemplate.parse(source.text());
    } catch (JinjaException e) {
      throw new ModelLoadException(
          source.file() + ": the chat template is not usable: " + e.getMessage(), e);
    }
  }

  /** The same template with another clock for {@code strftime_now}. */
  public ChatTemplate withClock(Clock other) {
    return new ChatTemplate(withoutTools, withTools, specialTokens, other);
  }

  /**
   * The prompt text of a conversation.
   *
   * @param variables {@code messages} (a list of maps), {@code tools}, {@code
   *     add_generation_prompt} and whatever else the template knows; plain java.util, String,
   *     Boolean, Long, Double and null values. Special tokens of the model are there already.
   * @throws ChatTemplateException with the template's own words when it refuses the messages
   */
  public String render(Map<String, Object> variables) {
    Map<String, @Nullable Object> all = new HashMap<>(specialTokens);
    // Templates tell an absent list from an empty one by "is not none", as transformers passes it.
    all.put("tools", null);
    all.put("documents", null);
    all.put("add_generation_prompt", false);
    all.putAll(variables);
    JinjaTemplate template = all.get("tools") == null ? withoutTools : withTools;
    try {
      return template.render(all, () -> LocalDateTime.now(clock));
    } catch (JinjaException e) {
      String message =
          e.isRaisedByTemplate() ? e.getMessage() : "the chat template failed: " + e.getMessage();
      throw new ChatTemplateException(message, e);
    }
  }
}
