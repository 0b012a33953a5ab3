package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.it.Checkout;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** SIGTERM: streams finish, newcomers are turned away, the process ends with status 0. */
class DrainIT {
  /** Large enough that its streams still run when the signal comes, on the fastest backend too. */
  private static final String MODEL = "demo-model";

  private static final int NUM_TOKENS = 900;

  @Test
  void termUnderLoadBreaksNoStream() throws Exception {
    try (ServerProcess server = ServerProcess.serve(Checkout.demoModel());
        Clients clients = new Clients(server, MODEL);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      String expected = clients.unaryText("Once upon", NUM_TOKENS);
      List<Future<String>> rest = new ArrayList<>();
      List<CompletableFuture<List<ModelStreamInferResponse>>> streams = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        rest.add(executor.submit(() -> clients.streamedCompletionText("Once upon", NUM_TOKENS)));
        streams.add(clients.stream(clients.inferRequest("Once upon", NUM_TOKENS, true)));
      }
      Await.until(
          "all eight running",
          () -> ConcurrentStreamsIT.gauge(clients, "vllm:num_requests_running") == 8);

      server.terminate();

      for (Future<String> answer : rest) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(expected);
      }
      for (var stream : streams) {
        StringBuilder text = new StringBuilder();
        stream
            .get(60, TimeUnit.SECONDS)
            .forEach(a -> text.append(Clients.text(a.getInferResponse())));
        assertThat(text.toString()).isEqualTo(expected);
      }
      assertThat(server.awaitExit()).as(server.output()).isZero();
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), server.port()).close())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatDoesNotFinishInTimeIsAborted() throws Exception {
    try (ServerProcess server =
            ServerProcess.serve(Checkout.demoModel(), "--shutdown-timeout=0", "--max-num-seqs=1");
        Clients clients = new Clients(server, MODEL)) {
      List<CompletableFuture<List<ModelStreamInferResponse>>> streams = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        streams.add(clients.stream(clients.inferRequest("Once upon", NUM_TOKENS, true)));
      }
      Await.until(
          "some waiting",
          () -> ConcurrentStreamsIT.gauge(clients, "vllm:num_requests_waiting") > 5);

      server.terminate();

      assertThat(server.awaitExit()).as(server.output()).isZero();
      assertThat(streams).allMatch(stream -> ended(stream));
    }
  }

  private static boolean ended(CompletableFuture<?> stream) {
    return stream
        .orTimeout(20, TimeUnit.SECONDS)
        .handle((_, failure) -> !(failure instanceof TimeoutException))
        .join();
  }
}
