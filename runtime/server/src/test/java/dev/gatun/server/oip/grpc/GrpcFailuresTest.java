package dev.gatun.server.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.ServingException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;

class GrpcFailuresTest {

  @Test
  void trailersSayWhenToTryAgain() {
    StatusRuntimeException ending = GrpcFailures.ending(ServingException.overloaded("full", 7));

    Metadata trailers = ending.getTrailers();
    assertThat(ending.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(trailers.get(GrpcFailures.RETRY_AFTER)).isEqualTo("7");
    assertThat(trailers.get(GrpcFailures.RETRY_PUSHBACK)).isEqualTo("7000");
    assertThat(GrpcFailures.ending(ServingException.invalid("bad")).getTrailers().keys()).isEmpty();
  }
}
