#include "reference/optimizer/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::optimizer {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double smallest = 0x1p-126, largest = 0x1.fep127; // of bf16; that of fp32 is larger

double roundings_of_sum(std::int64_t group_size) {
  const auto chunks = static_cast<double>((group_size + chunk_elements - 1) / chunk_elements);
  return std::min(static_cast<double>(group_size), 1 + 256 + 6 + chunks);
}

double sum_bound(double sum, std::int64_t group_size, const Numerics& n) {
  return gamma(growth(roundings_of_sum(group_size)), n.add) * sum + static_cast<double>(group_size) * smallest * n.add;
}

Value momentum(double m, double g, double beta, double scale, const Numerics& n) {
  const double kept = beta * m, added = scale * g;
  double bound = gamma(beta == 1 ? 1 : 2, n.add) * std::fabs(kept) + gamma(3, n.add) * std::fabs(added);
  if (kept != 0 || added != 0) bound += 2 * smallest * n.add; // the product and the sum may underflow
  return settled({kept + added, bound});
}

Value shrunk(double theta, double centre, double shrink, const Numerics& n) {
  const double part = shrink * (theta - centre), value = part + centre, unit = stored_unit(n);
  return settled({value, gamma(2, n.add) * std::fabs(part) * (1 + unit) + unit * std::fabs(value) + smallest * (n.add + n.store)});
}

double stored_unit(const Numerics& n) { return n.store > n.add ? n.store + n.add * (1 + n.store) : n.store; }

Value settled(Value x) {
  if (!std::isfinite(x.value)) return {x.value, std::isinf(x.bound) ? inf : 0};
  if (std::fabs(x.value) - x.bound >= 0x1p128) return {std::copysign(inf, x.value), 0};
  if (!(std::fabs(x.value) + x.bound < largest)) return {x.value, inf};
  return x;
}

} // namespace assay::optimizer
