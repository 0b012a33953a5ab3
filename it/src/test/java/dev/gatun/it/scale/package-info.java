/**
 * What an autoscaler of Kubernetes does with our metrics: the arithmetic of KEDA's Prometheus
 * scaler and of the HorizontalPodAutoscaler, without a cluster.
 */
package dev.gatun.it.scale;
