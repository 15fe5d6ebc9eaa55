// The fused examples against fp64, in every order of threads and with errors on purpose. Included once for the kernels as they are and
// once for those under the access checker's hooks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tests/simt/examples/attention.cuh"
#include "tests/simt/examples/product.cuh"
#include "tests/simt/memory.hpp"
#include "tests/simt/ways.hpp"

namespace assay {
namespace {

template <class T> std::vector<T> normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> gauss;
  std::vector<T> list(count);
  for (T& one : list) one = static_cast<T>(gauss(engine));
  return list;
}

// Sums of n terms in fp32 in whatever order, where every step may lose a whole unit in the last place, as when tensor cores truncate:
// relative to the sum of absolute values. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma 3.1.
double gamma(double n) { return n * 0x1p-23 / (1 - n * 0x1p-23); }

template <class T, bool k_major> void check_product(int m, int n, int k) {
  const std::vector<T> a = normal<T>(static_cast<std::size_t>(m * k), 1), b = normal<T>(static_cast<std::size_t>(n * k), 2);
  std::vector<double> want(static_cast<std::size_t>(m * n)), size(want.size());
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      for (int l = 0; l < k; ++l) {
        const double x = static_cast<float>(a[static_cast<std::size_t>(i * k + l)]);
        const double y = static_cast<float>(b[static_cast<std::size_t>(k_major ? j * k + l : l * n + j)]);
        want[static_cast<std::size_t>(i * n + j)] += x * y;
        size[static_cast<std::size_t>(i * n + j)] += std::fabs(x * y);
      }
  const Memory<T> left(a), right(b);
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<float> c((std::vector<float>(want.size(), NAN)));
    multiply<T, k_major>(left.data, right.data, c.data, m, n, k, stream);
    const std::vector<float> got = c.host();
    double worst = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double share = std::fabs(got[i] - want[i]) / (gamma(k) * size[i]);
      worst = share <= worst ? worst : share; // NaN is kept
    }
    EXPECT_LE(worst, 1) << m << " x " << n << " x " << k << ", " << way;
  });
}

void check_attention(int length, int window) {
  const auto count = static_cast<std::size_t>(length * Attention::dim);
  const auto q = normal<__nv_bfloat16>(count, 3), k = normal<__nv_bfloat16>(count, 4), v = normal<__nv_bfloat16>(count, 5);
  const auto at = [](const std::vector<__nv_bfloat16>& x, int row, int column) {
    return static_cast<double>(static_cast<float>(x[static_cast<std::size_t>(row * Attention::dim + column)]));
  };
  std::vector<double> want(count), bound(count);
  for (int i = 0; i < length; ++i) {
    const int from = std::max(0, i - window + 1);
    std::vector<double> p;
    double most = -INFINITY, score_error = 0, total = 0;
    for (int j = from; j <= i; ++j) {
      double score = 0, size = 0;
      for (int d = 0; d < Attention::dim; ++d) {
        score += at(q, i, d) * at(k, j, d) / 8;
        size += std::fabs(at(q, i, d) * at(k, j, d)) / 8;
      }
      p.push_back(score);
      most = std::max(most, score);
      // The dot product; then scaling, whose factor is rounded, and the difference to the maximum: three roundings of at most |score|.
      score_error = std::max(score_error, gamma(Attention::dim) * size + 3 * 0x1p-24 * (2 * size));
    }
    for (double& one : p) total += one = std::exp(one - most);
    // A weight is off by exp(2 error of the scores), two units of exp2 and its rounding to bf16, which has 8 bits; the sums add their
    // gamma, also for the factors by which each tile rescales them; the quotient rounds.
    const double tiles = 2 + (i - from) / Attention::keys;
    const double weight = std::expm1(2 * score_error + 0x1p-8 + 2 * 0x1p-22 + 4 * tiles * 0x1p-22 + 2 * gamma(i - from + 1 + 128));
    for (int d = 0; d < Attention::dim; ++d) {
      double size = 0;
      double& out = want[static_cast<std::size_t>(i * Attention::dim + d)];
      for (int j = from; j <= i; ++j) {
        out += p[static_cast<std::size_t>(j - from)] / total * at(v, j, d);
        size += p[static_cast<std::size_t>(j - from)] / total * std::fabs(at(v, j, d));
      }
      bound[static_cast<std::size_t>(i * Attention::dim + d)] = weight * size;
    }
  }
  const Memory<__nv_bfloat16> query(q), key(k), value(v);
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<float> out((std::vector<float>(count, NAN)));
    attend(query.data, key.data, value.data, out.data, length, window, stream);
    const std::vector<float> got = out.host();
    double worst = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double share = std::fabs(got[i] - want[i]) / bound[i];
      worst = share <= worst ? worst : share;
    }
    EXPECT_LE(worst, 1) << length << ", window " << window << ", " << way;
    // With one key the only weight is 1.
    EXPECT_TRUE(worst > 0.1 || std::min(length, window) == 1) << worst << ": a bound this far from the errors checks nothing";
  });
}

} // namespace
} // namespace assay
