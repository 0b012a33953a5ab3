/** The backend contract and the golden models on each instruction set that this machine runs. */
@NullMarked
package dev.gatun.cpu;

import org.jspecify.annotations.NullMarked;
