/** Tests of the generate extension, through the router. */
@NullMarked
package dev.gatun.server.oip.generate;

import org.jspecify.annotations.NullMarked;
