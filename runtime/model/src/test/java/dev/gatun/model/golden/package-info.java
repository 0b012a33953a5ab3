/**
 * Golden data of the tiny test models and a driver that runs a decoder without an engine; packed
 * into the test-jar for the tests of other modules.
 */
@NullMarked
package dev.gatun.model.golden;

import org.jspecify.annotations.NullMarked;
