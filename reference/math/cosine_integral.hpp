// Cosine and sine integral of x > 0, by two forms that share nothing but the quadrature rule:
//
//   auxiliary   f(x) = int_0^inf e^{-xt}/(1 + t^2) dt,  g(x) = int_0^inf t e^{-xt}/(1 + t^2) dt
//               Ci = f sin x - g cos x,  Si = pi/2 - f cos x - g sin x
//   definition  Ci = gamma + ln x + int_0^x (cos t - 1)/t dt,  Si = int_0^x (sin t)/t dt
//
// Abramowitz and Stegun, 5.2. The integrands of the first do not oscillate, so it costs the same for every x; the second needs a panel
// every eight units.
#pragma once

#include "reference/math/quadrature.hpp"

namespace assay::math {

struct CosineSine {
  Estimate ci, si;
};
CosineSine cosine_sine_by_auxiliary(double x);
CosineSine cosine_sine_by_definition(double x);

// The second up to 4, the first above: within 2e-15 (1 + |ln x|), which tests/oracles/rope_curve_test.cpp holds against the other form.
double cosine_integral(double x);
double sine_integral(double x);

} // namespace assay::math
