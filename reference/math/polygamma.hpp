// Polygamma functions and zeta. A light header: only the .cpp includes Boost.
#pragma once

namespace assay::math {

// psi^(order)(x), x > 0: order 0 is digamma, sum_{k >= 0} 1 / (x + k)^(m + 1) = |psi^(m)(x)| / m! for m >= 1.
double polygamma(int order, double x);
// zeta(s) = sum_{k >= 1} k^-s, s > 1.
double zeta(double s);
// Largest relative error of either for orders 0 ... 4, 2 <= s and 2 <= x <= 2^60 (2^21 for orders above 0), against extended precision
// (tests/oracles/local_attention_test.cpp).
inline constexpr double polygamma_error = 1e-14;

} // namespace assay::math
