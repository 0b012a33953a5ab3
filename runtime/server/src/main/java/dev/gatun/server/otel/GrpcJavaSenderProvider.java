package dev.gatun.server.otel;

import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;

/** How the SDK finds {@link GrpcJavaSender}, through ServiceLoader. */
public final class GrpcJavaSenderProvider implements GrpcSenderProvider {

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    return new GrpcJavaSender(config);
  }
}
