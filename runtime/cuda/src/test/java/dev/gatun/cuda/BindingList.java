package dev.gatun.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The checked-in list of what is bound, bindings.txt, read by class. */
record BindingList(String header, Map<String, String> functions, List<Constant> constants) {
  static final Map<String, Class<?>> CLASSES =
      Map.of(
          "CudaDriver", CudaDriver.class,
          "CublasLt", CublasLt.class,
          "Nvml", Nvml.class,
          "Nccl", Nccl.class);

  /** A constant in Java, its name in C, and the value that both should have. */
  record Constant(String name, String nativeName, String value) {}

  /** The list of one class. */
  static BindingList of(Class<?> type) {
    return read().get(type.getSimpleName());
  }

  static Map<String, BindingList> read() {
    Map<String, BindingList> lists = new TreeMap<>();
    BindingList current = null;
    for (String line : text().lines().toList()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "class" -> {
          current = new BindingList(words[2], new TreeMap<>(), new ArrayList<>());
          lists.put(words[1], current);
        }
        case "function" -> current.functions().put(words[1], words[2]);
        case "constant" -> current.constants().add(new Constant(words[1], words[2], words[3]));
        default -> {}
      }
    }
    return lists;
  }

  private static String text() {
    try (InputStream in = BindingList.class.getResourceAsStream("bindings.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The functions that a class binds, by the name of its constant. */
  static Map<String, CFunction> bound(Class<?> type) {
    Map<String, CFunction> functions = new TreeMap<>();
    for (Field field : type.getDeclaredFields()) {
      if (field.getType() == CFunction.class) {
        functions.put(field.getName(), (CFunction) value(field));
      }
    }
    return functions;
  }

  private static Object value(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new LinkageError(field.toString(), e);
    }
  }

  /** Value of an int constant of a class. */
  static int constant(Class<?> type, String name) {
    try {
      return (int) value(type.getDeclaredField(name));
    } catch (NoSuchFieldException e) {
      throw new LinkageError(type + " lacks " + name, e);
    }
  }
}
