#include "reference/math/eigenvalues.hpp"

#include <Eigen/Eigenvalues>
#include <stdexcept>

namespace assay::math {

std::vector<double> symmetric_eigenvalues(const std::vector<double>& a, int n) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(Eigen::Map<const Eigen::MatrixXd>(a.data(), n, n).transpose(),
                                                              Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) throw std::runtime_error("the eigenvalues did not converge");
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

} // namespace assay::math
