// The Wasserstein distance of Gaussians. A light header: only the .cpp includes Eigen.
#pragma once

#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::math {

struct Gaussian {
  std::vector<double> mean, covariance; // d; d x d, row-major, symmetric, may be singular
};

// W2^2 = |m1 - m2|^2 + min over orthogonal Q of |A^{1/2} - Q^T B^{1/2}|_F^2. The minimum is at the orthogonal polar factor of
// B^{1/2} A^{1/2} (Bhatia, Jain and Lim, arXiv 1712.01504), and no term is cancelled, as in tr(A + B - 2 (A^{1/2} B A^{1/2})^{1/2}).
// error, of rounding: eigenvalues off by d u |A| move each root by at most min(sqrt(d u |A|), d u |A| / sqrt(lambda_min)); a polar factor
// off by K costs |K|^2 times the sum of two singular values of B^{1/2} A^{1/2}, where |K| is at most d u times its norm over that sum.
// Throws std::invalid_argument where sizes differ or an eigenvalue is below -d u |A|.
Estimate gaussian_w2(const Gaussian& p, const Gaussian& q);

} // namespace assay::math
