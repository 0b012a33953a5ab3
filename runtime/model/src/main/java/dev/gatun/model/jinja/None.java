package dev.gatun.model.jinja;

/** Python's None. Templates never see Java's null. */
enum None {
  NONE
}
