/*
 * AMX tiles: eight registers of up to 16 rows of 64 bytes, shaped on each thread that uses them and
 * given back, so that nobody saves them when threads change. T, C, A and B are numbers of tiles,
 * written out.
 *
 *   AMX_DOT_BYTES   C[m][n] += the products of four signed bytes of A[m][k] with four unsigned ones
 *                   of B[k][n], over all k: 32-bit integers, exact
 *   AMX_DOT_BF16    likewise those of two BF16, in float32; even and odd ones are summed apart over
 *                   all k, then their sum is added to C
 *
 * Assembler, as the intrinsics of gcc 12 do not say that they read and write memory. Test builds
 * take the same names from scalar code: no processor here has tiles.
 */
#ifndef GATUN_AMX_H
#define GATUN_AMX_H

#include <stdint.h>

#define AMX_ROWS 16
#define AMX_ROW_BYTES 64

/* What LDTILECFG reads. */
typedef struct {
  uint8_t palette;
  uint8_t start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} amx_shapes;

#if defined(AMX_EMULATED)
#include "amx_emulated.h"
#else
#define AMX_SHAPE(shapes) __asm__ volatile("ldtilecfg %0" : : "m"(*(shapes)))
#define AMX_RELEASE() __asm__ volatile("tilerelease")
#define AMX_CLEAR(T) __asm__ volatile("tilezero %%tmm" #T : :)
#define AMX_LOAD(T, from, stride)                     \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #T    \
                   :                                  \
                   : "r"(from), "r"((int64_t)(stride)) \
                   : "memory")
#define AMX_STORE(T, to, stride)                     \
  __asm__ volatile("tilestored %%tmm" #T ", (%0,%1,1)" \
                   :                                 \
                   : "r"(to), "r"((int64_t)(stride)) \
                   : "memory")
#define AMX_DOT_BYTES(C, A, B) \
  __asm__ volatile("tdpbsud %%tmm" #B ", %%tmm" #A ", %%tmm" #C : :)
#define AMX_DOT_BF16(C, A, B) \
  __asm__ volatile("tdpbf16ps %%tmm" #B ", %%tmm" #A ", %%tmm" #C : :)
#endif

#endif
