#include "reference/attention/attention_fwd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/attention/inputs.hpp"
#include "reference/attention/scores.hpp"
#include "reference/rounding.hpp"

namespace assay {
using namespace attention;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

// One row of weights: P_ij of the keys first ... first + size - 1, and expm1(eta_ij).
struct Weights {
  int first = 0;
  double lse = -inf, slip = 0; // slip: of lse
  double rho = 0, largest = -inf;
  bool decidable = true;
  std::vector<double> p, change;
};

Weights weights_of(const Scores& scores, Row i, Range seen, const Numerics& n) {
  Weights row;
  row.first = seen.first;
  if (seen.past <= seen.first) return row;
  std::vector<Score> s;
  bool nan_seen = false;
  for (int j = seen.first; j < seen.past; ++j) {
    s.push_back(scores(i, j));
    nan_seen = nan_seen || std::isnan(s.back().value);
    row.largest = std::max(row.largest, s.back().value);
  }
  const auto count = static_cast<double>(s.size());
  if (nan_seen || !std::isfinite(row.largest)) { // -inf: every weight is 0 / 0
    row.decidable = nan_seen;
    row.lse = row.largest == -inf && !nan_seen ? -inf : nan;
    row.p.assign(s.size(), nan);
    return row;
  }
  double l = 0;
  for (const Score& each : s) l += std::exp(each.value - row.largest);
  row.lse = row.largest + std::log(l);
  const double u = n.add, moves = 2 + count / 16;
  for (const Score& each : s) {
    const double p = std::exp(each.value - row.lse);
    const double eta = std::isinf(each.value) ? 0 : each.delta + 4 * u * (row.largest - each.value) + (moves + 1) * (n.exp + u);
    row.p.push_back(p);
    row.change.push_back(std::expm1(eta));
    if (p > 0) row.rho += p * row.change.back();
  }
  const double lse_unit = std::max(u, numerics::u32); // lse is stored in fp32
  row.slip = row.rho < 1 ? -std::log1p(-row.rho) + gamma(growth(count), u) + 2 * u * std::fabs(std::log(l)) +
                               lse_unit * (std::fabs(row.largest) + std::fabs(row.lse))
                         : inf;
  return row;
}

// One column of a row: sum_j P_ij v_j and its bound.
struct Mean {
  double value, bound;
};

template <class Value> Mean mean_of(const Weights& row, const Numerics& n, Value value) {
  // A weight below this may be taken for zero, and then times inf is NaN.
  const double lost = std::max(lost_below(n.add), n.operand > 0 ? lost_below(n.operand) : 0);
  double o = 0, size = 0, greatest = 0;
  bool vanishing = false;
  for (std::size_t j = 0; j < row.p.size(); ++j) {
    const double v = value(static_cast<int>(j));
    o += row.p[j] * v;
    size += row.p[j] * std::fabs(v);
    greatest = std::max(greatest, std::fabs(v));
    vanishing = vanishing || (!std::isfinite(v) && row.p[j] <= 2 * lost * (1 + row.change[j]));
  }
  if (vanishing || !(row.rho < 1)) return {o, inf};
  if (!std::isfinite(o)) return {o, 0};
  double moved = 0;
  for (std::size_t j = 0; j < row.p.size(); ++j)
    if (row.p[j] > 0) moved += row.p[j] * row.change[j] * std::fabs(value(static_cast<int>(j)) - o);
  const auto count = static_cast<double>(row.p.size());
  return {o, moved / (1 - row.rho) + (2 * gamma(growth(count), n.add) + n.operand + 2 * n.add) * size + count * lost * greatest};
}

} // namespace

void AttentionFwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) { fill_forward(p, a, fill, random); }

Work AttentionFwd::work(const Problem& p, const Numerics& n) {
  const double batch = p.batch, heads = p.heads, pairs = batch * heads * pairs_of(p);
  const double width = static_cast<double>(p.dim) + p.value_dim;
  const double bytes = bytes_of(n.store) * batch * (heads * p.queries + p.kv_heads * keys_seen(p)) * width + 4 * batch * heads * p.queries;
  return {2 * pairs * width, bytes, pairs};
}

std::vector<Truth> AttentionFwd::truth(const Problem& p, const Args<>& a, const Numerics& n, Sample sample) {
  const std::int64_t rows = static_cast<std::int64_t>(p.batch) * p.heads * p.queries;
  const Scores scores(p, a.q, a.k, a.bias, a.row_scale, n);
  const Covered list = covered(rows, p.value_dim, static_cast<double>(distances_of(p)) * (p.dim + p.value_dim), sample, 0);
  Output o(rows * p.value_dim, !list.all, n.store), lse(rows, !list.all, 0);
  for (const std::int64_t r : list.rows) {
    const Row i = row_at(r, p.heads, p.queries);
    const Weights row = weights_of(scores, i, visible(p, i.position, length_of(p, a.length, i.batch)), n);
    if (!row.decidable || row.slip == inf)
      lse.undecidable(r, row.lse);
    else
      lse.set(r, row.lse, row.slip);
    const std::int64_t at = row_of(p.layout, i.batch, i.head, i.position, p.heads, p.queries, p.value_dim);
    const int group = i.head / (p.heads / p.kv_heads);
    for (int e = 0; e < p.value_dim; ++e) {
      if (!std::isfinite(row.lse)) {
        if (row.p.empty() || std::isnan(row.lse))
          o.exact(at + e, row.p.empty() ? 0 : nan);
        else
          o.undecidable(at + e, 0);
        continue;
      }
      const Mean mean =
          mean_of(row, n, [&](int j) { return a.v[row_of(p.layout, i.batch, group, row.first + j, p.kv_heads, p.keys, p.value_dim) + e]; });
      if (mean.bound == inf)
        o.undecidable(at + e, mean.value);
      else
        o.set(at + e, mean.value, mean.bound);
    }
  }
  return {o.truth, lse.truth};
}

} // namespace assay
