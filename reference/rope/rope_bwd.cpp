#include "reference/rope/rope_bwd.hpp"

#include <cmath>
#include <limits>

#include "reference/rounding.hpp"

namespace assay {
using namespace rope;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// The gradients are fp32 whatever the rows are.
Truth sums(const Problem& p, Side side, const std::vector<Element>& rows, const Numerics& n) {
  if (!p.bias) return {{}, {}, {}};
  const int heads = side == Side::query ? p.heads : p.kv_heads;
  const std::int64_t count = std::int64_t{p.batch} * p.tokens;
  const double chain = gamma(growth(additions(count)), n.add);
  Truth truth{{}, {}, {}};
  for (int h = 0; h < heads; ++h)
    for (int e = 0; e < p.dim; ++e) {
      double sum = 0, sizes = 0, errors = 0;
      for (int b = 0; b < p.batch; ++b)
        for (int t = 0; t < p.tokens; ++t) {
          const Element& one = rows[static_cast<std::size_t>(attention::row_of(p.layout, b, h, t, heads, p.tokens, p.dim) + e)];
          sum += one.value;
          if (std::isfinite(one.value)) sizes += std::fabs(one.value);
          errors += one.error;
        }
      double bound = errors + chain * (sizes + errors) + static_cast<double>(count) * 0x1p-126 * n.add;
      if (sizes + errors > 0x1p127) bound = inf; // partial sums may overflow
      if (std::isnan(sum) && std::isfinite(errors)) bound = 0;
      truth.value.push_back(sum);
      truth.bound.push_back(bound);
    }
  return truth;
}

} // namespace

void RopeBwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const std::int64_t rows = std::int64_t{p.batch} * p.tokens * p.dim;
  fill_rows(random.key, 0, fill, const_cast<double*>(a.d_q_out), rows * p.heads);
  fill_rows(random.key, 1, fill, const_cast<double*>(a.d_k_out), rows * p.kv_heads);
  fill_positions(p, random.key, 4, const_cast<std::int64_t*>(a.position));
}

Work RopeBwd::work(const Problem& p, const Numerics&) { return work_of(p); }

std::vector<Truth> RopeBwd::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const std::vector<Element> q = turned_back_rows(p, Side::query, before.d_q_out, before.position, n),
                             k = turned_back_rows(p, Side::key, before.d_k_out, before.position, n);
  return {truth_of(q, n, sample, 0), truth_of(k, n, sample, 1), sums(p, Side::query, q, n), sums(p, Side::key, k, n)};
}

} // namespace assay
