/** Tests of the wire contract. */
@NullMarked
package dev.gatun.proto;

import org.jspecify.annotations.NullMarked;
