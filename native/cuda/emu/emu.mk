# The CUDA emulation for tests: the kernels of cuda/*.cu compiled by the host compiler, and
# stand-ins for the libraries that the cuda backend calls; see docs/adr/0013. Included by the Makefile.
#   make cuda-emu OUT=dir    the shared libraries, into dir
#   make cuda-check          checks of emulation, kernels and stand-ins: check/check.mk
CXX ?= g++
EMU := cuda/emu
EMU_BUILD := $(BUILD)/emu
EMU_WARNINGS := -Wall -Wextra -Werror -Wshadow -Wno-unknown-pragmas
EMU_FLAGS := -std=c++17 -fPIC -pthread -fvisibility=hidden -fno-strict-aliasing -ffp-contract=off \
  -Icuda -I$(EMU) -DGTN_EMU $(EMU_DEFINES) $(EMU_WARNINGS)
# Kernels read vectors through pointers to numbers; the array of shared memory has no initializer.
EMU_KERNEL := -fno-extern-tls-init -Wno-unused-function

# plain is what the JVM loads; race sees unordered accesses; asan bytes outside allocations. A race
# build differs in the kernels alone.
EMU_OPTIMIZE_plain := -O2 -g1
EMU_OPTIMIZE_race := -O1 -g1
EMU_RUN_plain := plain
EMU_RUN_race := plain
EMU_RUN_asan := asan
EMU_OPTIMIZE_asan := -O1 -g1 -fsanitize=address -fno-omit-frame-pointer
EMU_CHECKED := -fsanitize=alignment,bounds
EMU_KERNEL_plain := $(EMU_CHECKED)
EMU_KERNEL_race := $(EMU_CHECKED) -fsanitize=thread
EMU_KERNEL_asan := $(EMU_CHECKED)
EMU_VARIANTS := plain race asan

