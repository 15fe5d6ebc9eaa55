#include "reference/attention/attention_bwd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reference/attention/inputs.hpp"
#include "reference/attention/scores.hpp"
#include "reference/rounding.hpp"

namespace assay {
using namespace attention;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// P_ij and dS_ij with their bounds, and those that they have as operands of the next product. The bound of dS is infinite where a weight
// that may vanish meets what is not finite.
struct Pair {
  double p = 0, ds = 0, ds_bound = 0, p_operand = 0, ds_operand = 0;
};

// Sum of terms x y: its value, the sum of their sizes, the sum of bound(x) |y|, and how many they are.
struct Sum {
  double value = 0, size = 0, slip = 0, count = 0;
  // lost: of x, where it is rounded or flushed before it is multiplied. What may be taken for zero times infinity is undecidable.
  void add(double x, double bound, double lost, double y) {
    value += x * y;
    count += 1;
    if (std::isfinite(x * y)) {
      size += std::fabs(x * y);
      slip += (bound + lost) * std::fabs(y);
    } else if (bound == inf || std::fabs(x) <= 2 * (bound + lost))
      slip = inf;
  }
};

class Backward {
public:
  Backward(const AttentionBwd::Problem& p, const AttentionBwd::Args<>& a, const Numerics& n)
      : scores(p, a.q, a.k, a.bias, a.row_scale, n),
        u(n.add),
        lost(lost_below(n.add)),
        lost_operand(std::max(lost, n.operand > 0 ? lost_below(n.operand) : 0)),
        p_(p),
        a_(a),
        n_(n),
        diagonals_(static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(distances_of(p))) {}

  // Of row i and key j, which it sees.
  Pair pair(Row i, int key) const {
    const double l = a_.lse[(static_cast<std::int64_t>(i.batch) * p_.heads + i.head) * p_.queries + i.position];
    if (l == -inf) return {};
    const double* const v = a_.v + row_of(p_.layout, i.batch, i.head / group(), key, p_.kv_heads, p_.keys, p_.value_dim);
    const std::int64_t at = row_of(p_.layout, i.batch, i.head, i.position, p_.heads, p_.queries, p_.value_dim);
    double dp = 0, dp_size = 0, dot = 0, dot_size = 0;
    for (int e = 0; e < p_.value_dim; ++e) {
      const double g = a_.d_o[at + e];
      dp += g * v[e];
      dp_size += std::fabs(g * v[e]);
      dot += g * a_.o[at + e];
      dot_size += std::fabs(g * a_.o[at + e]);
    }
    const double d_lse = a_.d_lse[(static_cast<std::int64_t>(i.batch) * p_.heads + i.head) * p_.queries + i.position];
    const double d = dot - d_lse;
    const Score s = scores(i, key);
    Pair pair;
    pair.p = std::exp(s.value - l);
    pair.ds = pair.p * (dp - d);
    const double eta = s.delta + 2 * u * std::fabs(l) + 3 * u * std::fabs(s.value - l) + n_.exp + u;
    const double change = s.value == -inf ? 0 : std::expm1(eta); // exp(-inf) is 0, whatever is rounded
    pair.p_operand = pair.p * (change + n_.operand);
    const double slip = gamma(growth(p_.value_dim) + 1, u) * dp_size + gamma(growth(p_.value_dim) + 2, u) * (dot_size + std::fabs(d_lse));
    const double size = std::fabs(dp) + std::fabs(d);
    pair.ds_bound = std::fabs(pair.ds) * change + pair.p * (1 + change) * (slip + 3 * u * size) + lost * size;
    pair.ds_operand = pair.ds_bound + n_.operand * std::fabs(pair.ds);
    if (!std::isfinite(dp - d)) pair.ds_bound = pair.ds_operand = pair.p <= 2 * lost * (1 + change) ? inf : 0;
    return pair;
  }

  const Sum& diagonal(int head, int distance) {
    std::optional<Sum>& sum =
        diagonals_[static_cast<std::size_t>(head) * static_cast<std::size_t>(distances_of(p_)) + static_cast<std::size_t>(distance)];
    if (sum) return *sum;
    sum.emplace();
    for (int b = 0; b < p_.batch; ++b)
      for (int i = 0; i < p_.queries; ++i) {
        const Range seen = visible(p_, i, length_of(p_, a_.length, b));
        const int key = i + p_.keys - p_.queries - distance;
        if (key < seen.first || key >= seen.past) continue;
        const Pair each = pair({b, head, i}, key);
        sum->add(each.ds, each.ds_bound, 0, 1);
      }
    return *sum;
  }

