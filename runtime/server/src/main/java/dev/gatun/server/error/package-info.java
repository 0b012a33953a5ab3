/**
 * How the closed set of errors looks on each protocol. The only place that maps error codes; pure
 * functions, any thread.
 */
@NullMarked
package dev.gatun.server.error;

import org.jspecify.annotations.NullMarked;
