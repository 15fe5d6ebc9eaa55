#include "reference/optimizer/tiger_step.hpp"

#include <cmath>
#include <limits>

#include "reference/optimizer/bounds.hpp"
#include "reference/optimizer/inputs.hpp"
#include "reference/optimizer/refusal.hpp"

namespace assay {
using namespace optimizer;

namespace {

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; } // zero and NaN as they are

struct Rate {
  double eta, lambda;
  double relative, absolute; // what rounding may change in eta
};

struct Moved {
  Value m, theta;
};

// One update of a list of tensors, element by element.
class Update {
public:
  Update(const TigerStep::Problem& p, const TigerStep::Args<>& before, const Numerics& n)
      : p_(p),
        before_(before),
        n_(n),
        kept_(p.step % p.window == 0 ? p.beta : 1),
        scale_((1 - p.beta) / p.window),
        alpha_(p.alpha * piecewise_linear(knots_of(p.schedule), p.step)) {}

  bool bad(const Tensor& tensor, std::int64_t t) const {
    if (p_.guard == Guard::off) return false;
    return p_.passes == Passes::full ? is_bad(tensor, before_.g, p_.guard) : before_.bad[t] != 0;
  }

  Rate rate(const Tensor& tensor, std::int64_t group) const {
    if (tensor.elementwise()) return {alpha_ / 2, 0, gamma(7, n_.add), 0};
    const std::int64_t size = tensor.group_size();
    if (size == 0) return {0, p_.decay, 0, 0};
    const auto count = static_cast<double>(size);
    if (p_.passes == Passes::cached)
      return {alpha_ * std::sqrt(static_cast<double>(before_.sum_sq[group]) / count), p_.decay, gamma(7, n_.add), 0};
    const double sum = optimizer::sum_of_squares(before_.theta, tensor.offset + (group - tensor.first_group) * size, size);
    const double mean = sum / count, lost = 0x1p-126 * n_.add; // lost: of squares that underflow
    const double relative = gamma(growth(roundings_of_sum(size)) / 2 + 7, n_.add);
    const bool fits = settled({sum, sum_bound(sum, size, n_)}).bound < std::numeric_limits<double>::infinity();
    return {alpha_ * std::sqrt(mean), p_.decay, fits ? relative : std::numeric_limits<double>::infinity(),
            alpha_ * (std::sqrt(mean + lost) - std::sqrt(mean))};
  }

  Moved element(const Tensor& tensor, std::int64_t i, bool bad, bool shrinks, const Rate& rate) const {
    const double m = before_.m[i], theta = before_.theta[i];
    Moved to;
    if (!bad)
      to.m = momentum(m, before_.g[i], kept_, scale_, n_);
    else if (p_.policy == Policy::immediate || kept_ == 1)
      to.m = {m, 0};
    else
      to.m = momentum(m, 0, kept_, scale_, n_);
    to.theta = shrinks ? shrunk(theta, tensor.centre(), p_.shrink, n_) : stepped(theta, to.m, rate);
    return to;
  }

private:
  Value stepped(double theta, const Value& m, const Rate& rate) const {
    const double value = theta - rate.eta * (sign(m.value) + rate.lambda * theta);
    const double unit = stored_unit(n_), size = 1 + rate.lambda * std::fabs(theta), tiny = 0x1p-126 * n_.add;
    double slip = size * (rate.eta * rate.relative + rate.absolute + tiny) + rate.eta * tiny;
    if (m.bound > 0 && std::fabs(m.value) <= m.bound) slip += 2 * rate.eta; // the sign is ambiguous
    return settled({value, slip * (1 + unit) + unit * std::fabs(value) + 0x1p-126 * n_.store});
  }

  const TigerStep::Problem& p_;
  const TigerStep::Args<>& before_;
  const Numerics& n_;
  double kept_, scale_, alpha_;
};

// Calls act(tensor, t, first, last) with the covered indices of each tensor as positions first..last-1 in `at`; `of` gives a
// tensor's range of indices.
template <class Range, class Act> void by_tensor(const Layout& list, const std::vector<std::int64_t>& at, Range of, Act act) {
  std::size_t next = 0;
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const auto [begin, end] = of(tensor);
    std::vector<std::int64_t> mine;
    if (at.empty())
      for (std::int64_t i = begin; i < end; ++i) mine.push_back(i);
    else
      for (; next < at.size() && at[next] < end; ++next) mine.push_back(at[next]);
    act(tensor, t, mine);
  }
}

void push(Truth& truth, const Value& value) {
  truth.value.push_back(value.value);
  truth.bound.push_back(value.bound);
}

} // namespace

