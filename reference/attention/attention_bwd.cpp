#include "reference/attention/attention_bwd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

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

// more: roundings of each term besides those of the chain of additions.
void put(Output& output, std::int64_t at, const Sum& sum, double u, double more) {
  if (!(sum.slip < inf))
    output.undecidable(at, sum.value);
  else
    output.set(at, sum.value, sum.slip + (gamma(growth(sum.count), u) + more * u) * sum.size);
}

class Backward {
public:
  Backward(const AttentionBwd::Problem& p, const AttentionBwd::Args<>& a, const Numerics& n, Sample sample)
      : p_(p),
        a_(a),
        n_(n),
        sample_(sample),
        scores_(p, a.q, a.k, a.bias, a.row_scale, n),
        u_(n.add),
        lost_(lost_below(n.add)),
        lost_operand_(std::max(lost_, n.operand > 0 ? lost_below(n.operand) : 0)),
        group_(p.heads / p.kv_heads),
        distances_(distances_of(p)),
        diagonals_(static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(distances_)) {}

  Truth queries() const {
    const std::int64_t rows = static_cast<std::int64_t>(p_.batch) * p_.heads * p_.queries;
    const Covered list = covered(rows, p_.dim, distances_ * (pair_cost() + p_.dim), sample_, 0);
    Output d_q(rows * p_.dim, !list.all, n_.store);
    for (const std::int64_t r : list.rows) {
      const Row i = row_at(r, p_.heads, p_.queries);
      const Range seen = visible(p_, i.position, length_of(p_, a_.length, i.batch));
      const double c = scores_.factor(i.batch, i.position);
      std::vector<Sum> sums(static_cast<std::size_t>(p_.dim));
      for (int j = seen.first; j < seen.past; ++j) {
        const Pair pair = pair_of(i, j);
        const double* const k = a_.k + row_of(p_.layout, i.batch, i.head / group_, j, p_.kv_heads, p_.keys, p_.dim);
        for (int l = 0; l < p_.dim; ++l)
          sums[static_cast<std::size_t>(l)].add(c * pair.ds, std::fabs(c) * pair.ds_operand, std::fabs(c) * lost_operand_, k[l]);
      }
      const std::int64_t at = row_of(p_.layout, i.batch, i.head, i.position, p_.heads, p_.queries, p_.dim);
      for (int l = 0; l < p_.dim; ++l) put(d_q, at + l, sums[static_cast<std::size_t>(l)], u_, 4);
    }
    return std::move(d_q.truth);
  }

  std::pair<Truth, Truth> keys() const {
    const std::int64_t rows = static_cast<std::int64_t>(p_.batch) * p_.kv_heads * p_.keys;
    const double cost = static_cast<double>(group_) * std::min(p_.window, p_.queries) * (pair_cost() + p_.dim + p_.value_dim);
    const Covered list = covered(rows, std::max(p_.dim, p_.value_dim), cost, sample_, 1);
    Output d_k(rows * p_.dim, !list.all, n_.store), d_v(rows * p_.value_dim, !list.all, n_.store);
    for (const std::int64_t r : list.rows) {
      const Row j = row_at(r, p_.kv_heads, p_.keys);
      std::vector<Sum> of_k(static_cast<std::size_t>(p_.dim)), of_v(static_cast<std::size_t>(p_.value_dim));
      for (int h = j.head * group_; h < (j.head + 1) * group_; ++h)
        for (int i = std::max(0, j.position - p_.keys + p_.queries); i < p_.queries; ++i) {
          const Range seen = visible(p_, i, length_of(p_, a_.length, j.batch));
          if (j.position < seen.first) break; // nor do later rows see it
          if (j.position >= seen.past) continue;
          const Pair pair = pair_of({j.batch, h, i}, j.position);
          const double c = scores_.factor(j.batch, i);
          const double* const q = a_.q + row_of(p_.layout, j.batch, h, i, p_.heads, p_.queries, p_.dim);
          const double* const g = a_.d_o + row_of(p_.layout, j.batch, h, i, p_.heads, p_.queries, p_.value_dim);
          for (int l = 0; l < p_.dim; ++l)
            of_k[static_cast<std::size_t>(l)].add(c * pair.ds, std::fabs(c) * pair.ds_operand, std::fabs(c) * lost_operand_, q[l]);
          for (int e = 0; e < p_.value_dim; ++e) of_v[static_cast<std::size_t>(e)].add(pair.p, pair.p_operand, lost_operand_, g[e]);
        }
      const std::int64_t at_k = row_of(p_.layout, j.batch, j.head, j.position, p_.kv_heads, p_.keys, p_.dim);
      const std::int64_t at_v = row_of(p_.layout, j.batch, j.head, j.position, p_.kv_heads, p_.keys, p_.value_dim);
      for (int l = 0; l < p_.dim; ++l) put(d_k, at_k + l, of_k[static_cast<std::size_t>(l)], u_, 4);
      for (int e = 0; e < p_.value_dim; ++e) put(d_v, at_v + e, of_v[static_cast<std::size_t>(e)], u_, 0);
    }
    return {std::move(d_k.truth), std::move(d_v.truth)};
  }

