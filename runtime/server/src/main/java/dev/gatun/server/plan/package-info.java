/**
 * The memory plan: what weights, workspace and KV cache will take, decided before anything is
 * claimed. Pure arithmetic on the main thread; a plan that cannot work stops the start.
 */
@NullMarked
package dev.gatun.server.plan;

import org.jspecify.annotations.NullMarked;
