#include <cstdlib>

#include "driver_check.h"

int main() {
  check::variant = std::string("driver, streams ") +
                   (check::is_late() ? "late" : check::is_early() ? "early" : "async");
  unsetenv("GTN_EMU_ALLOW");
  EXPECT_ERROR(CUDA_ERROR_NO_DEVICE, "GTN_EMU_ALLOW=1", cuInit(0));
  int count = 0;
  EXPECT_ERROR(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called", cuDeviceGetCount(&count));
  setenv("GTN_EMU_ALLOW", "1", 1);
  EXPECT_OK(cuInit(0));
  EXPECT_OK(cuDeviceGetCount(&count));
  check::expect(count == 1, "one device");
  char name[40];
  EXPECT_OK(cuDeviceGetName(name, sizeof name, 0));
  check::expect(name == std::string("emulated"), "it says what it is");
  check::check_memory();
  check::check_modules();
  check::check_streams();
  check::check_graphs();
  check::check_failures();
  check::check_blas();
  check::check_nvml();
  check::check_nccl();
  printf("cuda check: %s: %d cases, %d failures\n", check::variant.c_str(), check::cases,
         check::failures);
  return check::failures != 0;
}
