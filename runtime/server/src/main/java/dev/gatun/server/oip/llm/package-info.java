/**
 * The generating model behind tensors, with the input and output names of Triton's vLLM backend, so
 * that its clients work unchanged. A request is served by its own virtual thread. Must not import
 * gRPC or HTTP.
 */
@NullMarked
package dev.gatun.server.oip.llm;

import org.jspecify.annotations.NullMarked;
