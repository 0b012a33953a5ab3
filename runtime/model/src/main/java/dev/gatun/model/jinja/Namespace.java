package dev.gatun.model.jinja;

import java.util.Map;

/** {@code namespace()}: the only value whose attributes a template may assign. */
record Namespace(Map<Object, Object> attributes) {}
