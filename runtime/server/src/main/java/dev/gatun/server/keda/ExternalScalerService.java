package dev.gatun.server.keda;

import dev.gatun.proto.externalscaler.ExternalScalerGrpc.ExternalScalerImplBase;
import dev.gatun.proto.externalscaler.GetMetricSpecResponse;
import dev.gatun.proto.externalscaler.GetMetricsRequest;
import dev.gatun.proto.externalscaler.GetMetricsResponse;
import dev.gatun.proto.externalscaler.IsActiveResponse;
import dev.gatun.proto.externalscaler.MetricSpec;
import dev.gatun.proto.externalscaler.MetricValue;
import dev.gatun.proto.externalscaler.ScaledObjectRef;
import dev.gatun.server.metrics.ScalerMetrics;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of KEDA. Each runs on a virtual thread of its own and may block for a scrape. */
final class ExternalScalerService extends ExternalScalerImplBase {
  /** The one metric that there is. */
  static final String METRIC = "gatun-load";

  private static final Logger log = LoggerFactory.getLogger(ExternalScalerService.class);

  private final Fleets fleets;
  private final ActivityStreams streams;
  private final ScalerMetrics metrics;

  ExternalScalerService(Fleets fleets, ActivityStreams streams, ScalerMetrics metrics) {
    this.fleets = fleets;
    this.streams = streams;
    this.metrics = metrics;
  }

  /** Makes an answer. */
  @FunctionalInterface
  private interface Answer<A> {
    A make() throws NoAnswerException, InterruptedException;
  }

  @Override
  public void isActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answers) {
    answer(request, answers, () -> active(load(trigger(request)).isActive()));
  }

  @Override
  public void streamIsActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answers) {
    try {
      Trigger trigger = trigger(request);
      streams.add(answers, () -> load(trigger).isActive());
    } catch (TriggerException e) {
      refuse(request, answers, e);
    }
  }

  @Override
  public void getMetricSpec(
      ScaledObjectRef request, StreamObserver<GetMetricSpecResponse> answers) {
    answer(
        request,
        answers,
        () -> {
          trigger(request);
          return GetMetricSpecResponse.newBuilder()
              .addMetricSpecs(
                  MetricSpec.newBuilder()
                      .setMetricName(METRIC)
                      .setTargetSize((long) LoadFormula.TARGET)
                      .setTargetSizeFloat(LoadFormula.TARGET))
              .build();
        });
  }

  @Override
  public void getMetrics(GetMetricsRequest request, StreamObserver<GetMetricsResponse> answers) {
    answer(request.getScaledObjectRef(), answers, () -> metrics(request));
  }

  private GetMetricsResponse metrics(GetMetricsRequest request)
      throws NoAnswerException, InterruptedException {
    if (!request.getMetricName().equals(METRIC)) {
      throw new TriggerException(
          "metric name is '%s', there is only %s".formatted(request.getMetricName(), METRIC));
    }
    double total = load(trigger(request.getScaledObjectRef())).total();
    return GetMetricsResponse.newBuilder()
        .addMetricValues(
            MetricValue.newBuilder()
                .setMetricName(METRIC)
                // Whole replicas for clients that read the integer alone.
                .setMetricValue((long) Math.ceil(total))
                .setMetricValueFloat(total))
        .build();
  }

  private static Trigger trigger(ScaledObjectRef request) {
    return Trigger.of(request.getNamespace(), request.getScalerMetadataMap());
  }

  private Load load(Trigger trigger) throws NoAnswerException, InterruptedException {
    Fleet fleet = fleets.of(trigger.target());
    return Load.of(fleet.host(), fleet.read(), trigger);
  }

  static IsActiveResponse active(boolean isActive) {
    return IsActiveResponse.newBuilder().setResult(isActive).build();
  }

  private <A> void answer(ScaledObjectRef request, StreamObserver<A> answers, Answer<A> answer) {
    try {
      A made = answer.make();
      metrics.answered(ScalerMetrics.Outcome.OK);
      answers.onNext(made);
      answers.onCompleted();
    } catch (TriggerException e) {
      refuse(request, answers, e);
    } catch (NoAnswerException e) {
      metrics.answered(ScalerMetrics.Outcome.UNAVAILABLE);
      log.warn("no answer for {}: {}", name(request), e.getMessage());
      answers.onError(Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      answers.onError(Status.UNAVAILABLE.withDescription("shutting down").asRuntimeException());
    }
  }

  private void refuse(ScaledObjectRef request, StreamObserver<?> answers, TriggerException e) {
    metrics.answered(ScalerMetrics.Outcome.REFUSED);
    log.warn("refused {}: {}", name(request), e.getMessage());
    answers.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
  }

  private static String name(ScaledObjectRef request) {
    return request.getNamespace() + "/" + request.getName();
  }
}
