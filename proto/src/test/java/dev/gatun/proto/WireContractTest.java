package dev.gatun.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.ServiceProto;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The compiled descriptors say exactly what wire.csv says: nothing missing, nothing more. */
final class WireContractTest {

  @Test
  void declaresExactlyTheMethodsMessagesFieldsAndValuesOfTheContract() throws IOException {
    List<String> contract = contract();

    List<String> declared = declared();

    assertThat(contract).doesNotHaveDuplicates().hasSizeGreaterThan(200);
    assertThat(declared).containsExactlyInAnyOrderElementsOf(contract);
  }

  @Test
  void servesUnderTheNameThatClientsCall() {
    assertThat(GRPCInferenceServiceGrpc.SERVICE_NAME).isEqualTo("inference.GRPCInferenceService");
    assertThat(GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
        .isEqualTo("inference.GRPCInferenceService/ModelInfer");
  }

  private static List<String> contract() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(WireContractTest.class.getResourceAsStream("wire.csv")),
                StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.startsWith("#")).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static List<String> declared() {
    Set<FileDescriptor> files = new LinkedHashSet<>();
    files.add(ServiceProto.getDescriptor());
    files.addAll(ServiceProto.getDescriptor().getDependencies());
    List<String> rows = new ArrayList<>();
    for (FileDescriptor file : files) {
      assertThat(file.getPackage()).isEqualTo("inference");
      file.getServices().forEach(service -> addService(service, rows));
      file.getMessageTypes().forEach(message -> addMessage(message, rows));
      file.getEnumTypes().forEach(type -> addEnum(type, rows));
    }
    return rows;
  }

  private static void addService(ServiceDescriptor service, List<String> rows) {
    for (MethodDescriptor method : service.getMethods()) {
      rows.add(
          String.join(
              ",",
              "method",
              service.getName(),
              method.getName(),
              name(method.getInputType()),
              name(method.getOutputType()),
              kind(method)));
    }
  }

  private static String kind(MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? "bidi" : "client stream";
    }
    return method.isServerStreaming() ? "server stream" : "unary";
  }

  private static void addMessage(Descriptor message, List<String> rows) {
    if (message.getOptions().getMapEntry()) {
      return;
    }
    rows.add("message," + name(message));
    for (FieldDescriptor field : message.getFields()) {
      rows.add(
          String.join(
              ",",
              "field",
              name(message),
              field.getName(),
              Integer.toString(field.getNumber()),
              field.isMapField() ? mapType(field) : type(field),
              label(field)));
    }
    message.getNestedTypes().forEach(nested -> addMessage(nested, rows));
    message.getEnumTypes().forEach(nested -> addEnum(nested, rows));
  }

  private static void addEnum(EnumDescriptor type, List<String> rows) {
    type.getValues()
        .forEach(
            value ->
                rows.add(
                    String.join(
                        ",",
                        "value",
                        withoutPackage(type.getFullName()),
                        value.getName(),
                        Integer.toString(value.getNumber()))));
  }

  private static String label(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map";
    }
    if (field.isRepeated()) {
      return "repeated";
    }
    OneofDescriptor oneof = field.getContainingOneof();
    return oneof == null ? "single" : "oneof " + oneof.getName();
  }

  private static String mapType(FieldDescriptor field) {
    Descriptor entry = field.getMessageType();
    return type(entry.findFieldByNumber(1)) + " to " + type(entry.findFieldByNumber(2));
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> name(field.getMessageType());
      case ENUM -> withoutPackage(field.getEnumType().getFullName());
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
          field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String name(Descriptor message) {
    return withoutPackage(message.getFullName());
  }

  private static String withoutPackage(String fullName) {
    assertThat(fullName).startsWith("inference.");
    return fullName.substring("inference.".length());
  }
}
