#include "check.h"

/* check_emulator VARIANT */
int main(int count, char** arguments) {
  check::variant = count > 1 ? arguments[1] : "plain";
  check::check_numbers();
  check::check_values();
  check::check_faults();
  printf("cuda check: emulation, %s build: %zu kernels, %d cases, %d failures\n",
         check::variant.c_str(), emu::kernels().size(), check::cases, check::failures);
  return check::failures != 0;
}
