/**
 * What a call tells those who trace it: handlers run with the {@link CallTrace} of their call, and
 * whoever generates for it says so there. Knows no exporter; with tracing off nothing but the time
 * of arrival is kept. Any thread.
 */
@NullMarked
package dev.gatun.server.trace;

import org.jspecify.annotations.NullMarked;