EMU_HEADERS := $(wildcard $(EMU)/*.h cuda/*.cuh cuda/*.h cuda/bench/*.h) cpu/half.h
EMU_RUNTIME := $(filter-out $(EMU)/dynamic_shared.cc,$(wildcard $(EMU)/*.cc))
EMU_STANDIN := $(wildcard $(EMU)/standin/*.cc)
EMU_STANDIN_HEADERS := $(wildcard $(EMU)/standin/*.h $(EMU)/standin/libraries/*.h)
EMU_KERNELS := $(wildcard cuda/*.cu cuda/bench/*.cu)
EMU_TESTS := $(wildcard cuda/test/*.cpp)
EMU_CHECK_KERNELS := $(wildcard $(EMU)/check/*.cu)
EMU_SHARED := -shared -pthread -Wl,-z,defs -Wl,-rpath,'$$ORIGIN'

# $(1): the variant
define emu_variant
$(EMU_BUILD)/$(1)/run/%.o: $(EMU)/%.cc $(EMU_HEADERS) $(EMU_STANDIN_HEADERS) $(EMU)/emu.mk
	@mkdir -p $$(@D)
	$$(CXX) $$(EMU_FLAGS) $(EMU_OPTIMIZE_$(1)) -c -o $$@ $$<

$(EMU_BUILD)/$(1)/kernel/%.o: cuda/%.cu $(EMU_HEADERS) $(EMU)/list-kernels $(EMU)/emu.mk
	@mkdir -p $$(@D)
	$(EMU)/list-kernels $$< $$(CXX) $$(EMU_FLAGS) -x c++ > $$(@:.o=.cc)
	$$(CXX) $$(EMU_FLAGS) $(EMU_OPTIMIZE_$(1)) $(EMU_KERNEL) $(EMU_KERNEL_$(1)) -I. \
	  -c -o $$@ $$(@:.o=.cc)

$(EMU_BUILD)/$(1)/libcuda.so.1: \
    $(EMU_RUNTIME:$(EMU)/%.cc=$(EMU_BUILD)/$(EMU_RUN_$(1))/run/%.o) \
    $(EMU_STANDIN:$(EMU)/%.cc=$(EMU_BUILD)/$(EMU_RUN_$(1))/run/%.o)
	$$(CXX) $(EMU_OPTIMIZE_$(1)) -o $$@ $$^ $$(EMU_SHARED) -Wl,-soname,$$(@F) -ldl

$(EMU_BUILD)/$(1)/libgatun_cuda_emulated.so: $(EMU_BUILD)/$(EMU_RUN_$(1))/run/dynamic_shared.o \
    $(EMU_KERNELS:cuda/%.cu=$(EMU_BUILD)/$(1)/kernel/%.o) $(EMU_BUILD)/$(1)/libcuda.so.1
	$$(CXX) $(EMU_OPTIMIZE_$(1)) -o $$@ $$^ $$(EMU_SHARED) -Wl,-soname,$$(@F)

$(EMU_BUILD)/$(1)/libemu_check_kernels.so: $(EMU_BUILD)/$(EMU_RUN_$(1))/run/dynamic_shared.o \
    $(EMU_CHECK_KERNELS:cuda/%.cu=$(EMU_BUILD)/$(1)/kernel/%.o) $(EMU_BUILD)/$(1)/libcuda.so.1
	$$(CXX) $(EMU_OPTIMIZE_$(1)) -o $$@ $$^ $$(EMU_SHARED) -Wl,-soname,$$(@F)

$(EMU_BUILD)/$(1)/check_emulator: \
    $(patsubst $(EMU)/%.cc,$(EMU_BUILD)/$(EMU_RUN_$(1))/run/%.o,$(wildcard $(EMU)/check/*.cc)) \
    $(EMU_BUILD)/$(1)/libemu_check_kernels.so
	$$(CXX) $(EMU_OPTIMIZE_$(1)) -Wl,--no-as-needed -o $$@ $$^ $(EMU_BUILD)/$(1)/libcuda.so.1 \
	  -pthread -Wl,-rpath,'$$$$ORIGIN'

$(EMU_BUILD)/$(1)/test/%.o: cuda/test/%.cpp $(EMU_HEADERS) $(wildcard cuda/test/*.h)
	@mkdir -p $$(@D)
	$$(CXX) $$(EMU_FLAGS) $(EMU_OPTIMIZE_$(1)) -c -o $$@ $$<

$(EMU_BUILD)/$(1)/check_kernels: \
    $(EMU_TESTS:cuda/test/%.cpp=$(EMU_BUILD)/$(EMU_RUN_$(1))/test/%.o) \
    $(EMU_BUILD)/$(1)/libgatun_cuda_emulated.so
	$$(CXX) $(EMU_OPTIMIZE_$(1)) -Wl,--no-as-needed -o $$@ $$^ $(EMU_BUILD)/$(1)/libcuda.so.1 \
	  -pthread -Wl,-rpath,'$$$$ORIGIN'
endef
$(foreach variant,$(EMU_VARIANTS),$(eval $(call emu_variant,$(variant))))

# The other libraries use the streams and the memory of libcuda.
EMU_OBJECTS_libcublasLt.so.13 := cublaslt.o matmul.o
EMU_OBJECTS_libnvidia-ml.so.1 := nvml.o
EMU_OBJECTS_libnccl.so.2 := nccl.o
EMU_OTHERS := libcublasLt.so.13 libnvidia-ml.so.1 libnccl.so.2
.SECONDEXPANSION:
$(EMU_OTHERS:%=$(EMU_BUILD)/plain/%): \
    $$(addprefix $(EMU_BUILD)/plain/run/standin/libraries/,$$(EMU_OBJECTS_$$(@F))) \
    $(EMU_BUILD)/plain/libcuda.so.1
	$(CXX) -o $@ $^ $(EMU_SHARED) -Wl,-soname,$(@F)

.PHONY: cuda-emu cuda-emu-built
EMU_LIBRARIES := libcuda.so.1 libgatun_cuda_emulated.so $(EMU_OTHERS)
# Objects are shared by all who build in this tree: they take turns.
EMU_TURN := $(if $(shell command -v flock),flock $(EMU_BUILD)/lock)
cuda-emu:
	@mkdir -p $(EMU_BUILD)
	@$(EMU_TURN) $(MAKE) --no-print-directory cuda-emu-built

# By rename: tests of another run may have the libraries mapped.
cuda-emu-built: $(EMU_LIBRARIES:%=$(EMU_BUILD)/plain/%)
	@mkdir -p $(OUT)
	@for file in $^; do \
	  cmp -s $$file $(OUT)/$${file##*/} || \
	    { cp $$file $(OUT)/$${file##*/}.new && mv $(OUT)/$${file##*/}.new $(OUT)/$${file##*/}; } \
	done

include $(EMU)/check/check.mk
