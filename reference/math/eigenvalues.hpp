// Eigenvalues of symmetric matrices. A light header: only the .cpp includes Eigen.
#pragma once

#include <vector>

namespace assay::math {

// Ascending; a is n x n, of which the lower triangle is read. Householder tridiagonalisation and implicit QR are backward stable: every
// eigenvalue is off by at most p(n) u |a|_2, with p(n) = n taken here (Golub and Van Loan, Matrix Computations, 8.3; in practice p ~ 1).
std::vector<double> symmetric_eigenvalues(const std::vector<double>& a, int n);

} // namespace assay::math
