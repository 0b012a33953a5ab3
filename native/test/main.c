/* Runs the checks of a level where the processor has it, and says so where not. */
#include <stdio.h>

#include "check.h"

int main(void) {
  if ((gatun_cpu_machine_isas() >> check_isa() & 1) == 0) {
    printf("native check: %s skipped, this processor lacks it\n", check_level());
    return 0;
  }
  int failures = check();
  printf("native check: %s, %d failures\n", check_level(), failures);
  return failures != 0;
}
