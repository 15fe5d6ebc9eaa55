// Test functions phi on the line with their first two derivatives, and their mean over one Gaussian step.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/particles/exact_law.hpp"

namespace assay::particles {

// cosine, sine: of place * x. gauss: exp(-r^2 / 2), bump: exp(-1 / (1 - r^2)) for |r| < 1, else 0, r = (x - place) / width.
// hermite: He_n(x), probabilists', n = place; unbounded, so its weak form needs the moments that it contains.
struct TestFunction {
  enum class Kind : std::uint8_t { cosine, sine, gauss, bump, hermite } kind;
  double place, width = 1;
};

struct Jet {
  double value, gradient, laplacian;
};

std::string name_of(const TestFunction&);
std::array<double, 2> support(const TestFunction&); // infinite ends but for bumps
Jet jet(const TestFunction&, double x);
// Bounds of the rounding errors of jet(), counted operation by operation; libm's error is taken as 1 ulp = 2 units.
Jet rounding(const TestFunction&, double x);

// E phi(mean + sqrt(variance) xi), xi standard normal; with mean = x + h f and variance = g^2 h it is P phi, the mean of phi
// after an Euler-Maruyama step from x. A bump has no closed form: std::invalid_argument.
double transition(const TestFunction&, double mean, double variance);

// Factors on f and g^2 of the generator that somebody believes in; {1, 1} is the true one.
struct Belief {
  double drift = 1, diffusion = 1;
};

// (L phi)(x) = f phi' + g^2 / 2 phi''. error: of its rounding.
math::Estimate generator(const TestFunction&, const Instant&, const Belief&, double x);

// Thirteen that differ in kind and scale: four waves, each as cosine and sine, two Gaussians, two bumps and He_2.
std::vector<TestFunction> test_functions();

} // namespace assay::particles
