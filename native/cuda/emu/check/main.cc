#include <cstdlib>

#include "check.h"

int main() {
  const char* variant = getenv("GTN_CHECK_VARIANT");
  check::variant = variant != nullptr ? variant : "plain";
  check::check_numbers();
  check::check_values();
  check::check_faults();
  printf("cuda check: emulation, %s build: %zu kernels, %d cases, %d failures\n",
         check::variant.c_str(), emu::kernels().size(), check::cases, check::failures);
  return check::failures != 0;
}