  int group() const { return p_.heads / p_.kv_heads; }

  const Scores scores;
  const double u, lost, lost_operand;

private:
  const AttentionBwd::Problem& p_;
  const AttentionBwd::Args<>& a_;
  const Numerics& n_;
  std::vector<std::optional<Sum>> diagonals_;
};

void put(Output& output, std::int64_t at, const Sum& sum, double relative) {
  if (!(sum.slip < inf))
    output.undecidable(at, sum.value);
  else
    output.set(at, sum.value, sum.slip + relative * sum.size);
}

} // namespace

void AttentionBwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  auto *o = const_cast<double*>(a.o), *d_o = const_cast<double*>(a.d_o);
  auto *lse = const_cast<float*>(a.lse), *d_lse = const_cast<float*>(a.d_lse);
  AttentionFwd::Args<> forward{a.q, a.k, a.v, a.bias, a.row_scale, a.length, o, lse};
  AttentionFwd::fill(p, forward, fill, random);
  fill_gradients(p, d_o, d_lse, fill, random);
  const std::vector<Truth> truth = AttentionFwd::truth(p, forward, numerics::f64, {});
  std::copy(truth[0].value.begin(), truth[0].value.end(), o);
  std::transform(truth[1].value.begin(), truth[1].value.end(), lse, [](double x) { return static_cast<float>(x); });
}

Work AttentionBwd::work(const Problem& p, const Numerics& n) {
  const double heads = static_cast<double>(p.batch) * p.heads, groups = static_cast<double>(p.batch) * p.kv_heads;
  const double keys = p.queries == 0 ? 0 : std::min<double>(p.keys, static_cast<double>(p.queries) + p.window - 1); // that anyone sees
  const double pairs = heads * pairs_of(p), d = p.dim, e = p.value_dim;
  const double numbers = heads * p.queries * (2 * d + 2 * e) + groups * (keys + p.keys) * (d + e);
  const double sums = p.bias == Bias::none ? 0 : static_cast<double>(p.heads) * (distances_of(p) + parameters_of(p));
  return {2 * pairs * (3 * d + 2 * e), bytes_of(n.store) * numbers + 8 * heads * p.queries + 4 * sums, pairs};
}

