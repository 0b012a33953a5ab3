# Checks of the emulation, of the kernels in it and of the stand-ins. Included by emu.mk.
#   make cuda-check           on this machine: values, races, addresses, planted faults
#   make cuda-check-aarch64   cross-compiled, in qemu: the switch of fibers is assembly
#   make cuda-check-ucontext  with the portable switch of fibers
EMU_CHECKS := check_emulator $(if $(EMU_TESTS),check_kernels)
EMU_PROGRAMS = $(foreach variant,$(EMU_VARIANTS),$(EMU_CHECKS:%=$(EMU_BUILD)/$(variant)/%))

$(EMU_BUILD)/plain/check_driver: \
    $(patsubst $(EMU)/%.cc,$(EMU_BUILD)/plain/run/%.o,$(wildcard $(EMU)/check/driver/*.cc)) \
    $(EMU_BUILD)/plain/libemu_check_kernels.so $(EMU_OTHERS:%=$(EMU_BUILD)/plain/%)
	$(CXX) -Wl,--no-as-needed -o $@ $^ $(EMU_BUILD)/plain/libcuda.so.1 -pthread \
	  -Wl,-rpath,'$$ORIGIN'

# Mistakes in copies of kernels, which the checks of those have to find.
$(EMU_BUILD)/planted-%.ok: $(EMU_BUILD)/%/check_kernels $(EMU)/check/plant-faults
	@$(EMU)/check/plant-faults $(EMU_BUILD) $* $(CXX) $(EMU_FLAGS) $(EMU_OPTIMIZE_$*) \
	  $(EMU_KERNEL) $(EMU_KERNEL_$*) -I.
	@touch $@

# Messages of kernels that failed stay on their abandoned stacks, which the address sanitizer would
# take for leaks. EMU_RUNNER: what starts programs for another processor.
define emu_run_checks
	@for variant in $(EMU_VARIANTS); do for check in $(EMU_CHECKS); do \
	  ASAN_OPTIONS=detect_leaks=0 GTN_CHECK_VARIANT=$$variant \
	    $(EMU_RUNNER) $(EMU_BUILD)/$$variant/$$check || exit 1; \
	done; done
	@for streams in async late early; do \
	  GTN_EMU_STREAMS=$$streams GTN_EMU_MEMORY=64M $(EMU_RUNNER) $(EMU_BUILD)/plain/check_driver 2> \
	    $(EMU_BUILD)/check_driver.log || { cat $(EMU_BUILD)/check_driver.log; exit 1; }; \
	done
endef

EMU_CUDA_INCLUDE := $(patsubst %/cuda.h,%,$(firstword $(wildcard $(CUDA_HOME:%=%/include/cuda.h) \
  $(addsuffix /../include/cuda.h,$(dir $(realpath $(shell command -v nvcc)))) \
  /usr/local/cuda*/include/cuda.h)))

.PHONY: cuda-check cuda-check-built cuda-check-there cuda-check-aarch64 cuda-check-ucontext
cuda-check:
	@mkdir -p $(EMU_BUILD)
	@$(EMU_TURN) $(MAKE) --no-print-directory cuda-check-built
	$(emu_run_checks)
ifeq ($(EMU_CUDA_INCLUDE),)
	@echo "cuda check: our declarations were not compared with cuda.h, which is not here"
else
	@$(CXX) -std=c++17 -fsyntax-only -isystem $(EMU_CUDA_INCLUDE) -I$(EMU) \
	  $(EMU)/check/layouts/cuda_layouts.cc
	@echo "cuda check: our declarations of the driver are those of cuda.h"
endif

cuda-check-built: $(EMU_PROGRAMS) $(EMU_BUILD)/plain/check_driver \
  $(EMU_BUILD)/planted-race.ok $(EMU_BUILD)/planted-asan.ok

# The same programs for another processor or another form of the emulation, without planting.
cuda-check-there: $(EMU_PROGRAMS) $(EMU_BUILD)/plain/check_driver
	$(emu_run_checks)

CROSS_CXX ?= aarch64-linux-gnu-g++
cuda-check-aarch64:
ifeq ($(shell command -v $(CROSS_CXX)),)
	@echo "cuda check: aarch64 skipped, no $(CROSS_CXX) (Debian: g++-aarch64-linux-gnu)"
else ifeq ($(shell command -v $(firstword $(EMULATE))),)
	@echo "cuda check: aarch64 skipped, no $(firstword $(EMULATE)) (Debian: qemu-user)"
else
	@echo "cuda check: in qemu on aarch64:"
	@$(MAKE) --no-print-directory CXX=$(CROSS_CXX) BUILD=$(BUILD)/aarch64 \
	  EMU_RUNNER="$(EMULATE)" EMU_VARIANTS="plain race" cuda-check-there
endif

cuda-check-ucontext:
	@echo "cuda check: fibers by ucontext:"
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/ucontext EMU_DEFINES=-DGTN_EMU_UCONTEXT \
	  EMU_VARIANTS="plain asan" cuda-check-there
