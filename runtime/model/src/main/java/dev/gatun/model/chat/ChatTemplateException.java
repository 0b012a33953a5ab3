package dev.gatun.model.chat;

/**
 * A chat template refused the messages, or cannot work with them. The message is the template's own
 * where it gave one; the request is invalid, not the server.
 */
public final class ChatTemplateException extends RuntimeException {

  ChatTemplateException(String message, Throwable cause) {
    super(message, cause);
  }
}
