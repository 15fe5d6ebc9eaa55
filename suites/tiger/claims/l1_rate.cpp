#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, wrong_sign, momentum_free_bound };

constexpr std::size_t dim = 20;
using Vector = std::array<double, dim>;
using Matrix = std::array<Vector, dim>;

// Symmetric, spectrum 1 ... 1e-2 in geometric steps, in a random orthonormal basis (Gram-Schmidt on normal vectors). In its
// own eigenbasis the quadratic would be separable and signSGD would meet its bound with equality.
Matrix hessian(std::uint64_t key) {
  Matrix basis, h{};
  for (std::size_t k = 0; k < dim; ++k) {
    Vector& q = basis[k];
    fill_normal(key, static_cast<std::uint32_t>(k), q);
    for (std::size_t l = 0; l < k; ++l) {
      double dot = 0;
      for (std::size_t i = 0; i < dim; ++i) dot += q[i] * basis[l][i];
      for (std::size_t i = 0; i < dim; ++i) q[i] -= dot * basis[l][i];
    }
    double square = 0;
    for (const double x : q) square += x * x;
    for (double& x : q) x /= std::sqrt(square);
    const double eigenvalue = std::pow(10, -2 * static_cast<double>(k) / (dim - 1));
    for (std::size_t i = 0; i < dim; ++i)
      for (std::size_t j = 0; j < dim; ++j) h[i][j] += eigenvalue * (q[i] * q[j]);
  }
  return h;
}

// max over signs e of e^T H e, the Lipschitz constant of the gradient from l_inf to l_1; signs below `row` are set.
double largest_sign_form(const Matrix& h, Vector& e, std::size_t row = 0, double value = 0) {
  if (row == dim) return value;
  double cross = 0, best = 0;
  for (std::size_t j = 0; j < row; ++j) cross += h[row][j] * e[j];
  for (const double s : {1.0, -1.0}) {
    e[row] = s;
    if (row > 0 || s > 0) best = std::max(best, largest_sign_form(h, e, row + 1, value + h[row][row] + 2 * s * cross)); // e and -e agree
  }
  return best;
}

struct Quadratic { // f = theta^T H theta / 2
  Matrix h;
  double lipschitz, sum; // sum of |H_ij|
};

// (1/T) sum |grad_t|_1 <= (f_1 - f_{T+1})/(eta T) + c L eta + 2 beta |grad_1|_1 / ((1 - beta) T), c = 1/2 + 2 beta/(1 - beta),
// for m_t = beta m_{t-1} + (1 - beta) grad_t, m_0 = 0, theta_{t+1} = theta_t - eta sign(m_t). Proof in the subject's README.
void compare(Inquiry& inquiry, const Quadratic& f, const Vector& start, int steps, double beta, Broken broken, std::string at) {
  const double c = broken == momentum_free_bound ? .5 : .5 + 2 * beta / (1 - beta), direction = broken == wrong_sign ? -1 : 1;
  Vector theta = start, m{};
  double eta = 0, first_value = 0, first_norm = 0, value = 0, total = 0, largest_theta = 0, magnitude = 0;
  for (int t = 0; t <= steps; ++t) {
    Vector g{};
    double norm = 0, weighted = 0;
    value = 0;
    for (std::size_t i = 0; i < dim; ++i) {
      for (std::size_t j = 0; j < dim; ++j) {
        g[i] += f.h[i][j] * theta[j];
        weighted += std::fabs(f.h[i][j] * theta[j]);
      }
      norm += std::fabs(g[i]);
      value += theta[i] * g[i] / 2;
      largest_theta = std::max(largest_theta, std::fabs(theta[i]));
    }
    magnitude = std::max(magnitude, weighted);
    if (t == 0) {
      first_value = value;
      first_norm = norm;
      eta = std::sqrt(value / (steps * f.lipschitz * c)); // minimises the bound, as min f = 0
    }
    if (t == steps) break;
    total += norm;
    for (std::size_t i = 0; i < dim; ++i) {
      m[i] = beta * m[i] + (1 - beta) * g[i];
      theta[i] -= direction * eta * ((m[i] > 0) - (m[i] < 0));
    }
  }
  const double average = total / steps, momentum_term = broken == momentum_free_bound ? 0 : 2 * beta * first_norm / ((1 - beta) * steps);
  const double bound = (first_value - value) / (eta * steps) + c * f.lipschitz * eta + momentum_term;
  // Rounding, put through the proof with |g|_1, |m|_1 <= magnitude. A step is off by `slip`; a gradient by 2 d u magnitude in
  // l_1, and the momentum by that and 4 u magnitude / (1 - beta); then the sums that are compared.
  constexpr double u = numerics::u64, d = dim;
  const double slip = 2 * u * largest_theta;
  const double slack =
      (magnitude + f.lipschitz * eta) * slip / eta + 2 * beta / (1 - beta) * f.lipschitz * slip // descent, drift
      + 2 * u * magnitude * (2 * d + 4 / (1 - beta))                                            // momentum
      + u * (2 * d * magnitude + 2 * (steps + d) * average)                                     // the average
      + u * (4 * d * magnitude * largest_theta / (eta * steps) + 4 * d * c * eta * f.sum + 4 * d * momentum_term + 16 * std::fabs(bound));
  inquiry.row("l1_rate", {{"T", steps}, {"beta", beta}, {"average", average}, {"bound", bound}, {"ratio", average / bound}});
  inquiry.check(inequality("average |gradient|_1 below its bound" + at, average, bound, slack));
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "tiger.l1-rate");
  Quadratic f{hessian(key), 0, 0};
  Vector e{}, start;
  f.lipschitz = largest_sign_form(f.h, e);
  for (const Vector& row : f.h)
    for (const double x : row) f.sum += std::fabs(x);
  fill_normal(key, dim, start);
  for (const auto& [beta, name] : {std::pair{0.0, ", beta = 0"}, std::pair{.965, ", beta = .965"}})
    for (const int steps : {100, 1000, 10000})
      compare(inquiry, f, start, steps, beta, static_cast<Broken>(inquiry.broken), name + (", T = " + std::to_string(steps)));
}

ASSAY_CLAIM({.id = "claim/tiger/l1-rate",
             .statement = "With exact gradients and constant steps the average l_1 norm of the gradient along Tiger is below an explicit "
                          "bound of order T^-1/2.",
             .source = "descent lemma in l_inf, after signSGD (arXiv 1802.04434); own constants, proof in suites/tiger/README.md",
             .kind = Kind::bound,
             .broken_by = {"steps along +sign(m)", "bound without momentum: c = 1/2, no third term, its own optimal step"},
             .ask = ask});

} // namespace
} // namespace assay
