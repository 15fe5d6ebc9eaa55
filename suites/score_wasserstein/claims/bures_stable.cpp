// The distance of nearby Gaussians: the polar form keeps what the trace form cancels.
#include <cmath>
#include <vector>

#include "reference/math/eigenvalues.hpp"
#include "reference/random.hpp"
#include "reference/transport/bures.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, trace_form, products_of_roots };
constexpr std::size_t d = 5;
constexpr double eigenvalues[d] = {0.25, 0.5, 1, 2, 4}, step = 1e-8;
using Matrix = std::vector<double>;

// V diag(l) V^T with the mirror V = I - 2 w w^T / |w|^2, w = (1, 2, 3, 4, 5).
double mirror(std::size_t i, std::size_t j) {
  return (i == j ? 1.0 : 0.0) - 2.0 * static_cast<double>(i + 1) * static_cast<double>(j + 1) / 55;
}
Matrix turned(const Matrix& x) {
  Matrix half(d * d, 0.0), y(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < d; ++k) half[i * d + j] += mirror(i, k) * x[k * d + j];
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t k = 0; k < d; ++k) y[i * d + j] += half[i * d + k] * mirror(k, j);
      y[j * d + i] = y[i * d + j];
    }
  return y;
}
Matrix diagonal(double power) {
  Matrix x(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i) x[i * d + i] = std::pow(eigenvalues[i], power);
  return x;
}

struct Distance {
  double value, bound;
};
Distance polar(const Matrix& a, const Matrix& b) {
  const std::vector<double> zero(d, 0.0);
  const Truth truth = Bures::truth({.batch = 1, .dim = d}, {zero.data(), a.data(), zero.data(), b.data(), nullptr}, numerics::f64, {})[0];
  return {truth.value[0], truth.bound[0]};
}
// tr (A + B) - 2 sum of the roots of the eigenvalues of A^{1/2} B A^{1/2}.
double by_traces(const Matrix& a, const Matrix& b) {
  const Matrix root = turned(diagonal(0.5));
  Matrix half(d * d, 0.0), inner(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < d; ++k) half[i * d + j] += root[i * d + k] * b[k * d + j];
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < d; ++k) inner[i * d + j] += half[i * d + k] * root[k * d + j];
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) sum += a[i * d + i] + b[i * d + i];
  for (const double l : math::symmetric_eigenvalues(inner, d)) sum -= 2 * std::sqrt(std::max(0.0, l));
  return sum;
}

void ask(Inquiry& inquiry) {
  Matrix h(d * d); // in the eigenvectors of A
  fill_normal(key_of(inquiry.seed, "score_wasserstein.bures-stable"), 0, h);
  double predicted = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) {
      if (j < i) h[i * d + j] = h[j * d + i];
      const double l = eigenvalues[i], m = eigenvalues[j];
      predicted += 0.5 * step * step * h[i * d + j] * h[i * d + j] / (inquiry.broken == products_of_roots ? 2 * std::sqrt(l * m) : l + m);
    }
  const Matrix a = turned(diagonal(1)), turned_h = turned(h);
  Matrix b = a, back = a;
  for (std::size_t i = 0; i < d * d; ++i) b[i] += step * turned_h[i], back[i] -= step * turned_h[i];
  const Distance forward = polar(a, b), backward = polar(a, back);
  const double measured = inquiry.broken == trace_form ? by_traces(a, b) : forward.value;
  // Entries of A and B are below 4 and rounded by 4 u: B - A is off by 4 d u in norm, W by that over 2 sqrt(l) of the least eigenvalue.
  const double entries = 8 * d * numerics::u64 / (2 * std::sqrt(eigenvalues[0])), w = std::sqrt(forward.value);
  // The next term is odd in the step, so twice its size shows between step and -step.
  const double slack = forward.bound + 2 * w * entries + entries * entries + std::fabs(forward.value - backward.value) + backward.bound;
  inquiry.check(identity("polar form and perturbation theory", measured, predicted, slack));
  inquiry.check(
      inequality("rounding leaves three digits", inquiry.broken == trace_form ? std::fabs(measured - predicted) : slack, 1e-3 * predicted));
  inquiry.row("near", {{"step", step}, {"polar", forward.value}, {"trace", by_traces(a, b)}, {"predicted", predicted}, {"bound", slack}});
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/bures-stable",
             .statement = "For B = A + 1e-8 H the polar form is (1/2) sum of (1e-8 H_ij)^2 / (l_i + l_j) in the eigenvectors of A, to the "
                          "three digits that the bound leaves, where the trace form has none.",
             .source = "Bhatia, Jain and Lim, arXiv 1712.01504",
             .kind = Kind::exact,
             .broken_by = {"the trace form", "2 (l_i l_j)^{1/2} for l_i + l_j"},
             .ask = ask});

} // namespace
} // namespace assay
