/** Tests of the whole protocol over sockets. */
@NullMarked
package dev.gatun.server.oip;

import org.jspecify.annotations.NullMarked;
