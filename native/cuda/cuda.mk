# The CUDA kernels for devices, in one fatbin. Included by the Makefile beside cuda/.
#   make cuda OUT=dir        gatun.fatbin, into dir; says so where there is no nvcc
#   CUDA_ARCHS="80 90a"      machine code for these compute capabilities, PTX for all others;
#                            CUDA_ARCHS=all for every kind that is in use
#   make cuda-resources      a table of registers and shared memory of each kernel
# All kernels are one unit, each file in a namespace of its own. A kernel that spills registers to
# memory or has more static shared memory than a block may have fails the build: resources.awk.
NVCC ?= nvcc
CUDA_ARCHS ?= 80 90a
CUDA_ALL_ARCHS := 80 86 89 90a 100 120
CUDA_PTX_ARCH := 80
CUDA_BUILD := $(BUILD)/cuda
CUDA_SOURCES := $(sort $(wildcard cuda/*.cu))
CUDA_HEADERS := $(sort $(wildcard cuda/*.cuh)) cuda/args.h cuda/args_sample.h
CUDA_CODE := $(if $(filter all,$(CUDA_ARCHS)),$(CUDA_ALL_ARCHS),$(CUDA_ARCHS))
CUDA_FLAGS := -std=c++17 -Icuda --Werror all-warnings
FATBINARY = $(dir $(realpath $(shell command -v $(NVCC))))fatbinary

# Two builds in one tree take turns.
CUDA_TURN := $(if $(shell command -v flock),flock $(CUDA_BUILD)/lock)

.PHONY: cuda cuda-resources
ifeq ($(shell command -v $(NVCC)),)
cuda cuda-resources:
	@echo "CUDA kernels are not built: no $(NVCC) on the path"
else
cuda:
	@mkdir -p $(CUDA_BUILD)
	@$(CUDA_TURN) $(MAKE) --no-print-directory $(OUT)/gatun.fatbin

cuda-resources: $(CUDA_CODE:%=$(CUDA_BUILD)/sm_%.cubin)
	@awk -f cuda/resources.awk $(CUDA_CODE:%=$(CUDA_BUILD)/sm_%.log)

$(CUDA_BUILD)/kernels.cu: $(CUDA_SOURCES) $(CUDA_HEADERS) cuda/cuda.mk
	@mkdir -p $(@D)
	@for header in $(notdir $(CUDA_HEADERS)); do echo "#include \"$$header\""; done > $@
	@for file in $(notdir $(CUDA_SOURCES)); do \
	  echo "namespace file_$${file%.cu} {"; echo "#include \"$$file\""; echo "}"; done >> $@

$(CUDA_BUILD)/sm_%.cubin: $(CUDA_BUILD)/kernels.cu cuda/resources.awk
	@$(NVCC) $(CUDA_FLAGS) -arch=sm_$* -cubin -Xptxas -v -o $@.new $< > $(@:.cubin=.log) 2>&1 || \
	  (cat $(@:.cubin=.log); exit 1)
	@awk -f cuda/resources.awk -v quiet=1 $(@:.cubin=.log)
	@mv $@.new $@

$(CUDA_BUILD)/kernels.ptx: $(CUDA_BUILD)/kernels.cu
	@$(NVCC) $(CUDA_FLAGS) -arch=compute_$(CUDA_PTX_ARCH) -ptx -o $@ $<

$(CUDA_BUILD)/gatun-$(subst $() ,-,$(CUDA_CODE)).fatbin: $(CUDA_BUILD)/kernels.ptx \
    $(CUDA_CODE:%=$(CUDA_BUILD)/sm_%.cubin)
	@$(FATBINARY) -64 --create=$@ \
	  $(foreach arch,$(CUDA_CODE),--image3=kind=elf,sm=$(arch),file=$(CUDA_BUILD)/sm_$(arch).cubin) \
	  --image3=kind=ptx,sm=$(CUDA_PTX_ARCH),file=$(CUDA_BUILD)/kernels.ptx

$(OUT)/gatun.fatbin: $(CUDA_BUILD)/gatun-$(subst $() ,-,$(CUDA_CODE)).fatbin
	@mkdir -p $(@D)
	cp $< $@
endif
