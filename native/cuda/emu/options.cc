#include <cstdlib>
#include <cstring>

#include "emulator.h"
#include "text.h"

namespace emu {

namespace {

const char* const kOrders[] = {"forward", "reverse", "random"};
const char* const kCopies[] = {"late", "early", "random"};

/* The number of a word among three; the given one where the variable is not set. */
int choose(const char* variable, const char* const (&words)[3], int otherwise) {
  const char* value = getenv(variable);
  for (int i = 0; value != nullptr && i < 3; i++) {
    if (strcmp(value, words[i]) == 0) {
      return i;
    }
  }
  if (value != nullptr) {
    fprintf(stderr, "emulated cuda: %s is '%s', not one of %s, %s, %s\n", variable, value, words[0],
            words[1], words[2]);
    abort();
  }
  return otherwise;
}

}  // namespace

Options Options::from_seed(uint64_t seed) {
  Options options;
  options.seed = seed;
  options.order = static_cast<Order>(seed % 3);
  options.warp_by_warp = seed / 3 % 2 == 1;
  options.copies = static_cast<CopyMode>(seed / 6 % 3);
  return options;
}

Options Options::from_environment() {
  const char* seed = getenv("GTN_EMU_SEED");
  Options options = from_seed(seed != nullptr ? strtoull(seed, nullptr, 10) : 1);
  options.order =
      static_cast<Order>(choose("GTN_EMU_ORDER", kOrders, static_cast<int>(options.order)));
  options.copies =
      static_cast<CopyMode>(choose("GTN_EMU_COPIES", kCopies, static_cast<int>(options.copies)));
  const char* warps = getenv("GTN_EMU_WARPS");
  options.warp_by_warp = warps != nullptr ? strcmp(warps, "1") == 0 : options.warp_by_warp;
  return options;
}

std::string Options::describe() const {
  return text("GTN_EMU_SEED=%llu (threads %s, %s; copies %s)",
              static_cast<unsigned long long>(seed), kOrders[static_cast<int>(order)],
              warp_by_warp ? "warp by warp" : "interleaved", kCopies[static_cast<int>(copies)]);
}

}  // namespace emu
