/** Tests of request checks, registry and models. */
@NullMarked
package dev.gatun.server.oip.model;

import org.jspecify.annotations.NullMarked;
