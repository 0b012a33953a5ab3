# The front door. `make help` lists what it opens.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

JAVA_HOME := $(shell tools/build/find-jdk)
ifeq ($(JAVA_HOME),)
$(error no JDK 25, see above)
endif
export JAVA_HOME
# Maven and its libraries use sun.misc.Unsafe and native loading; without these each run warns.
export MAVEN_OPTS := --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED $(MAVEN_OPTS)

MVN := $(or $(shell command -v mvn),./mvnw) --batch-mode --no-transfer-progress

BENCH := tools/build/bench

.PHONY: help run build test it native native-check native-check-arm cuda-check cuda-check-ucontext \
  bench bench-native bench-model bench-serve bench-engine bench-eviction bindings gpu-test gpu-bench \
  gpu-bench-check image image-cpu image-cuda fmt lint clean

help: ## Lists the targets.
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: build ## Builds and serves the bundled demo model on port 8080.
	bin/gatun serve demo-model --served-model-name demo $(ARGS)

build: ## Builds the distribution: dist/ and the launcher bin/gatun.
	@echo "building Gatun; the first time Maven downloads its plugins and libraries (a minute or two)"
	@$(MVN) package -DskipTests -pl runtime/server -am | grep --line-buffered -E '^Building|Building Gatun|ERROR|WARN.*java:|BUILD'
	tools/build/install-dist

test: ## Builds everything and runs every test.
	@tools/build/get-prometheus
	@native/cuda/build-emulation --check
	$(MVN) verify

it: ## Runs the tests against the real process alone.
	@tools/build/get-prometheus
	$(MVN) verify -pl it -am -DskipUnit=true

native: ## Builds the CPU kernels alone, into native/build (builds do it by themselves).
	$(MAKE) -C native

native-check: ## Tests the CPU kernels under sanitizers.
	$(MAKE) -C native check

native-check-arm: ## Tests CPU kernels and emulation on aarch64 in qemu; installs what that needs (Debian).
	@(command -v aarch64-linux-gnu-g++ && command -v qemu-aarch64) > /dev/null || (apt-get update -qq && \
	  apt-get install -y -qq --no-install-recommends gcc-aarch64-linux-gnu g++-aarch64-linux-gnu \
	    libc6-dev-arm64-cross qemu-user)
	$(MAKE) -C native check-aarch64
	$(MAKE) -s -C native cuda-check-aarch64

cuda-check: ## Tests the CUDA kernels in the emulation: values, races, addresses; needs g++ alone.
	$(MAKE) -s -C native cuda-check

cuda-check-ucontext: ## The same with the emulation's portable threads: slow, for when those change.
	$(MAKE) -s -C native cuda-check-ucontext

bindings: ## Runs jextract over the headers that the cuda backend binds, where both are installed.
	tools/build/bindings

# The suite that builds run on the emulation, unchanged. LIBCUDA: the driver's library.
LIBCUDA ?= $(firstword $(wildcard /usr/lib/x86_64-linux-gnu/libcuda.so.1 /usr/lib64/libcuda.so.1 \
  /usr/lib/aarch64-linux-gnu/libcuda.so.1 /usr/lib/wsl/lib/libcuda.so.1))
GPU_TEST = $(MVN) test -pl runtime/cuda -am -Dsurefire.failIfNoSpecifiedTests=false \
  -Dgatun.cuda.library=$(LIBCUDA) -Dcuda.skipEmulation=true

gpu-test: ## Tests the cuda backend on a real device, and again under compute-sanitizer where it is.
	@test -n "$(LIBCUDA)" || { echo "gpu-test: no libcuda.so.1, name it with LIBCUDA=FILE"; exit 1; }
	$(GPU_TEST) -Dtest='Cuda*Test,StepGraphsTest'
	@if command -v compute-sanitizer > /dev/null; then \
	  $(GPU_TEST) -Dtest='CudaBackendTest,StepGraphsTest' -Djvm=$(CURDIR)/tools/gpu/sanitized/bin/java; \
	else echo "gpu-test: compute-sanitizer is not on the path, the sanitized run is skipped"; fi

gpu-bench: ## Packs the GPU benchmark for a bare machine: one file, unpacked there and started by ./run.
	tools/gpu/make-bundle dist/gatun-gpu-bench.tar.gz

gpu-bench-check: ## Runs every part of the GPU benchmark on the emulation with a toy model.
	tools/gpu/dry-run

bench: ## Measures the CPU kernels and a model's steps: ARGS="MODEL ...", ARGS=--help.
	$(MAKE) -C native bench LEVELS=best
	$(MAKE) bench-model

bench-model: ## Measures a model's prefill and decode alone, with the same ARGS.
	$(MAKE) -s -C native probe
	$(BENCH) dev.gatun.engine.bench.model.ModelBench --probe native/build/read_probe \
	  $(or $(ARGS),demo-model)

bench-serve: build ## Measures the server under load, alone or beside a peer: ARGS="MODEL ...", ARGS=--help.
	python3 tools/bench/serve/bench_serve.py $(ARGS)

bench-native: ## Measures the CPU kernels beside memory bandwidth and multiply-add peak.
	$(MAKE) -C native bench

bench-engine: ## Measures the engine apart from the model, and prefix caching on the demo model.
	$(BENCH) dev.gatun.engine.bench.StepCostBench
	$(BENCH) dev.gatun.engine.bench.PrefixCacheBench demo-model cpu

bench-eviction: ## Compares eviction policies of the prefix cache by replay.
	$(BENCH) dev.gatun.engine.bench.evict.EvictionBench

image: image-cpu ## Builds the container image for CPU nodes, without a container engine.

image-cpu: build ## The same; MODEL=demo adds the demo model.
	tools/image/build_image.py cpu $(if $(filter demo,$(MODEL)),--demo-model) $(ARGS)

# Machine code for every kind of device in use; builds for tests make fewer.
image-cuda: export CUDA_ARCHS = all
image-cuda: build ## Builds the image for GPU nodes; CUDA_LIBS=DIR adds cuBLASLt.
	tools/image/build_image.py cuda $(if $(filter demo,$(MODEL)),--demo-model) \
	  $(if $(CUDA_LIBS),--cuda-libs $(CUDA_LIBS)) $(ARGS)

fmt: ## Formats the sources.
	$(MVN) -q spotless:apply

lint: ## Checks format and compiles with warnings as errors.
	$(MVN) -q spotless:check test-compile

clean: ## Removes what builds left.
	$(MVN) -q clean
	rm -rf dist bin native/build
