/* The kernels that measure a device for the benchmark: they do the work they are counted for. */
#include "../bench/probes.h"
#include "check.h"

using namespace check;

namespace {

constexpr int BLOCKS = 2;

/* Words are combined by xor, so one vector at a time has a bit; which thread reads it is its own
 * affair. */
CHECK_CASE(probe_read_reads_every_vector_once) {
  for (int64_t vectors : {1, 1000, 4096, 5003}) {
    for (int64_t set : {(int64_t)0, vectors / 3, vectors / 2, vectors - 1}) {
      std::vector<uint32_t> data((size_t)vectors * 4, 0);
      data[(size_t)(4 * set + set % 4)] = 1;
      Array out(GTN_F32, BLOCKS * 512);
      if (run({"probe_read", dim3(BLOCKS), 512},
              ProbeArgs{data.data(), (float*)out.data(), vectors, 0, 0})) {
        double sum = 0;
        for (int64_t i = 0; i < out.length(); i++) {
          sum += out.get(i);
        }
        count(1);
        if (!(sum == 1)) {
          fail("vector %ld of %ld is read %g times", (long)set, (long)vectors, sum);
        }
      }
    }
  }
}

/* x is 1 everywhere, y is 1 in half of its rows and next to nothing in the others. */
CHECK_CASE(probe_matrix_multiplies_as_often_as_it_is_told) {
  for (int iterations : {1, 3}) {
    Array out(GTN_F32, BLOCKS * 256);
    if (run({"probe_matrix", dim3(BLOCKS), 256},
            ProbeArgs{nullptr, (float*)out.data(), 0, iterations, 0})) {
      double expected = 8 * 4 * 8 * iterations; /* 8 accumulators, 4 elements, 8 products of 1 */
      for (int64_t i = 0; i < out.length(); i++) {
        count(1);
        if (!(fabs(out.get(i) - expected) < 0.01)) {
          fail("thread %ld has %g after %d iterations, expected %g", (long)i, out.get(i),
               iterations, expected);
        }
      }
    }
  }
}

}  // namespace
