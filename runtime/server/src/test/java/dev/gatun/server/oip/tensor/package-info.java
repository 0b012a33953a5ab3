/** Tests of the tensor forms. */
@NullMarked
package dev.gatun.server.oip.tensor;

import org.jspecify.annotations.NullMarked;
