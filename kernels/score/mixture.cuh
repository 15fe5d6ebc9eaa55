// Parameters of a mixture on the device, as kernels want them: computed in double, rounded once, exponents in units of ln 2. Components of
// weight zero come last, with c = -infinity; how many others there are is known on the device only. In an unnamed namespace: the
// same source is compiled once for every backend that executes it.
#pragma once

#include <cmath>

#include "kernels/carver.hpp"
#include "kernels/device/numbers.hpp"
#include "reference/score/gmm_score.hpp"

namespace assay {
namespace {

using score::Covariance;

// As in mixture.hpp.
struct Mixture {
  int *count, dim, components, kind; // count: of weights above zero; kind: of Covariance
  float *mean, *c, *half, *trace, *inverse, *precision;
  double* columns; // of L^-1, one after another; Cholesky

  Mixture(const GmmScore::Problem& p, Carver& carver) : dim(p.dim), components(p.components), kind(static_cast<int>(p.covariance)) {
    const std::int64_t all = p.components, d = p.dim;
    const bool isotropic = p.covariance == Covariance::isotropic, cholesky = p.covariance == Covariance::cholesky;
    count = carver.take<int>(1);
    mean = carver.take<float>(all * d);
    c = carver.take<float>(all);
    half = carver.take<float>(all);
    trace = carver.take<float>(all);
    inverse = carver.take<float>(isotropic ? 0 : all * d * (cholesky ? d : 1));
    precision = carver.take<float>(cholesky ? 0 : all * (isotropic ? 1 : d));
    columns = carver.take<double>(cholesky ? all * d * d : 0);
  }
};

inline std::size_t mixture_bytes(const GmmScore::Problem& p) {
  Carver carver(nullptr);
  const Mixture m(p, carver);
  return carver.used();
}

constexpr int writers = 128;

struct WriterSums {
  double log_c[writers], trace[writers];
};

__device__ inline void write_nothing(const Mixture& m, int slot) {
  const bool isotropic = m.kind == static_cast<int>(Covariance::isotropic), cholesky = m.kind == static_cast<int>(Covariance::cholesky);
  const int t = static_cast<int>(threadIdx.x), numbers = isotropic ? 0 : cholesky ? m.dim * m.dim : m.dim;
  for (int j = t; j < m.dim; j += writers) m.mean[static_cast<std::int64_t>(slot) * m.dim + j] = 0;
  for (int j = t; j < numbers; j += writers) {
    m.inverse[static_cast<std::int64_t>(slot) * numbers + j] = 0;
    if (!cholesky) m.precision[static_cast<std::int64_t>(slot) * numbers + j] = 0;
  }
  if (t != 0) return;
  m.c[slot] = -INFINITY;
  m.half[slot] = 1; // times an infinite |z|^2, too, it leaves an exponent of -infinity
  m.trace[slot] = 0;
  if (isotropic) m.precision[slot] = 0;
}

// One block for each component, one thread for each 128th dimension.
__global__ void __launch_bounds__(writers) write_mixture(Mixture m, const float* weight, const float* mean, const float* factor) {
  WriterSums& sums = gpu::shared<WriterSums>();
  const int k = static_cast<int>(blockIdx.x), d = m.dim, t = static_cast<int>(threadIdx.x);
  const bool isotropic = m.kind == static_cast<int>(Covariance::isotropic), cholesky = m.kind == static_cast<int>(Covariance::cholesky);
  int slot = 0;
  for (int j = 0; j < k; j += writers) slot += __syncthreads_count(j + t < k && weight[j + t] > 0 ? 1 : 0);
  const bool there = weight[k] > 0;
  if (k == m.components - 1 && t == 0) *m.count = slot + (there ? 1 : 0);
  if (!there) return write_nothing(m, m.components - 1 - (k - slot)); // all threads alike
  const std::int64_t square = static_cast<std::int64_t>(d) * d;
  double log_c = 0, trace = 0;
  for (int j = t; j < d; j += writers) {
    m.mean[static_cast<std::int64_t>(slot) * d + j] = mean[static_cast<std::int64_t>(k) * d + j];
    const float* const l = factor + k * square;
    const double sigma = static_cast<double>(isotropic  ? factor[k]
                                             : cholesky ? l[j * d + j]
                                                        : factor[static_cast<std::int64_t>(k) * d + j]);
    log_c -= log2(sigma);
    trace += 1 / (sigma * sigma);
    if (!isotropic && !cholesky) {
      m.inverse[static_cast<std::int64_t>(slot) * d + j] = static_cast<float>(1 / sigma);
      m.precision[static_cast<std::int64_t>(slot) * d + j] = static_cast<float>(1 / (sigma * sigma));
    }
    if (!cholesky) continue;
    double* const column = m.columns + slot * square + static_cast<std::int64_t>(j) * d; // solves L m = e_j
    float* const inverse = m.inverse + slot * square;
    column[j] = 1 / sigma;
    for (int i = 0; i < j; ++i) inverse[i * d + j] = 0;
    inverse[j * d + j] = static_cast<float>(column[j]);
    for (int i = j + 1; i < d; ++i) {
      double rest = 0;
      for (int e = j; e < i; ++e) rest -= static_cast<double>(l[i * d + e]) * column[e];
      column[i] = rest / static_cast<double>(l[i * d + i]);
      trace += column[i] * column[i];
      inverse[i * d + j] = static_cast<float>(column[i]);
    }
  }
  sums.log_c[t] = log_c;
  sums.trace[t] = trace;
  __syncthreads();
  if (t != 0) return;
  constexpr double log2_of_two_pi = 2.6514961294723187980, log2_of_e = 1.4426950408889634074;
  log_c = log2(static_cast<double>(weight[k])) - d / 2.0 * log2_of_two_pi, trace = 0;
  for (int j = 0; j < writers && j < d; ++j) log_c += sums.log_c[j], trace += sums.trace[j];
  const double variance = isotropic ? static_cast<double>(factor[k]) * static_cast<double>(factor[k]) : 1;
  m.c[slot] = static_cast<float>(log_c);
  m.half[slot] = static_cast<float>(log2_of_e / (2 * variance));
  m.trace[slot] = static_cast<float>(trace);
  if (isotropic) m.precision[slot] = static_cast<float>(1 / variance);
}

inline void launch_writers(const Mixture& m, const float* weight, const float* mean, const float* factor, const Launch& launch) {
  gpu::launch({static_cast<unsigned>(m.components), writers, 0, launch.stream}, write_mixture, m, weight, mean, factor);
}

} // namespace
} // namespace assay
