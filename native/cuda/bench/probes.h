/* What the kernels of probes.cu are given; Java has the same in GpuProbe. */
#ifndef GTN_PROBES_H
#define GTN_PROBES_H

#include <stdint.h>

typedef struct {
  const void* data; /* probe_read: bytes, aligned to 16 */
  float* out;       /* one per thread */
  int64_t vectors;  /* probe_read: 16 bytes each */
  int32_t iterations;
  int32_t padding;
} ProbeArgs;

#endif
