/**
 * What every backend must do, as tests. A backend's own test extends {@link
 * dev.gatun.tensor.contract.BackendContract} and says how to open the backend; everything else is
 * inherited.
 *
 * <p>Expectations are naive formulas in double precision, written here and independent of any
 * backend, the reference backend included. Inputs are placed and results read through {@link
 * dev.gatun.tensor.Backend} alone, so that the same cases run on devices.
 */
@NullMarked
package dev.gatun.tensor.contract;

import org.jspecify.annotations.NullMarked;
