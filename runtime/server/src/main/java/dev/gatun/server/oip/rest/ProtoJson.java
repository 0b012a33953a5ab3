package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.math.BigInteger;
import java.util.List;

/**
 * Messages as the JSON that REST clients of the protocol know: field names as declared, integers as
 * numbers, enums by name. Absent messages and empty maps are left out, everything else is written.
 */
final class ProtoJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ProtoJson() {}

  static ObjectNode of(Message message) {
    ObjectNode object = NODES.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isMapField()) {
        if (message.getRepeatedFieldCount(field) > 0) {
          object.set(field.getName(), map(message, field));
        }
      } else if (field.isRepeated()) {
        ArrayNode list = object.putArray(field.getName());
        for (Object item : (List<?>) message.getField(field)) {
          list.add(value(field, item));
        }
      } else if (!field.hasPresence() || message.hasField(field)) {
        object.set(field.getName(), value(field, message.getField(field)));
      }
    }
    return object;
  }

  private static ObjectNode map(Message message, FieldDescriptor field) {
    ObjectNode object = NODES.objectNode();
    FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
    for (Object item : (List<?>) message.getField(field)) {
      Message entry = (Message) item;
      object.set(String.valueOf(entry.getField(key)), value(value, entry.getField(value)));
    }
    return object;
  }

  private static JsonNode value(FieldDescriptor field, Object value) {
    return switch (value) {
      case Message message -> of(message);
      case EnumValueDescriptor constant -> NODES.textNode(constant.getName());
      case Boolean flag -> NODES.booleanNode(flag);
      case Integer number -> NODES.numberNode(number);
      case Long number ->
          field.getType() == FieldDescriptor.Type.UINT64 && number < 0
              ? NODES.numberNode(new BigInteger(Long.toUnsignedString(number)))
              : NODES.numberNode(number);
      case String text -> NODES.textNode(text);
      default -> throw new IllegalArgumentException("no JSON for " + field.getFullName());
    };
  }
}
