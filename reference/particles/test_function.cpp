#include "reference/particles/test_function.hpp"

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "reference/op.hpp"

namespace assay::particles {
namespace {

using Kind = TestFunction::Kind;
constexpr double u = numerics::u64;
constexpr double inf = std::numeric_limits<double>::infinity();

// H_n of H_{k+1} = x H_k - k c H_{k-1}, H_0 = 1. c = 1 gives He_n; c = 1 - v gives E He_n(x + sqrt(v) xi); c = -1 at |x| the
// sum of the absolute terms of He_n.
double hermite(double n, double c, double x) {
  double before = 0, now = 1;
  for (double k = 0; k < n; ++k) {
    const double next = x * now - k * c * before;
    before = now;
    now = next;
  }
  return now;
}

Jet hermite_jet(double n, double c, double x) {
  return {hermite(n, c, x), n > 0 ? n * hermite(n - 1, c, x) : 0, n > 1 ? n * (n - 1) * hermite(n - 2, c, x) : 0};
}

} // namespace

std::string name_of(const TestFunction& phi) {
  std::ostringstream text;
  switch (phi.kind) {
    case Kind::cosine: text << "cos(" << phi.place << " x)"; break;
    case Kind::sine: text << "sin(" << phi.place << " x)"; break;
    case Kind::gauss: text << "Gaussian at " << phi.place << ", width " << phi.width; break;
    case Kind::bump: text << "bump at " << phi.place << ", width " << phi.width; break;
    case Kind::hermite: text << "He_" << phi.place; break;
  }
  return text.str();
}

std::array<double, 2> support(const TestFunction& phi) {
  if (phi.kind == Kind::bump) return {phi.place - phi.width, phi.place + phi.width};
  return {-inf, inf};
}

Jet jet(const TestFunction& phi, double x) {
  const double w = phi.place, s = phi.width, r = (x - phi.place) / s;
  switch (phi.kind) {
    case Kind::cosine: return {std::cos(w * x), -w * std::sin(w * x), -w * w * std::cos(w * x)};
    case Kind::sine: return {std::sin(w * x), w * std::cos(w * x), -w * w * std::sin(w * x)};
    case Kind::hermite: return hermite_jet(phi.place, 1, x);
    case Kind::gauss: {
      const double value = std::exp(-r * r / 2);
      return {value, -r / s * value, (r * r - 1) / (s * s) * value};
    }
    case Kind::bump: break;
  }
  const double q = r * r;
  if (!(q < 1)) return {0, 0, 0 * q};                                                            // NaN stays visible
  const double y = 1 / (1 - q), b = std::exp(-y), b1 = -b * y * y, b2 = b * y * y * y * (y - 2); // b' and b'' in q
  return {b, 2 * b1 * r / s, (4 * b2 * q + 2 * b1) / (s * s)};
}

Jet rounding(const TestFunction& phi, double x) {
  const double w = phi.place, s = phi.width, r = std::fabs((x - phi.place) / s);
  switch (phi.kind) {
    case Kind::cosine:
    case Kind::sine: { // the argument's own rounding counts |w x| units
      const double e = (std::fabs(w * x) + 6) * u;
      return {e, std::fabs(w) * e, w * w * e};
    }
    case Kind::hermite: { // four roundings a step, on terms whose absolute sum is that of c = -1
      const double e = 4 * (phi.place + 1) * u;
      const Jet terms = hermite_jet(phi.place, -1, std::fabs(x));
      return {e * terms.value, e * terms.gradient, e * terms.laplacian};
    }
    case Kind::gauss: { // r^2 carries 5 units, half of which reach the exponent
      const double e = (2.5 * r * r + 14) * u * std::exp(-r * r / 2);
      return {e, r / s * e, (r * r + 1) / (s * s) * e};
    }
    case Kind::bump: break;
  }
  const double q = r * r;
  if (!(q < 1)) return {0, 0, 0};
  // 1 - q carries 6 units of 1, so y carries 6 y + 2 of itself, the exponent y (6 y + 2), and y^4 another 4 (6 y + 2).
  const double y = 1 / (1 - q), b = std::exp(-y), e = (6 * y * y + 26 * y + 24) * u;
  return {b * e, 2 * b * y * y * r / s * e, (4 * b * y * y * y * (y + 2) * q + 2 * b * y * y) / (s * s) * e};
}

double transition(const TestFunction& phi, double mean, double variance) {
  switch (phi.kind) {
    case Kind::cosine: return std::exp(-phi.place * phi.place * variance / 2) * std::cos(phi.place * mean);
    case Kind::sine: return std::exp(-phi.place * phi.place * variance / 2) * std::sin(phi.place * mean);
    case Kind::hermite: return hermite(phi.place, 1 - variance, mean);
    case Kind::gauss: {
      const double wide = phi.width * phi.width + variance, r2 = (mean - phi.place) * (mean - phi.place) / wide;
      return phi.width / std::sqrt(wide) * std::exp(-r2 / 2);
    }
    case Kind::bump: break;
  }
  throw std::invalid_argument("transition: a bump has no closed form");
}

math::Estimate generator(const TestFunction& phi, const Instant& now, const Belief& belief, double x) {
  const Jet value = jet(phi, x), error = rounding(phi, x);
  const double f = belief.drift * now.drift(x), half_g2 = belief.diffusion * now.diffusion / 2;
  const double first = f * value.gradient, second = half_g2 * value.laplacian;
  return {first + second, std::fabs(f) * error.gradient + half_g2 * error.laplacian + 5 * u * (std::fabs(first) + std::fabs(second))};
}

std::vector<TestFunction> test_functions() {
  std::vector<TestFunction> list;
  for (const double w : {0.5, 1.0, 2.0, 4.0}) {
    list.push_back({Kind::cosine, w});
    list.push_back({Kind::sine, w});
  }
  list.push_back({Kind::gauss, 0, 0.5});
  list.push_back({Kind::gauss, 1, 1});
  list.push_back({Kind::bump, 0.5, 1.5});
  list.push_back({Kind::bump, -0.5, 2});
  list.push_back({Kind::hermite, 2});
  return list;
}

} // namespace assay::particles
