/** Tests of what otel/ ships: rules, dashboards and collector configuration, without a server. */
package dev.gatun.it.otel;
