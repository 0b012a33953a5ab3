package dev.gatun.tensor;

/**
 * One GPU at one moment. Figures that are not known are NaN.
 *
 * @param index on the node, as the driver counts
 * @param uuid as the driver prints it, or empty
 * @param name of the product
 * @param utilization share of time in which a kernel ran, 0 to 1
 * @param memoryUsedBytes by all processes
 */
public record GpuReading(
    int index,
    String uuid,
    String name,
    double utilization,
    double memoryUsedBytes,
    double memoryTotalBytes,
    double powerWatts,
    double temperatureCelsius,
    double smClockHertz) {}
