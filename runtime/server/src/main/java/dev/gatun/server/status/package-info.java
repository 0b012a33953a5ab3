/**
 * Whether the process lives and takes requests: written by start-up and drain, read by every
 * protocol's health answers. Any thread. Imports nothing.
 */
@NullMarked
package dev.gatun.server.status;

import org.jspecify.annotations.NullMarked;
