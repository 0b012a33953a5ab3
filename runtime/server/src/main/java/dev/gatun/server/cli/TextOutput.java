package dev.gatun.server.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the text out of an inference answer, typed or raw. */
final class TextOutput {
  private static final String TENSOR = "text_output";

  private TextOutput() {}

  /** The text of a ModelInferResponse or ModelStreamInferResponse; empty for other messages. */
  static String of(DynamicMessage answer) throws InvalidProtocolBufferException {
    ByteString bytes = answer.toByteString();
    return switch (answer.getDescriptorForType().getName()) {
      case "ModelInferResponse" -> of(ModelInferResponse.parseFrom(bytes));
      case "ModelStreamInferResponse" -> {
        ModelStreamInferResponse response = ModelStreamInferResponse.parseFrom(bytes);
        yield response.getErrorMessage().isEmpty()
            ? of(response.getInferResponse())
            : "error: " + response.getErrorMessage() + "\n";
      }
      default -> "";
    };
  }

  private static String of(ModelInferResponse response) {
    for (int i = 0; i < response.getOutputsCount(); i++) {
      if (response.getOutputs(i).getName().equals(TENSOR)) {
        return response.getRawOutputContentsCount() > i
            ? raw(response.getRawOutputContents(i))
            : response.getOutputs(i).getContents().getBytesContents(0).toStringUtf8();
      }
    }
    return "";
  }

  /** First element of a raw BYTES tensor: a little-endian length and that many bytes. */
  private static String raw(ByteString tensor) {
    ByteBuffer buffer = tensor.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    byte[] text = new byte[buffer.getInt()];
    buffer.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
