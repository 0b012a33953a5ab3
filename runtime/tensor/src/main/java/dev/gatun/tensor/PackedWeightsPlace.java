package dev.gatun.tensor;

import java.nio.file.Path;

/**
 * Where a backend keeps weights in the layout that its kernels read, so that a later start maps
 * them instead of packing them again.
 *
 * @param directory is made where it is missing
 * @param label begins the file's name; a file replaces those of the same label
 * @param key hexadecimal digest of all that the packed weights depend on, the backend itself aside
 */
public record PackedWeightsPlace(Path directory, String label, String key) {}
