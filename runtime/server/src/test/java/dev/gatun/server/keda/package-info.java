/** Tests of the scaler, and a model of what KEDA and Kubernetes make of its numbers. */
package dev.gatun.server.keda;
