/* A linear layer with weights of some kind, laid out as args.h says, and what it means. */
#ifndef GTN_LINEAR_CASE_H
#define GTN_LINEAR_CASE_H

#include "check.h"

namespace check {

enum class Kind { kPlain, kBytes, kNibbles, kE4m3 };

struct LinearForm {
  Kind kind = Kind::kPlain;
  int weight_type = GTN_BF16; /* of plain weights */
  int scale_type = GTN_F32;
  int group_size = 0; /* of packed weights; in_features or more for one group */
  bool has_zeros = false;
};

class LinearLayer {
 public:
  LinearLayer(const LinearForm& form, int in_features, int out_features, bool has_bias,
              std::mt19937_64& random);

  /* Arguments for x and out; the workspace is not set. */
  LinearArgs args(const Matrix& x, const Matrix& out) const;
  /* x weight^T + bias; error bounds what a sum in float32 may lose. */
  void expect(const Matrix& x, Doubles& expected, Doubles& error) const;

  int in_features;
  int out_features;

  int partition_length() const { return 128 * (int)ceil_div(in_features, 1024); }
  int partitions() const { return (int)ceil_div(in_features, partition_length()); }

 private:
  void make_plain(std::mt19937_64& random);
  void make_packed(std::mt19937_64& random);
  void pack(int feature, const std::vector<int>& values);

  LinearForm form;
  int64_t stride = 0;
  Array weight;
  Array scales;
  Array zeros;
  Array bias;
  Doubles meaning; /* [out_features][in_features] */
};

}  // namespace check

#endif
