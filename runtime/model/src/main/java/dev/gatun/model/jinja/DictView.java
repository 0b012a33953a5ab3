package dev.gatun.model.jinja;

import java.util.List;

/** What keys(), values() and items() of a dict return: iterable, with a length, not indexable. */
record DictView(String kind, List<Object> items) {}
