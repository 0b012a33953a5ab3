package dev.gatun.server.serve;

import dev.gatun.engine.api.Engine;
import dev.gatun.model.chat.ChatTemplate;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.config.ConfigException;
import dev.gatun.server.text.ServedModel;

/** A model with its engine running. Closing it stops the engine first. */
public record LoadedModel(
    PlannedModel planned, Engine engine, Tokenizer tokenizer, ServedModel served)
    implements AutoCloseable {

  /**
   * The chat template.
   *
   * @throws ConfigException if the model has none
   */
  public ChatTemplate requireChatTemplate() {
    return served
        .chatTemplate()
        .orElseThrow(
            () ->
                new ConfigException(
                    planned.directory().path()
                        + " has no chat template; give one by --chat-template"));
  }

  @Override
  public void close() {
    engine.close();
    tokenizer.close();
    // The engine has closed its backend.
    planned.directory().close();
  }
}
