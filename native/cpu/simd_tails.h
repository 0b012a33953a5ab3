/* The `_n` forms of simd.h for instruction sets without masks, by way of memory. */
INLINE vf vf_load_n(const float *p, int64_t n) {
  float t[VW] = {0};
  memcpy(t, p, (size_t)n * sizeof *p);
  return vf_load(t);
}
INLINE void vf_store_n(float *p, vf v, int64_t n) {
  float t[VW];
  vf_store(t, v);
  memcpy(p, t, (size_t)n * sizeof *p);
}
INLINE vf vf_load_bf16_n(const uint16_t *p, int64_t n) {
  uint16_t t[VW] = {0};
  memcpy(t, p, (size_t)n * sizeof *p);
  return vf_load_bf16(t);
}
INLINE vf vf_load_f16_n(const uint16_t *p, int64_t n) {
  uint16_t t[VW] = {0};
  memcpy(t, p, (size_t)n * sizeof *p);
  return vf_load_f16(t);
}
