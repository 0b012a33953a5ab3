/**
 * The cuda backend on a device, a real one or the emulation that the build makes, and what can be
 * tested without: bindings against the headers, layouts, choices.
 */
@NullMarked
package dev.gatun.cuda;

import org.jspecify.annotations.NullMarked;
