/**
 * Reads Hugging Face's config.json, in the spelling of published checkpoints and in that of
 * transformers 5, into a typed record. Everything is checked here: behind {@link
 * dev.gatun.model.config.ModelConfig} values are in range. Immutable results, any thread. Knows no
 * architecture; what differs between them comes in as {@link
 * dev.gatun.model.config.ConfigDefaults}.
 */
@NullMarked
package dev.gatun.model.config;

import org.jspecify.annotations.NullMarked;
