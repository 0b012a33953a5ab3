/**
 * The scaler that KEDA asks how many replicas a service needs: reads the metrics of every pod
 * behind a headless Service and makes one number of them, the load, in which 1 is a pod at its
 * targets.
 *
 * <p>A process of its own, {@code gatun keda-scaler}; knows pods by their /metrics alone and shares
 * no state with a serving process. {@link dev.gatun.server.keda.Fleet} owns the samples of one
 * target, each behind its own lock; calls come on virtual threads. Must not import the engine or
 * the model.
 */
@NullMarked
package dev.gatun.server.keda;

import org.jspecify.annotations.NullMarked;
