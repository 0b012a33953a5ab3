/**
 * The command line: {@code gatun serve}, {@code generate} and {@code inspect}. The only place that
 * prints to standard output and ends the process. Main thread.
 */
@NullMarked
package dev.gatun.server.cli;

import org.jspecify.annotations.NullMarked;
