/**
 * The OpenAI API as vLLM serves it: completions, chat completions, models, tokenize and detokenize,
 * health. Adapters only: they read JSON into {@link dev.gatun.server.text.TextRequest}s and write
 * {@link dev.gatun.server.text.TextChunk}s as JSON or server-sent events.
 *
 * <p>Handlers are stateless and serve all calls at once, each on its virtual thread. Must not
 * import Netty, gRPC or the engine beyond its api package.
 */
@NullMarked
package dev.gatun.server.openai;

import org.jspecify.annotations.NullMarked;
