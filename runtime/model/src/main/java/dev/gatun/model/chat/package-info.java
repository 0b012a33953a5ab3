/**
 * Chat messages to prompt text: finds the chat template of a model directory and renders it. A
 * {@link dev.gatun.model.chat.ChatTemplate} is immutable and used by all threads. Imports {@code
 * jinja} and {@link dev.gatun.model.ModelLoadException} alone.
 */
@NullMarked
package dev.gatun.model.chat;

import org.jspecify.annotations.NullMarked;
