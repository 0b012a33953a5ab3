/** Tests of generating models behind tensors, over a fake engine. */
@NullMarked
package dev.gatun.server.oip.llm;

import org.jspecify.annotations.NullMarked;
