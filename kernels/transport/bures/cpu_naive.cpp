// One pair after another: factors by Cholesky with pivots, the polar factor of their product by one-sided Jacobi.
// Limit: dot products and rotations of columns, in scalars: some 8 sweeps of 7 d^3.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/variant.hpp"
#include "reference/transport/bures.hpp"

namespace assay {
namespace {

constexpr double u = numerics::u64;

// Columns one after another.
class Square {
public:
  explicit Square(int d) : d_(static_cast<std::size_t>(d)), at_(d_ * d_) {}
  double* column(int j) { return at_.data() + static_cast<std::size_t>(j) * d_; }
  double& operator()(int i, int j) { return column(j)[i]; }
  void clear() { std::fill(at_.begin(), at_.end(), 0.0); }

private:
  std::size_t d_;
  std::vector<double> at_;
};

// a = r r^T, with a in `left`, which is used up. False where that is not so.
template <class T> bool factorise(const T* a, int d, Square& left, Square& r) {
  double largest = 0;
  for (int i = 0; i < d; ++i) largest = std::max(largest, static_cast<double>(a[i * d + i]));
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      left(i, j) = static_cast<double>(a[std::max(i, j) * d + std::min(i, j)]);
      if (!std::isfinite(left(i, j)) || !(std::fabs(left(i, j) - static_cast<double>(a[i * d + j])) <= d * u * largest)) return false;
    }
  r.clear();
  std::vector<char> done(static_cast<std::size_t>(d), 0);
  const auto open = [&](int i) { return done[static_cast<std::size_t>(i)] == 0; };
  for (int k = 0; k < d; ++k) {
    int pivot = -1;
    for (int i = 0; i < d; ++i)
      if (open(i) && (pivot < 0 || left(i, i) > left(pivot, pivot))) pivot = i;
    if (left(pivot, pivot) <= d * u * largest) break;
    done[static_cast<std::size_t>(pivot)] = 1;
    const double by = std::sqrt(left(pivot, pivot));
    r(pivot, k) = by;
    for (int i = 0; i < d; ++i)
      if (open(i)) r(i, k) = left(i, pivot) / by;
    for (int j = 0; j < d; ++j)
      if (open(j))
        for (int i = 0; i < d; ++i)
          if (open(i)) left(i, j) -= r(i, k) * r(j, k);
  }
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      if (!open(i) || !open(j)) continue;
      if (i == j ? left(i, i) < -4 * d * u * largest : std::fabs(left(i, j)) > 5 * d * u * largest) return false;
    }
  return true;
}

double dot(const double* x, const double* y, int d) {
  double sum = 0;
  for (int i = 0; i < d; ++i) sum += x[i] * y[i];
  return sum;
}

void rotate(double* x, double* y, int d, double c, double s) {
  for (int i = 0; i < d; ++i) {
    const double old = x[i];
    x[i] = c * old - s * y[i];
    y[i] = s * old + c * y[i];
  }
}

// Makes the columns of m orthogonal, and turns those of r along.
void orthogonalise(Square& m, Square& r, int d) {
  bool turned = true;
  for (int sweep = 0; sweep < 30 && turned; ++sweep) {
    turned = false;
    for (int i = 0; i < d; ++i)
      for (int j = i + 1; j < d; ++j) {
        const double xx = dot(m.column(i), m.column(i), d), yy = dot(m.column(j), m.column(j), d), xy = dot(m.column(i), m.column(j), d);
        if (!(std::fabs(xy) > d * u * std::sqrt(xx) * std::sqrt(yy))) continue;
        turned = true;
        const double zeta = (yy - xx) / (2 * xy), t = std::copysign(1, zeta) / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta));
        const double c = 1 / std::sqrt(1 + t * t);
        rotate(m.column(i), m.column(j), d, c, c * t);
        rotate(r.column(i), r.column(j), d, c, c * t);
      }
  }
}

// Columns of length 1; those of length 0 become any that are orthogonal to the others.
void normalise(Square& m, int d) {
  std::vector<char> known(static_cast<std::size_t>(d), 0);
  for (int k = 0; k < d; ++k) {
    const double length = std::sqrt(dot(m.column(k), m.column(k), d));
    if (!(length > 0x1p-500)) continue;
    known[static_cast<std::size_t>(k)] = 1;
    for (int i = 0; i < d; ++i) m(i, k) /= length;
  }
  for (int k = 0, axis = 0; k < d; ++k) {
    if (known[static_cast<std::size_t>(k)] != 0) continue;
    for (double left = 0; 2 * d * left < 1; ++axis) { // d - rank axes have a residue of 1 / d, at least
      std::fill(m.column(k), m.column(k) + d, 0.0);
      m(axis, k) = 1;
      for (int pass = 0; pass < 2; ++pass)
        for (int j = 0; j < d; ++j) {
          if (known[static_cast<std::size_t>(j)] == 0) continue;
          const double along = dot(m.column(j), m.column(k), d);
          for (int i = 0; i < d; ++i) m(i, k) -= along * m(i, j);
        }
      left = dot(m.column(k), m.column(k), d);
    }
    const double length = std::sqrt(dot(m.column(k), m.column(k), d));
    for (int i = 0; i < d; ++i) m(i, k) /= length;
    known[static_cast<std::size_t>(k)] = 1;
  }
}

template <class T> void run(const Bures::Problem& p, const Bures::Args<T>& a, const Launch&) {
  const int d = p.dim;
  Square r(d), s(d), m(d);
  for (std::int64_t k = 0; k < p.batch; ++k) {
    a.value[k] = std::numeric_limits<double>::quiet_NaN();
    if (!factorise(a.a + k * d * d, d, m, r) || !factorise(a.b + k * d * d, d, m, s)) continue;
    for (int j = 0; j < d; ++j)
      for (int i = 0; i < d; ++i) m(i, j) = dot(s.column(i), r.column(j), d);
    orthogonalise(m, r, d);
    normalise(m, d);
    double value = 0;
    for (int i = 0; i < d; ++i) {
      const double apart = static_cast<double>(a.m1[k * d + i]) - static_cast<double>(a.m2[k * d + i]);
      value += apart * apart;
    }
    for (int j = 0; j < d; ++j)
      for (int i = 0; i < d; ++i) {
        double apart = r(i, j);
        for (int e = 0; e < d; ++e) apart -= s(i, e) * m(e, j);
        value += apart * apart;
      }
    a.value[k] = value;
  }
}

template <class T> constexpr Variant<Bures, T> variant() {
  return {
      .name = "cpu_naive", .idea = "Cholesky with pivots, one-sided Jacobi", .numerics = numerics::f64, .repeatable = true, .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
