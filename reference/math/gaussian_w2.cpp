#include "reference/math/gaussian_w2.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "reference/op.hpp"

namespace assay::math {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// How far a root of something of size `least` moves when `off` is added: the smaller of the two bounds on sqrt(l + e) - sqrt(l).
double root_moves(double least, double off) { return least > 0 ? std::min(std::sqrt(off), off / std::sqrt(least)) : std::sqrt(off); }

struct Root {
  Matrix value;
  double off; // in the Frobenius norm
};

Root root(const std::vector<double>& covariance, std::size_t d) {
  if (covariance.size() != d * d) throw std::invalid_argument("gaussian_w2: a covariance is not d x d");
  const auto n = static_cast<Eigen::Index>(d);
  const Eigen::Map<const Matrix> a(covariance.data(), n, n);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(a);
  const Eigen::VectorXd& l = solver.eigenvalues();
  const double off = static_cast<double>(d) * numerics::u64 * l.cwiseAbs().maxCoeff();
  if (l.minCoeff() < -off) throw std::invalid_argument("gaussian_w2: a covariance has a negative eigenvalue");
  const Eigen::VectorXd roots = l.cwiseMax(0).cwiseSqrt();
  const double count = static_cast<double>(d);
  return {solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose(),
          count * root_moves(l.minCoeff(), off) + count * count * numerics::u64 * roots.maxCoeff()};
}

} // namespace

Estimate gaussian_w2(const Gaussian& p, const Gaussian& q) {
  const std::size_t d = p.mean.size();
  if (q.mean.size() != d) throw std::invalid_argument("gaussian_w2: the dimensions differ");
  const Root a = root(p.covariance, d), b = root(q.covariance, d);
  const Eigen::JacobiSVD<Matrix> svd(b.value * a.value, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Matrix polar = svd.matrixU() * svd.matrixV().transpose();
  double square = (a.value - polar.transpose() * b.value).squaredNorm(), rounding = 0;
  for (std::size_t i = 0; i < d; ++i) {
    square += (p.mean[i] - q.mean[i]) * (p.mean[i] - q.mean[i]);
    rounding += numerics::u64 * std::fabs(p.mean[i] - q.mean[i]);
  }
  const double count = static_cast<double>(d), largest = svd.singularValues().maxCoeff(), least = 2 * svd.singularValues().minCoeff();
  const double turn = count * root_moves(least, count * numerics::u64 * largest);
  const double product = count * count * numerics::u64 * (a.value.norm() + b.value.norm());
  return {std::sqrt(square), a.off + b.off + turn + product + rounding};
}

} // namespace assay::math
