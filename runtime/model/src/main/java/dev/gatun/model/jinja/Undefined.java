package dev.gatun.model.jinja;

/**
 * A name, attribute or item that does not exist. Prints as nothing, is false, has no items; every
 * other use of it fails with {@code message}.
 */
record Undefined(String message) {

  static Undefined variable(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined attribute(Object object, Object name) {
    String type = object == None.NONE ? "None" : Types.name(object) + " object";
    return name instanceof String
        ? new Undefined("'" + type + "' has no attribute '" + name + "'")
        : new Undefined(type + " has no element " + Text.shortRepr(name));
  }

  static Undefined unsafe(Object object, String name) {
    return new Undefined(
        "access to attribute '" + name + "' of '" + Types.name(object) + "' object is unsafe.");
  }

  JinjaException failure() {
    return new JinjaException(message);
  }
}
