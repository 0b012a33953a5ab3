package dev.gatun.server.oip.model;

import dev.gatun.proto.inference.ModelConfig;
import dev.gatun.proto.inference.ModelInput;
import dev.gatun.proto.inference.ModelMetadataResponse;
import dev.gatun.proto.inference.ModelMetadataResponse.TensorMetadata;
import dev.gatun.proto.inference.ModelOutput;
import dev.gatun.proto.inference.ModelTransactionPolicy;
import dev.gatun.proto.inference.ModelVersionPolicy;
import java.util.TreeMap;

/** What clients may read about a model, in the messages of the protocol. */
public final class ModelDescriptions {
  private ModelDescriptions() {}

  public static ModelMetadataResponse metadata(TensorModel model) {
    ModelMetadataResponse.Builder metadata =
        ModelMetadataResponse.newBuilder()
            .setName(model.name())
            .addVersions(ModelRegistry.VERSION)
            .setPlatform(model.platform())
            .putAllProperties(new TreeMap<>(model.properties()));
    model.inputs().forEach(spec -> metadata.addInputs(metadata(spec)));
    model.outputs().forEach(spec -> metadata.addOutputs(metadata(spec)));
    return metadata.build();
  }

  private static TensorMetadata metadata(TensorSpec spec) {
    return TensorMetadata.newBuilder()
        .setName(spec.name())
        .setDatatype(spec.shownDatatype().name())
        .addAllShape(spec.shownShape())
        .build();
  }

  public static ModelConfig config(TensorModel model) {
    ModelConfig.Builder config =
        ModelConfig.newBuilder()
            .setName(model.name())
            .setPlatform(model.platform())
            .setBackend(model.platform())
            .setVersionPolicy(
                ModelVersionPolicy.newBuilder()
                    .setLatest(ModelVersionPolicy.Latest.newBuilder().setNumVersions(1)))
            .setModelTransactionPolicy(
                ModelTransactionPolicy.newBuilder().setDecoupled(model.isDecoupled()));
    for (TensorSpec spec : model.inputs()) {
      config.addInput(
          ModelInput.newBuilder()
              .setName(spec.name())
              .setDataType(spec.shownDatatype().configType())
              .addAllDims(spec.shownShape())
              .setOptional(spec.isOptional()));
    }
    for (TensorSpec spec : model.outputs()) {
      config.addOutput(
          ModelOutput.newBuilder()
              .setName(spec.name())
              .setDataType(spec.shownDatatype().configType())
              .addAllDims(spec.shownShape()));
    }
    return config.build();
  }
}
