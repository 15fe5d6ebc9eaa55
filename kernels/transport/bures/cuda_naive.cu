// One warp for each pair of Gaussians: its lanes share the rows of a column. Factors by Cholesky with pivots, the polar factor of their
// product by one-sided Jacobi, one pair of columns after another.
// Limit: latency: 8 sweeps of d^2 / 2 rotations, each after three sums over the warp.
#include "kernels/carver.hpp"
#include "kernels/device/gpu.hpp"
#include "reference/transport/bures.hpp"

namespace assay {
namespace {

constexpr int warp = static_cast<int>(gpu::warp);
constexpr double u = numerics::u64;

// Columns one after another, in global memory.
struct Square {
  double* at;
  int d;
  __device__ double* column(int j) const { return at + std::int64_t{j} * d; }
  __device__ double& operator()(int i, int j) const { return column(j)[i]; }
};

struct Scratch {
  double* squares; // [batch, 3, d, d]
  int* open;       // [batch, d]
  std::size_t bytes;
  Scratch(const Bures::Problem& p, const void* memory) {
    Carver carver(memory);
    squares = carver.take<double>(3 * std::int64_t{p.batch} * p.dim * p.dim);
    open = carver.take<int>(std::int64_t{p.batch} * p.dim);
    bytes = carver.used();
  }
};

__device__ inline double warp_sum(double x) {
  for (int apart = 1; apart < warp; apart *= 2) x += __shfl_xor_sync(gpu::whole_warp, x, apart);
  return x;
}

__device__ inline double dot(const double* x, const double* y, int d, int lane) {
  double sum = 0;
  for (int i = lane; i < d; i += warp) sum += x[i] * y[i];
  return warp_sum(sum);
}

// a = r r^T, with a in `left`, which is used up. False where that is not so.
template <class T> __device__ bool factorise(const T* a, int d, int lane, const Square& left, const Square& r, int* open) {
  double largest = 0;
  bool good = true;
  for (int i = 0; i < d; ++i) largest = static_cast<double>(a[i * d + i]) > largest ? static_cast<double>(a[i * d + i]) : largest;
  for (int i = lane; i < d; i += warp) {
    open[i] = 1;
    for (int j = 0; j < d; ++j) {
      const double x = static_cast<double>(a[(i > j ? i : j) * d + (i > j ? j : i)]);
      left(i, j) = x;
      r(i, j) = 0;
      good = good && isfinite(x) && fabs(x - static_cast<double>(a[i * d + j])) <= d * u * largest;
    }
  }
  if (!__all_sync(gpu::whole_warp, good)) return false;
  __syncwarp();
  for (int k = 0; k < d; ++k) {
    int pivot = -1; // the same in every lane
    for (int i = 0; i < d; ++i)
      if (open[i] != 0 && (pivot < 0 || left(i, i) > left(pivot, pivot))) pivot = i;
    const double at = left(pivot, pivot);
    if (at <= d * u * largest) break;
    const double by = sqrt(at);
    __syncwarp();
    if (lane == 0) open[pivot] = 0;
    __syncwarp();
    for (int i = lane; i < d; i += warp) {
      if (i == pivot) r(i, k) = by;
      if (open[i] != 0) r(i, k) = left(i, pivot) / by;
    }
    __syncwarp();
    for (int i = lane; i < d; i += warp)
      for (int j = 0; j < d; ++j)
        if (open[i] != 0 && open[j] != 0) left(i, j) -= r(i, k) * r(j, k);
    __syncwarp();
  }
  for (int i = lane; i < d; i += warp)
    for (int j = 0; j < d; ++j)
      if (open[i] != 0 && open[j] != 0)
        good = good && (i == j ? left(i, i) >= -4 * d * u * largest : fabs(left(i, j)) <= 5 * d * u * largest);
  return __all_sync(gpu::whole_warp, good) != 0;
}

// Makes the columns of m orthogonal, and turns those of r along.
__device__ inline void orthogonalise(const Square& m, const Square& r, int lane) {
  const int d = m.d;
  bool turned = true;
  for (int sweep = 0; sweep < 30 && turned; ++sweep) {
    turned = false;
    for (int i = 0; i < d; ++i)
      for (int j = i + 1; j < d; ++j) {
        const double xx = dot(m.column(i), m.column(i), d, lane), yy = dot(m.column(j), m.column(j), d, lane);
        const double xy = dot(m.column(i), m.column(j), d, lane);
        if (!(fabs(xy) > d * u * sqrt(xx) * sqrt(yy))) continue;
        turned = true;
        const double zeta = (yy - xx) / (2 * xy), t = copysign(1.0, zeta) / (fabs(zeta) + sqrt(1 + zeta * zeta));
        const double c = 1 / sqrt(1 + t * t), s = c * t;
        for (int e = lane; e < d; e += warp) { // a lane's rows are its own in every column
          const double x = m(e, i), y = m(e, j), first = r(e, i), second = r(e, j);
          m(e, i) = c * x - s * y, m(e, j) = s * x + c * y;
          r(e, i) = c * first - s * second, r(e, j) = s * first + c * second;
        }
      }
  }
}

// Columns of length 1; those of length 0 become any that are orthogonal to the others.
__device__ inline void normalise(const Square& m, int lane, int* open) {
  const int d = m.d;
  for (int k = 0; k < d; ++k) {
    const double length = sqrt(dot(m.column(k), m.column(k), d, lane));
    const bool zero = !(length > 0x1p-500);
    __syncwarp();
    if (lane == 0) open[k] = zero ? 1 : 0;
    for (int i = lane; i < d && !zero; i += warp) m(i, k) /= length;
  }
  __syncwarp();
  int axis = 0;
  for (int k = 0; k < d; ++k) {
    if (open[k] == 0) continue;
    double left = 0;
    for (; 2 * d * left < 1; ++axis) { // d - rank axes have a residue of 1 / d, at least
      for (int i = lane; i < d; i += warp) m(i, k) = i == axis ? 1 : 0;
      for (int pass = 0; pass < 2; ++pass)
        for (int j = 0; j < d; ++j) {
          if (open[j] != 0) continue;
          const double along = dot(m.column(j), m.column(k), d, lane);
          for (int i = lane; i < d; i += warp) m(i, k) -= along * m(i, j);
        }
      left = dot(m.column(k), m.column(k), d, lane);
    }
    for (int i = lane; i < d; i += warp) m(i, k) /= sqrt(left);
    __syncwarp();
    if (lane == 0) open[k] = 0;
    __syncwarp();
  }
}

template <class T> __global__ void __launch_bounds__(warp) distances(Bures::Problem p, Bures::Args<T> a, double* squares, int* flags) {
  const int d = p.dim, lane = static_cast<int>(threadIdx.x);
  const std::int64_t pair = blockIdx.x, size = std::int64_t{d} * d;
  double* const room = squares + 3 * pair * size;
  const Square r{room, d}, s{room + size, d}, m{room + 2 * size, d};
  int* const open = flags + pair * d;
  const bool first = factorise(a.a + pair * size, d, lane, m, r, open);
  __syncwarp();
  if (!first || !factorise(a.b + pair * size, d, lane, m, s, open)) {
    if (lane == 0) a.value[pair] = static_cast<double>(NAN);
    return;
  }
  __syncwarp();
  for (int i = lane; i < d; i += warp)
    for (int j = 0; j < d; ++j) {
      double sum = 0;
      for (int e = 0; e < d; ++e) sum += s(e, i) * r(e, j);
      m(i, j) = sum;
    }
  __syncwarp();
  orthogonalise(m, r, lane);
  normalise(m, lane, open);
  double value = 0;
  for (int i = lane; i < d; i += warp) {
    const double apart = static_cast<double>(a.m1[pair * d + i]) - static_cast<double>(a.m2[pair * d + i]);
    value += apart * apart;
    for (int j = 0; j < d; ++j) {
      double rest = r(i, j);
      for (int e = 0; e < d; ++e) rest -= s(i, e) * m(e, j);
      value += rest * rest;
    }
  }
  value = warp_sum(value);
  if (lane == 0) a.value[pair] = value;
}

template <class T> void run(const Bures::Problem& p, const Bures::Args<T>& a, const Launch& launch) {
  const Scratch s(p, launch.scratch.data());
  gpu::launch({static_cast<unsigned>(p.batch), static_cast<unsigned>(warp), 0, launch.stream}, distances<T>, p, a, s.squares, s.open);
}

template <class T> constexpr Variant<Bures, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one warp a pair, columns in turn",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const Bures::Problem& p) { return Scratch(p, nullptr).bytes; }};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