std::string TigerStep::refuse(const Problem& p) {
  if (!(p.alpha >= 0) || std::isinf(p.alpha)) return refusal("alpha", p.alpha, "must be finite and not negative");
  if (!(p.decay >= 0) || std::isinf(p.decay)) return refusal("decay", p.decay, "must be finite and not negative");
  if (const std::string reason = refuse_momentum(p); !reason.empty()) return reason;
  if ((p.step + 1) % p.window != 0) return refusal("step", p.step, "is not the last of a window of " + std::to_string(p.window));
  return {};
}

void TigerStep::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const Layout list = layout(p.tensors);
  auto* g = const_cast<double*>(a.g);
  auto* sum_sq = const_cast<float*>(a.sum_sq);
  auto* bad = const_cast<std::uint8_t*>(a.bad);
  fill_parameters(list, a.theta, fill, random);
  fill_gradients(list, g, a.m, p.step % p.window == 0 ? p.beta : 1, (1 - p.beta) / p.window, p.guard, fill, random);
  fill_sums(list, a.theta, sum_sq);
  fill_flags(list, g, p.guard, bad);
  fill_sticky(list, a.sticky);
  if (p.passes == Passes::full) { // stale, so that looking at them shows
    for (std::int64_t j = 0; j < list.groups; ++j) sum_sq[j] = 4 * sum_sq[j] + 1;
    for (std::int64_t t = 0; t < list.count(); ++t) bad[t] = bad[t] == 0;
  }
}

Work TigerStep::work(const Problem& p, const Numerics&) {
  // Per element: product, fma; decay fma, update fma; square fma. The full form squares once more.
  return {static_cast<double>(layout(p.tensors).elements) * (p.passes == Passes::full ? 11 : 9)};
}

std::vector<Truth> TigerStep::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const Layout list = layout(p.tensors);
  const Update update(p, before, n);
  Truth theta{{}, {}, chosen(list.elements, sample, 0)}, m{{}, {}, theta.at}, sticky, sums{{}, {}, chosen(list.groups, sample, 1)};

  const auto shrinks = [&](std::int64_t t, bool bad) { return bad || (uses_sticky(p) && before.sticky[t] != 0); };
  by_tensor(
      list, theta.at, [](const Tensor& tensor) { return std::pair(tensor.offset, tensor.offset + tensor.size()); },
      [&](const Tensor& tensor, std::int64_t t, const std::vector<std::int64_t>& mine) {
        const bool bad = update.bad(tensor, t);
        std::int64_t group = -1;
        Rate rate{};
        for (const std::int64_t i : mine) {
          const std::int64_t its = tensor.first_group + (i - tensor.offset) / tensor.group_size();
          if (its != group) rate = update.rate(tensor, group = its);
          const Moved to = update.element(tensor, i, bad, shrinks(t, bad), rate);
          push(theta, to.theta);
          push(m, to.m);
        }
      });
  by_tensor(
      list, sums.at, [](const Tensor& tensor) { return std::pair(tensor.first_group, tensor.first_group + tensor.groups()); },
      [&](const Tensor& tensor, std::int64_t t, const std::vector<std::int64_t>& mine) {
        const bool bad = update.bad(tensor, t);
        for (const std::int64_t j : mine) {
          const Rate rate = update.rate(tensor, j);
          const std::int64_t size = tensor.group_size(), begin = tensor.offset + (j - tensor.first_group) * size;
          double sum = 0, slip = 0;
          for (std::int64_t i = begin; i < begin + size; ++i) {
            const auto [value, bound] = update.element(tensor, i, bad, shrinks(t, bad), rate).theta;
            sum += value * value;
            slip += (2 * std::fabs(value) + bound) * bound;
          }
          push(sums, settled({sum, slip + sum_bound(sum + slip, size, n)}));
        }
      });
  for (std::int64_t t = 0; t < list.count(); ++t) push(sticky, {uses_sticky(p) ? 0.0 : before.sticky[t], 0});
  return {theta, m, sticky, sums};
}

std::vector<Check> TigerStep::judge(const Problem& p, const Args<>&, const Args<>& after, const Numerics& n) {
  Check worst{"new_sum_sq belongs to the parameters as stored", 0, 0, 0};
  for (const Tensor& tensor : layout(p.tensors).tensors)
    for (std::int64_t j = tensor.first_group; j < tensor.first_group + tensor.groups(); ++j) {
      const std::int64_t size = tensor.group_size();
      const double sum = optimizer::sum_of_squares(after.theta, tensor.offset + (j - tensor.first_group) * size, size);
      const Value want = settled({sum, sum_bound(sum, size, n)});
      const double got = after.new_sum_sq[j];
      if (got == want.value || (std::isnan(got) && std::isnan(want.value)) || std::isinf(want.bound)) continue;
      const double error = std::fabs(got - want.value);
      // Fractions are compared without dividing; a NaN or an infinite error is never better than what is kept.
      if (!(error * worst.slack <= worst.lhs * want.bound) || worst.slack == 0) worst = {worst.what, error, 0, want.bound};
      if (!std::isfinite(error)) return {worst};
    }
  return {worst};
}

} // namespace assay
