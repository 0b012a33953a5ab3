/** Tests of constrained decoding, their vocabularies and an independent schema validator. */
@NullMarked
package dev.gatun.model.grammar;

import org.jspecify.annotations.NullMarked;
