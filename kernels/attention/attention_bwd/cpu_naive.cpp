// The formulas, row by row: D of the row, then for each key its weight, its dS, and what they add to all gradients. Sums over queries
// live in fp32 arrays beside the outputs.
// Limit: one multiplication at a time; sums for every key are read and written once for every query that sees it.
#include <limits>
#include <vector>

#include "kernels/attention/scalars.hpp"
#include "kernels/variant.hpp"
#include "reference/attention/attention_bwd.hpp"

namespace assay {
namespace {

using namespace attention;

template <class T> std::vector<float> widened(const T* x, std::int64_t n) {
  std::vector<float> to(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) to[static_cast<std::size_t>(i)] = to_float(x[i]);
  return to;
}

template <class T> void narrow(const std::vector<float>& from, T* to) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from_float<T>(from[i]);
}

float dot(const float* a, const float* b, int n) {
  float sum = 0;
  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void add(float* to, float factor, const float* x, int n) {
  for (int i = 0; i < n; ++i) to[i] += factor * x[i];
}

template <class T> void run(const AttentionBwd::Problem& p, const AttentionBwd::Args<T>& a, const Launch&) {
  const std::int64_t queries = static_cast<std::int64_t>(p.batch) * p.heads * p.queries;
  const std::int64_t keys = static_cast<std::int64_t>(p.batch) * p.kv_heads * p.keys;
  const std::vector<float> q = widened(a.q, queries * p.dim), k = widened(a.k, keys * p.dim), v = widened(a.v, keys * p.value_dim),
                           o = widened(a.o, queries * p.value_dim), d_o = widened(a.d_o, queries * p.value_dim);
  std::vector<float> d_q(q.size()), d_k(k.size()), d_v(v.size()),
      diagonal(static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(distances_of(p)));
  const std::vector<float> biases = bias_table(p, a.bias);
  const float c = softmax_scale(p);
  for (int b = 0; b < p.batch; ++b)
    for (int h = 0; h < p.heads; ++h)
      for (int i = 0; i < p.queries; ++i) {
        const int group = h / (p.heads / p.kv_heads), position = i + p.keys - p.queries;
        const auto [first, past] = visible(p, i, p.padded ? a.length[b] : p.keys);
        const std::int64_t row = (static_cast<std::int64_t>(b) * p.heads + h) * p.queries + i;
        const std::int64_t at_q = row_of(p.layout, b, h, i, p.heads, p.queries, p.dim);
        const std::int64_t at_o = row_of(p.layout, b, h, i, p.heads, p.queries, p.value_dim);
        const float lse = a.lse[row];
        if (lse == -std::numeric_limits<float>::infinity()) continue;
        const float factor = p.row_scale ? c * a.row_scale[static_cast<std::int64_t>(b) * p.queries + i] : c;
        const float d = dot(&d_o[static_cast<std::size_t>(at_o)], &o[static_cast<std::size_t>(at_o)], p.value_dim) - a.d_lse[row];
        for (int j = first; j < past; ++j) {
          const auto at_k = static_cast<std::size_t>(row_of(p.layout, b, group, j, p.kv_heads, p.keys, p.dim));
          const auto at_v = static_cast<std::size_t>(row_of(p.layout, b, group, j, p.kv_heads, p.keys, p.value_dim));
          const auto at_t =
              static_cast<std::size_t>(h) * static_cast<std::size_t>(distances_of(p)) + static_cast<std::size_t>(position - j);
          const float* const g = &d_o[static_cast<std::size_t>(at_o)];
          const float weight = std::exp(factor * dot(&q[static_cast<std::size_t>(at_q)], &k[at_k], p.dim) + biases[at_t] - lse);
          const float ds = weight * (dot(g, &v[at_v], p.value_dim) - d);
          add(&d_v[at_v], weight, g, p.value_dim);
          add(&d_q[static_cast<std::size_t>(at_q)], factor * ds, &k[at_k], p.dim);
          add(&d_k[at_k], factor * ds, &q[static_cast<std::size_t>(at_q)], p.dim);
          diagonal[at_t] += ds;
        }
      }
  narrow(d_q, a.d_q);
  narrow(d_k, a.d_k);
  narrow(d_v, a.d_v);
  if (p.bias == Bias::none) return;
  narrow(diagonal, a.diagonal);
  bias_gradient(p, a.bias, a.diagonal, a.d_bias);
}

template <class T> constexpr Variant<AttentionBwd, T> variant() {
  return {.name = "cpu_naive",
          .idea = "row by row, every pair of a query and a key once",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