  std::pair<Truth, Truth> biases() {
    const int heads = p_.bias == Bias::none ? 0 : p_.heads, parameters = parameters_of(p_);
    const double terms = static_cast<double>(p_.batch) * p_.queries; // of a diagonal
    const Covered diagonals = covered(static_cast<std::int64_t>(heads) * distances_, 1, terms * pair_cost(), sample_, 2);
    Output diagonal(static_cast<std::int64_t>(heads) * distances_, !diagonals.all, numerics::u32);
    for (const std::int64_t at : diagonals.rows) {
      Sum sum = diagonal_of(static_cast<int>(at / distances_), static_cast<int>(at % distances_));
      sum.count = terms;
      put(diagonal, at, sum, u_, 0);
    }
    const Covered list = covered(heads, parameters, terms * distances_ * pair_cost(), sample_, 3);
    Output d_bias(static_cast<std::int64_t>(heads) * parameters, !list.all, numerics::u32);
    for (const std::int64_t h : list.rows)
      for (int k = 0; k < parameters; ++k) {
        Sum sum;
        for (int t = 0; t < distances_; ++t) {
          const Sum& g = diagonal_of(static_cast<int>(h), t);
          const double slope = bias_slope(p_, a_.bias + h * parameters, t, k);
          const double size = p_.bias == Bias::sandwich ? 0.5 * p_.dim : std::fabs(slope); // of its terms
          sum.value += g.value * slope;
          sum.size += std::fabs(g.value) * size;
          if (slope != 0) sum.slip += (g.slip + gamma(growth(terms), u_) * g.size) * size;
        }
        sum.count = distances_;
        put(d_bias, h * parameters + k, sum, u_, 5);
      }
    return {std::move(diagonal.truth), std::move(d_bias.truth)};
  }

private:
  // Of row i and key j, which it sees.
  Pair pair_of(Row i, int key) const {
    const double l = a_.lse[(static_cast<std::int64_t>(i.batch) * p_.heads + i.head) * p_.queries + i.position];
    if (l == -inf) return {};
    const double* const v = a_.v + row_of(p_.layout, i.batch, i.head / group_, key, p_.kv_heads, p_.keys, p_.value_dim);
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
    const Score s = scores_(i, key);
    Pair pair;
    pair.p = std::exp(s.value - l);
    pair.ds = pair.p * (dp - d);
    const double eta = s.delta + 2 * u_ * std::fabs(l) + 3 * u_ * std::fabs(s.value - l) + n_.exp + u_;
    const double change = s.value == -inf ? 0 : std::expm1(eta); // exp(-inf) is 0, whatever is rounded
    pair.p_operand = pair.p * (change + n_.operand);
    const double slip = gamma(growth(p_.value_dim) + 1, u_) * dp_size + gamma(growth(p_.value_dim) + 2, u_) * (dot_size + std::fabs(d_lse));
    const double size = std::fabs(dp) + std::fabs(d);
    pair.ds_bound = std::fabs(pair.ds) * change + pair.p * (1 + change) * (slip + 3 * u_ * size) + lost_ * size;
    pair.ds_operand = pair.ds_bound + n_.operand * std::fabs(pair.ds);
    if (!std::isfinite(dp - d)) pair.ds_bound = pair.ds_operand = pair.p <= 2 * lost_ * (1 + change) ? inf : 0;
    return pair;
  }

  // Computed once: d_bias needs all of a head, once for each of its parameters.
  const Sum& diagonal_of(int head, int distance) {
    std::optional<Sum>& sum =
        diagonals_[static_cast<std::size_t>(head) * static_cast<std::size_t>(distances_) + static_cast<std::size_t>(distance)];
    if (sum) return *sum;
    sum.emplace();
    for (int b = 0; b < p_.batch; ++b)
      for (int i = 0; i < p_.queries; ++i) {
        const Range seen = visible(p_, i, length_of(p_, a_.length, b));
        const int key = i + p_.keys - p_.queries - distance;
        if (key < seen.first || key >= seen.past) continue;
        const Pair each = pair_of({b, head, i}, key);
        sum->add(each.ds, each.ds_bound, 0, 1);
      }
    return *sum;
  }

  double pair_cost() const { return static_cast<double>(p_.dim) + 2 * p_.value_dim; } // multiply-adds

  const AttentionBwd::Problem& p_;
  const AttentionBwd::Args<>& a_;
  const Numerics& n_;
  const Sample sample_;
  const Scores scores_;
  const double u_, lost_, lost_operand_;
  const int group_, distances_;
  std::vector<std::optional<Sum>> diagonals_;
};

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
  const double pairs = heads * pairs_of(p), d = p.dim, e = p.value_dim;
  const double numbers = heads * p.queries * (2 * d + 2 * e) + groups * (keys_seen(p) + p.keys) * (d + e);
  const double sums = p.bias == Bias::none ? 0 : static_cast<double>(p.heads) * (distances_of(p) + parameters_of(p));
  return {2 * pairs * (3 * d + 2 * e), bytes_of(n.store) * numbers + 8 * heads * p.queries + 4 * sums, pairs};
}

std::vector<Truth> AttentionBwd::truth(const Problem& p, const Args<>& a, const Numerics& n, Sample sample) {
  Backward backward(p, a, n, sample);
  Truth d_q = backward.queries();
  auto [d_k, d_v] = backward.keys();
  auto [diagonal, d_bias] = backward.biases();
  return {std::move(d_q), std::move(d_k), std::move(d_v), std::move(diagonal), std::move(d_bias)};
}

} // namespace assay
