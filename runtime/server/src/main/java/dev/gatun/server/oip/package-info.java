/**
 * The Open Inference Protocol: {@code tensor} is what its tensors look like, {@code model} what
 * models make of them, {@code grpc} and {@code rest} the two wires, {@code generate} text in plain
 * JSON, {@code llm} the generating model behind tensors.
 */
@NullMarked
package dev.gatun.server.oip;

import org.jspecify.annotations.NullMarked;
