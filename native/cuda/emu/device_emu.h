/*
 * What a kernel sees in place of CUDA when the host compiler builds it for tests: the words of the
 * language, its types, and the operations of a warp and of the matrix units. device.cuh includes
 * this where GTN_EMU is defined. How threads run is in block.h; none of it is ever shipped.
 *
 * With GTN_EMU_SCAN the preprocessor alone reads a kernel's file, to find the names of the kernels.
 */
#ifndef GTN_DEVICE_EMU_H
#define GTN_DEVICE_EMU_H

#ifndef GTN_EMU_SCAN
/* Before the words below: the standard headers use some of them for themselves. */
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#endif

#include "cuda_words.h"

#ifndef GTN_EMU_SCAN
#include "vector_types.h"

#include "place.h"

#include "number_types.h"

#include "device_math.h"

#include "warp_ops.h"

#include "atomics.h"

#include "async_copies.h"

#include "matrix_ops.h"
#endif

#endif
