/**
 * Manifests, chart and pages for operators: valid for the CRDs of KServe, KEDA and the Prometheus
 * operator, and true to what the code knows as flags and metrics.
 */
package dev.gatun.it.manifests;
