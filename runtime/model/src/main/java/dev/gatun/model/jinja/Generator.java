package dev.gatun.model.jinja;

import java.util.Iterator;

/** Items that can be read once, and are computed only then: the result of select, map and such. */
record Generator(Iterator<Object> items) {}
