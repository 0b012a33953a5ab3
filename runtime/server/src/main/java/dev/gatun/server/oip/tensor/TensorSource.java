package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;

/** Elements as a client sent them, not looked at yet. */
public sealed interface TensorSource permits RawSource, TypedSource, JsonSource {

  /**
   * The elements in raw form.
   *
   * @param where names the tensor in messages, such as {@code input 'X' for model 'm'}
   * @param numElements what the shape asks for
   * @throws dev.gatun.engine.api.ServingException INVALID_ARGUMENT if the elements are not exactly
   *     those of datatype and shape
   */
  ByteString read(String where, Datatype datatype, long numElements);
}
