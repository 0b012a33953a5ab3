/**
 * Fakes that server tests share: an engine that follows a script, a call that records its answer.
 */
@org.jspecify.annotations.NullMarked
package dev.gatun.server.testing;
