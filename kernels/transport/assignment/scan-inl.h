// One row of costs against all columns, for one instruction set at a time; included once for each.
#if defined(ASSAY_TRANSPORT_SCAN_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_TRANSPORT_SCAN_INL_H
#undef ASSAY_TRANSPORT_SCAN_INL_H
#else
#define ASSAY_TRANSPORT_SCAN_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "kernels/transport/assignment/scan.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;

template <class CostAt>
bool scan_with(const transport::Columns& c, const double* v, double* cost, double* reduced, double* least, const CostAt& cost_at) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const V inf = hn::Inf(d);
  V trace = hn::Zero(d); // NaN as soon as one cost is not finite
  for (std::size_t b = 0; b < c.padded; b += transport::block) {
    V low = inf;
    for (std::size_t j = b; j < b + transport::block; j += lanes) {
      const V pair = cost_at(j);
      trace = hn::MulAdd(pair, hn::Zero(d), trace);
      const V kept = hn::IfThenElse(hn::IsFinite(pair), pair, inf), short_of = hn::Sub(kept, hn::LoadU(d, v + j));
      hn::StoreU(kept, d, cost + j);
      hn::StoreU(short_of, d, reduced + j);
      low = hn::Min(low, short_of);
    }
    least[b / transport::block] = hn::GetLane(hn::MinOfLanes(d, low));
  }
  return hn::AllFalse(d, hn::IsNaN(trace));
}

bool Scan(const transport::Columns& c, const double* x, const double* v, double* cost, double* reduced, double* least) {
  const D d;
  if (c.matrix) {
    std::copy(x, x + c.n, cost);
    std::fill(cost + c.n, cost + c.padded, 0.0);
    return scan_with(c, v, cost, reduced, least, [&](std::size_t j) HWY_ATTR { return hn::LoadU(d, cost + j); });
  }
  if (c.dim == 2) {
    const V x0 = hn::Set(d, x[0]), x1 = hn::Set(d, x[1]);
    return scan_with(c, v, cost, reduced, least, [&](std::size_t j) HWY_ATTR {
      const V a = hn::Sub(x0, hn::LoadU(d, c.y + j)), b = hn::Sub(x1, hn::LoadU(d, c.y + c.padded + j));
      return hn::MulAdd(b, b, hn::Mul(a, a));
    });
  }
  return scan_with(c, v, cost, reduced, least, [&](std::size_t j) HWY_ATTR {
    V sum = hn::Zero(d);
    for (std::size_t k = 0; k < c.dim; ++k) {
      const V apart = hn::Sub(hn::Set(d, x[k]), hn::LoadU(d, c.y + k * c.padded + j));
      sum = hn::MulAdd(apart, apart, sum);
    }
    return sum;
  });
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
