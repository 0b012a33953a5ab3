package dev.gatun.model.weights;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;

/**
 * One tensor as a safetensors header lists it.
 *
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last; {@code end - begin} is what shape and type need
 */
record TensorEntry(String name, DType dtype, Shape shape, long begin, long end) {}
