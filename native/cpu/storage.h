/* Reads and writes elements of a storage type as float32; the type is a constant after inlining. */
#ifndef GATUN_STORAGE_H
#define GATUN_STORAGE_H

#include "gatun_cpu.h"
#include "simd.h"

INLINE int is_storage(int32_t type) {
  return type == GATUN_F32 || type == GATUN_F16 || type == GATUN_BF16;
}

INLINE int is_cache_type(int32_t type) { return is_storage(type) || type == GATUN_I8; }

INLINE int64_t storage_bytes(int32_t type) {
  return type == GATUN_F32 ? 4 : type == GATUN_I8 ? 1 : 2;
}

/* Elements from one head of a cache to the next: bytes have their scale behind them. */
INLINE int64_t head_width(int32_t type, int64_t head_dim) {
  return type == GATUN_I8 ? head_dim + (int64_t)sizeof(float) : head_dim;
}

INLINE const void *storage_at(const void *base, int32_t type, int64_t index) {
  return (const char *)base + index * storage_bytes(type);
}

INLINE vf storage_load(const void *base, int32_t type, int64_t index) {
  if (type == GATUN_F32) {
    return vf_load((const float *)base + index);
  }
  const uint16_t *half = (const uint16_t *)base + index;
  return type == GATUN_F16 ? vf_load_f16(half) : vf_load_bf16(half);
}

INLINE vf storage_load_n(const void *base, int32_t type, int64_t index, int64_t n) {
  if (type == GATUN_F32) {
    return vf_load_n((const float *)base + index, n);
  }
  const uint16_t *half = (const uint16_t *)base + index;
  return type == GATUN_F16 ? vf_load_f16_n(half, n) : vf_load_bf16_n(half, n);
}

INLINE void storage_store(void *base, int32_t type, int64_t index, vf v) {
  if (type == GATUN_F32) {
    vf_store((float *)base + index, v);
  } else if (type == GATUN_F16) {
    vf_store_f16((uint16_t *)base + index, v);
  } else {
    vf_store_bf16((uint16_t *)base + index, v);
  }
}

/* One element; what is read and written one at a time is short: biases and ends of rows. */
INLINE float storage_get(const void *base, int32_t type, int64_t index) {
  if (type == GATUN_F32) {
    return ((const float *)base)[index];
  }
  uint16_t half = ((const uint16_t *)base)[index];
  return type == GATUN_F16 ? f16_to_float(half) : bf16_to_float(half);
}

INLINE void storage_set(void *base, int32_t type, int64_t index, float value) {
  if (type == GATUN_F32) {
    ((float *)base)[index] = value;
  } else {
    ((uint16_t *)base)[index] = type == GATUN_F16 ? float_to_f16(value) : float_to_bf16(value);
  }
}

#endif