std::vector<Truth> AttentionBwd::truth(const Problem& p, const Args<>& a, const Numerics& n, Sample sample) {
  Backward backward(p, a, n);
  const double u = n.add, pair_cost = static_cast<double>(p.dim) + 2 * p.value_dim;
  const std::int64_t queries = static_cast<std::int64_t>(p.batch) * p.heads * p.queries;
  const std::int64_t keys = static_cast<std::int64_t>(p.batch) * p.kv_heads * p.keys;
  const int distances = distances_of(p), parameters = parameters_of(p), group = backward.group();

  const Covered rows = covered(queries, p.dim, distances * (pair_cost + p.dim), sample, 0);
  Output d_q(queries * p.dim, !rows.all, n.store);
  for (const std::int64_t r : rows.rows) {
    const Row i = row_at(r, p.heads, p.queries);
    const Range seen = visible(p, i.position, length_of(p, a.length, i.batch));
    std::vector<Sum> sums(static_cast<std::size_t>(p.dim));
    for (int j = seen.first; j < seen.past; ++j) {
      const Pair pair = backward.pair(i, j);
      const double* const k = a.k + row_of(p.layout, i.batch, i.head / group, j, p.kv_heads, p.keys, p.dim);
      for (int l = 0; l < p.dim; ++l) sums[static_cast<std::size_t>(l)].add(pair.ds, pair.ds_operand, backward.lost_operand, k[l]);
    }
    const double c = backward.scores.factor(i.batch, i.position);
    const std::int64_t at = row_of(p.layout, i.batch, i.head, i.position, p.heads, p.queries, p.dim);
    for (int l = 0; l < p.dim; ++l) {
      Sum& sum = sums[static_cast<std::size_t>(l)];
      const double relative = gamma(growth(sum.count), u) + 4 * u;
      sum = {c * sum.value, std::fabs(c) * sum.size, std::fabs(c) * sum.slip, sum.count};
      put(d_q, at + l, sum, relative);
    }
  }

  const Covered columns =
      covered(keys, std::max(p.dim, p.value_dim),
              static_cast<double>(group) * std::min(p.window, p.queries) * (pair_cost + p.dim + p.value_dim), sample, 1);
  Output d_k(keys * p.dim, !columns.all, n.store), d_v(keys * p.value_dim, !columns.all, n.store);
  for (const std::int64_t r : columns.rows) {
    const Row j = row_at(r, p.kv_heads, p.keys);
    std::vector<Sum> of_k(static_cast<std::size_t>(p.dim)), of_v(static_cast<std::size_t>(p.value_dim));
    for (int h = j.head * group; h < (j.head + 1) * group; ++h)
      for (int i = std::max(0, j.position - p.keys + p.queries); i < p.queries; ++i) {
        const Range seen = visible(p, i, length_of(p, a.length, j.batch));
        if (j.position < seen.first) break; // and from later rows
        if (j.position >= seen.past) continue;
        const Pair pair = backward.pair({j.batch, h, i}, j.position);
        const double c = backward.scores.factor(j.batch, i);
        const double* const q = a.q + row_of(p.layout, j.batch, h, i, p.heads, p.queries, p.dim);
        const double* const g = a.d_o + row_of(p.layout, j.batch, h, i, p.heads, p.queries, p.value_dim);
        for (int l = 0; l < p.dim; ++l)
          of_k[static_cast<std::size_t>(l)].add(c * pair.ds, std::fabs(c) * pair.ds_operand, std::fabs(c) * backward.lost_operand, q[l]);
        for (int e = 0; e < p.value_dim; ++e) of_v[static_cast<std::size_t>(e)].add(pair.p, pair.p_operand, backward.lost_operand, g[e]);
      }
    const std::int64_t at_k = row_of(p.layout, j.batch, j.head, j.position, p.kv_heads, p.keys, p.dim);
    const std::int64_t at_v = row_of(p.layout, j.batch, j.head, j.position, p.kv_heads, p.keys, p.value_dim);
    for (int l = 0; l < p.dim; ++l) {
      const Sum& sum = of_k[static_cast<std::size_t>(l)];
      put(d_k, at_k + l, sum, gamma(growth(sum.count), u) + 4 * u);
    }
    for (int e = 0; e < p.value_dim; ++e) {
      const Sum& sum = of_v[static_cast<std::size_t>(e)];
      put(d_v, at_v + e, sum, gamma(growth(sum.count), u));
    }
  }

  const std::int64_t all = p.bias == Bias::none ? 0 : static_cast<std::int64_t>(p.heads) * distances;
  const double terms = static_cast<double>(p.batch) * p.queries;
  const Covered diagonals = covered(all, 1, terms * pair_cost, sample, 2);
  Output diagonal(all, !diagonals.all, numerics::u32);
  for (const std::int64_t at : diagonals.rows) {
    const Sum& sum = backward.diagonal(static_cast<int>(at / distances), static_cast<int>(at % distances));
    put(diagonal, at, sum, gamma(growth(terms), u));
  }

  const Covered heads = covered(p.bias == Bias::none ? 0 : p.heads, parameters, terms * distances * pair_cost, sample, 3);
  Output d_bias(static_cast<std::int64_t>(p.heads) * parameters, !heads.all, numerics::u32);
  for (const std::int64_t h : heads.rows)
    for (int k = 0; k < parameters; ++k) {
      Sum sum;
      for (int t = 0; t < distances; ++t) {
        const Sum& g = backward.diagonal(static_cast<int>(h), t);
        const double slope = bias_slope(p, a.bias + h * parameters, t, k);
        const double size = p.bias == Bias::sandwich ? 0.5 * p.dim : std::fabs(slope); // of its terms
        sum.value += g.value * slope;
        sum.size += std::fabs(g.value) * size;
        if (slope != 0) sum.slip += (g.slip + gamma(growth(terms), u) * g.size) * size;
      }
      put(d_bias, h * parameters + k, sum, gamma(growth(distances) + 5, u));
    }
  return {d_q.truth, d_k.truth, d_v.truth, diagonal.truth, d_bias.truth};
}

} // namespace assay
