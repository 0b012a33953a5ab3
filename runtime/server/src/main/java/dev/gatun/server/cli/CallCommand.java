package dev.gatun.server.cli;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.PrintStream;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun call}: one gRPC call from the shell, with grpcurl's arguments. */
@Command(
    name = "gatun call",
    description = "Calls a method of inference.GRPCInferenceService, as grpcurl does.",
    sortOptions = false,
    footer = {
      "",
      "Bytes are base64 in JSON, as protobuf has it. Examples:",
      "  gatun call localhost:8080 inference.GRPCInferenceService/ServerReady",
      "  gatun call -d '{\"name\":\"demo\"}' localhost:8080 \\",
      "      inference.GRPCInferenceService/ModelMetadata"
    })
final class CallCommand implements Callable<Integer> {

  @Option(
      names = {"-d", "--data"},
      paramLabel = "JSON",
      defaultValue = "{}",
      description = "The request as JSON.")
  private String data = "{}";

  @Option(
      names = {"-plaintext", "--plaintext"},
      description = "Accepted for grpcurl's sake; calls are always plaintext.")
  private boolean unusedPlaintext;

  @Option(
      names = "--text",
      description = "Prints the text_output tensor as text instead of whole messages.")
  private boolean isText;

  @Option(
      names = "--max-time",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "Deadline of the call [60].")
  private int maxSeconds = 60;

  @Parameters(index = "0", paramLabel = "HOST:PORT", description = "Where the server listens.")
  private String target = "";

  @Parameters(index = "1", paramLabel = "SERVICE/METHOD", description = "What to call.")
  private String method = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean unusedHelp;

  private final PrintStream out;
  private final PrintStream err;

  CallCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws InvalidProtocolBufferException {
    MethodDescriptor descriptor = find(method);
    if (descriptor == null) {
      err.printf("error: no method '%s'; known: %s%n", method, known());
      return 2;
    }
    DynamicMessage.Builder request = DynamicMessage.newBuilder(descriptor.getInputType());
    try {
      JsonFormat.parser().merge(data, request);
    } catch (InvalidProtocolBufferException e) {
      err.printf(
          "error: -d is not a %s: %s%n", descriptor.getInputType().getName(), e.getMessage());
      return 2;
    }
    ManagedChannel channel = NettyChannelBuilder.forTarget(target).usePlaintext().build();
    try {
      Iterator<DynamicMessage> answers = start(channel, descriptor, request.build());
      while (answers.hasNext()) {
        print(answers.next());
      }
      return 0;
    } catch (StatusRuntimeException e) {
      err.println("error: " + describe(e.getStatus()));
      return 1;
    } finally {
      channel.shutdownNow();
    }
  }

  private static String describe(Status status) {
    String text = status.getCode() + ": " + status.getDescription();
    Throwable cause = status.getCause();
    return cause == null ? text : text + " (" + cause.getMessage() + ")";
  }

  private Iterator<DynamicMessage> start(
      ManagedChannel channel, MethodDescriptor descriptor, DynamicMessage request) {
    // One request and any number of answers covers unary and streaming methods alike: on the wire a
    // half-closed bidirectional call looks the same.
    var grpcMethod =
        io.grpc.MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
            .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(
                io.grpc.MethodDescriptor.generateFullMethodName(
                    descriptor.getService().getFullName(), descriptor.getName()))
            .setRequestMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(descriptor.getInputType())))
            .setResponseMarshaller(
                ProtoUtils.marshaller(
                    DynamicMessage.getDefaultInstance(descriptor.getOutputType())))
            .build();
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(maxSeconds, TimeUnit.SECONDS);
    return ClientCalls.blockingServerStreamingCall(channel, grpcMethod, options, request);
  }

  private void print(DynamicMessage answer) throws InvalidProtocolBufferException {
    if (isText) {
      out.print(TextOutput.of(answer));
      out.flush();
    } else {
      out.println(JsonFormat.printer().preservingProtoFieldNames().print(answer));
    }
  }

  private static List<MethodDescriptor> methods() {
    ServiceDescriptor service = GRPCInferenceServiceGrpc.getServiceDescriptor();
    if (service.getSchemaDescriptor() instanceof ProtoFileDescriptorSupplier file) {
      return file.getFileDescriptor().findServiceByName("GRPCInferenceService").getMethods();
    }
    throw new IllegalStateException("stubs without descriptors");
  }

  private static @Nullable MethodDescriptor find(String name) {
    String wanted = name.replace('/', '.');
    return methods().stream()
        .filter(candidate -> candidate.getFullName().equals(wanted))
        .findFirst()
        .orElse(null);
  }

  private static String known() {
    return String.join(", ", methods().stream().map(m -> m.getName()).toList());
  }
}
