#include "reference/optimizer/tiger_accumulate.hpp"

#include <cmath>

#include "reference/optimizer/bounds.hpp"
#include "reference/optimizer/inputs.hpp"
#include "reference/optimizer/refusal.hpp"

namespace assay {
using namespace optimizer;

namespace {

void push(Truth& truth, const Value& value) {
  truth.value.push_back(value.value);
  truth.bound.push_back(value.bound);
}

} // namespace

std::string TigerAccumulate::refuse(const Problem& p) {
  if (const std::string reason = refuse_momentum(p); !reason.empty()) return reason;
  if ((p.step + 1) % p.window == 0)
    return refusal("step", p.step, "is the last of a window of " + std::to_string(p.window) + ", which is a tiger_step");
  return {};
}

void TigerAccumulate::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const Layout list = layout(p.tensors);
  auto* g = const_cast<double*>(a.g);
  fill_gradients(list, g, a.m, p.step % p.window == 0 ? p.beta : 1, (1 - p.beta) / p.window, p.guard, fill, random);
  fill_flags(list, g, p.guard, const_cast<std::uint8_t*>(a.bad));
  fill_sticky(list, a.sticky);
  if (p.policy != Policy::immediate) return;
  fill_parameters(list, a.theta, fill, random);
  fill_sums(list, a.theta, a.sum_sq);
}

Work TigerAccumulate::work(const Problem& p, const Numerics&) { return {3 * static_cast<double>(layout(p.tensors).elements)}; }

std::vector<Truth> TigerAccumulate::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const Layout list = layout(p.tensors);
  const double kept = p.step % p.window == 0 ? p.beta : 1, scale = (1 - p.beta) / p.window;
  Truth m{{}, {}, chosen(list.elements, sample, 0)}, theta{{}, {}, m.at}, sticky, sums;
  std::size_t next = 0;
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const bool bad = p.guard != Guard::off && before.bad[t] != 0;
    push(sticky, {bad && p.policy == Policy::window ? 1.0 : before.sticky[t], 0});
    for (std::int64_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
      if (!m.at.empty() && (next == m.at.size() || m.at[next] != i)) continue;
      ++next;
      if (!bad)
        push(m, momentum(before.m[i], before.g[i], kept, scale, n));
      else if (p.policy == Policy::immediate || kept == 1)
        push(m, {before.m[i], 0});
      else
        push(m, momentum(before.m[i], 0, kept, scale, n));
      if (p.policy == Policy::immediate)
        push(theta, bad ? shrunk(before.theta[i], tensor.centre(), p.shrink, n) : Value{before.theta[i], 0});
    }
    if (p.policy != Policy::immediate) continue;
    for (std::int64_t j = tensor.first_group; j < tensor.first_group + tensor.groups(); ++j) {
      if (!bad) {
        push(sums, {before.sum_sq[j], 0});
        continue;
      }
      const std::int64_t size = tensor.group_size(), begin = tensor.offset + (j - tensor.first_group) * size;
      double sum = 0, slip = 0;
      for (std::int64_t i = begin; i < begin + size; ++i) {
        const auto [value, bound] = shrunk(before.theta[i], tensor.centre(), p.shrink, n);
        sum += value * value;
        slip += (2 * std::fabs(value) + bound) * bound;
      }
      push(sums, settled({sum, slip + sum_bound(sum + slip, size, n)}));
    }
  }
  if (p.policy != Policy::immediate) return {m, sticky};
  return {m, sticky, theta, sums};
}

} // namespace assay
