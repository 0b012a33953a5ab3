/* The stand-ins for NVML and NCCL. */
#include <thread>

#include "driver_check.h"

struct UniqueId {
  char bytes[128];
};

extern "C" {
int nvmlInit_v2();
int nvmlShutdown();
int nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device);
int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* total_free_used);
int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* degrees);
int gtnEmuNvmlSet(const char* name, unsigned number);
int ncclGetUniqueId(UniqueId* id);
int ncclCommInitRank(void** comm, int size, UniqueId id, int rank);
int ncclCommDestroy(void* comm);
int ncclAllReduce(const void* from, void* to, size_t count, int type, int op, void* comm,
                  CUstream stream);
int ncclAllGather(const void* from, void* to, size_t count, int type, void* comm, CUstream stream);
int ncclSend(const void* from, size_t count, int type, int peer, void* comm, CUstream stream);
int ncclRecv(void* to, size_t count, int type, int peer, void* comm, CUstream stream);
int ncclCommGetAsyncError(void* comm, int* error);
}

namespace check {

void check_nvml() {
  void* device = nullptr;
  char id[20];
  unsigned long long memory[3];
  unsigned degrees = 0;
  size_t free_bytes = 0;
  size_t total = 0;
  EXPECT_OK(cuDeviceGetPCIBusId(id, sizeof id, 0));
  expect_code(nvmlDeviceGetHandleByPciBusId_v2(id, &device), 1, "uninitialized");
  EXPECT_OK(nvmlInit_v2());
  EXPECT_OK(nvmlDeviceGetHandleByPciBusId_v2(id, &device));
  EXPECT_OK(nvmlDeviceGetMemoryInfo(device, memory));
  EXPECT_OK(cuMemGetInfo_v2(&free_bytes, &total));
  expect(memory[0] == total && memory[1] == free_bytes && memory[2] == total - free_bytes,
         "the memory of the device");
  expect(gtnEmuNvmlSet("temperature", 77) == 1 && gtnEmuNvmlSet("colour", 1) == 0, "settable");
  EXPECT_OK(nvmlDeviceGetTemperature(device, 0, &degrees));
  expect(degrees == 77, "the temperature that was set");
  EXPECT_OK(nvmlShutdown());
}

namespace {

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

struct Rank {
  void* comm = nullptr;
  CUstream stream = make_stream();
  CUdeviceptr values = allocate(8);
  CUdeviceptr gathered = allocate(16);
};

}  // namespace

void check_nccl() {
  constexpr int kFloat = 7;
  UniqueId id;
  EXPECT_OK(ncclGetUniqueId(&id));
  Rank ranks[2];
  std::thread other([&] { ncclCommInitRank(&ranks[1].comm, 2, id, 1); });
  int error = ncclCommInitRank(&ranks[0].comm, 2, id, 0);
  other.join();
  expect_code(error, 0, "two ranks");
  for (int i = 0; i < 2; i++) {
    float values[2] = {1.0f + static_cast<float>(i), 10};
    Rank& r = ranks[i];
    EXPECT_OK(cuMemcpyHtoD_v2(r.values, values, 8));
    EXPECT_OK(ncclAllGather(pointer(r.values), pointer(r.gathered), 2, kFloat, r.comm, r.stream));
    EXPECT_OK(ncclAllReduce(pointer(r.values), pointer(r.values), 2, kFloat, 0, r.comm, r.stream));
  }
  EXPECT_OK(ncclSend(pointer(ranks[0].gathered), 1, kFloat, 1, ranks[0].comm, ranks[0].stream));
  EXPECT_OK(ncclRecv(pointer(ranks[1].values + 4), 1, kFloat, 0, ranks[1].comm, ranks[1].stream));
  EXPECT_OK(cuCtxSynchronize());
  float sums[2];
  float gathered[4];
  EXPECT_OK(cuMemcpyDtoH_v2(sums, ranks[1].values, 8));
  EXPECT_OK(cuMemcpyDtoH_v2(gathered, ranks[0].gathered, 16));
  expect(sums[0] == 3 && sums[1] == 1, "a sum over ranks, and what rank 0 sent");
  expect(gathered[0] == 1 && gathered[2] == 2 && gathered[3] == 10, "gathered by rank");
  /* One rank asks for another count: neither waits forever. */
  EXPECT_OK(ncclAllReduce(pointer(ranks[0].values), pointer(ranks[0].values), 2, kFloat, 0,
                          ranks[0].comm, ranks[0].stream));
  EXPECT_OK(ncclAllReduce(pointer(ranks[1].values), pointer(ranks[1].values), 1, kFloat, 0,
                          ranks[1].comm, ranks[1].stream));
  expect_code(cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED, "ranks that disagree",
              "ranks disagree: rank");
  EXPECT_OK(ncclCommGetAsyncError(ranks[0].comm, &error));
  expect(error == 6, "the communicator has failed");
  EXPECT_OK(cuDevicePrimaryCtxReset_v2(0));
  EXPECT_OK(ncclCommDestroy(ranks[0].comm));
}

}  // namespace check
