/**
 * Opens a model directory: config.json and weights put together and checked. Used once at start on
 * the main thread. Knows neither decoder nor backend.
 */
@NullMarked
package dev.gatun.model.directory;

import org.jspecify.annotations.NullMarked;
