/**
 * Text to token ids and back: the tokenizer.json of a model directory, run by the Hugging Face
 * tokenizers library. A {@link dev.gatun.model.tokenizer.Tokenizer} is shared by all threads; an
 * {@link dev.gatun.model.tokenizer.IncrementalDetokenizer} belongs to one sequence and one thread.
 * Imports nothing of Gatun but {@link dev.gatun.model.ModelLoadException}; no other package may
 * import ai.djl.
 */
@NullMarked
package dev.gatun.model.tokenizer;

import org.jspecify.annotations.NullMarked;
