/**
 * Every option of the server: one table of {@link dev.gatun.server.config.Setting}s, the sources
 * that fill it (flags, environment, YAML file, defaults, in this order of strength) and the typed
 * {@link dev.gatun.server.config.ServeConfig} that the rest of the server reads. Used at start on
 * the main thread; nothing outside this package reads a flag or an environment variable.
 */
@NullMarked
package dev.gatun.server.config;

import org.jspecify.annotations.NullMarked;
