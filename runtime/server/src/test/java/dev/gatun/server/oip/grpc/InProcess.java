package dev.gatun.server.oip.grpc;

import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.testing.SwitchableStatus;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The gRPC services over these models, and a channel to them. */
final class InProcess implements AutoCloseable {
  final SwitchableStatus status = new SwitchableStatus();
  final ManagedChannel channel;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Server server;

  InProcess(int maxInFlightPerStream, TensorModel... models) {
    ModelRegistry registry = new ModelRegistry();
    for (TensorModel model : models) {
      registry.register(model);
    }
    String name = InProcessServerBuilder.generateName();
    try {
      server =
          InProcessServerBuilder.forName(name)
              .addServices(
                  GrpcServices.all(
                      new Inferences(registry),
                      status,
                      new ServerInfo("0.0-test"),
                      executor,
                      maxInFlightPerStream))
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    executor.shutdownNow();
  }
}
