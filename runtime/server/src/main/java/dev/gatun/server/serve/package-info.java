/**
 * Start, warm-up, drain and stop of the server: the one place where collaborators are wired. Main
 * thread, and the shutdown thread once.
 */
@NullMarked
package dev.gatun.server.serve;

import org.jspecify.annotations.NullMarked;
