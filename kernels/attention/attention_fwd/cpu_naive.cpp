// The formula, row by row: all scores, their maximum, their weights, then the mean of the values.
// Limit: one multiplication at a time; the chain of additions of a dot product sets the pace.
#include <limits>
#include <vector>

#include "kernels/attention/scalars.hpp"
#include "kernels/variant.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

using namespace attention;

template <class T> void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<T>& a, const Launch&) {
  const std::vector<float> biases = bias_table(p, a.bias);
  const float c = softmax_scale(p);
  std::vector<float> s(static_cast<std::size_t>(distances_of(p))), sums(static_cast<std::size_t>(p.value_dim));
  for (int b = 0; b < p.batch; ++b)
    for (int h = 0; h < p.heads; ++h)
      for (int i = 0; i < p.queries; ++i) {
        const int group = h / (p.heads / p.kv_heads), position = i + p.keys - p.queries;
        const auto [first, past] = visible(p, i, p.padded ? a.length[b] : p.keys);
        const T* const q = a.q + row_of(p.layout, b, h, i, p.heads, p.queries, p.dim);
        T* const o = a.o + row_of(p.layout, b, h, i, p.heads, p.queries, p.value_dim);
        float& lse = a.lse[(static_cast<std::int64_t>(b) * p.heads + h) * p.queries + i];
        if (past <= first) {
          std::fill(o, o + p.value_dim, from_float<T>(0));
          lse = -std::numeric_limits<float>::infinity();
          continue;
        }
        const float factor = p.row_scale ? c * a.row_scale[static_cast<std::int64_t>(b) * p.queries + i] : c;
        const float* const bias = biases.data() + static_cast<std::int64_t>(h) * distances_of(p);
        float m = -std::numeric_limits<float>::infinity();
        for (int j = first; j < past; ++j) {
          const T* const k = a.k + row_of(p.layout, b, group, j, p.kv_heads, p.keys, p.dim);
          float dot = 0;
          for (int l = 0; l < p.dim; ++l) dot += to_float(q[l]) * to_float(k[l]);
          const float score = factor * dot + bias[position - j];
          s[static_cast<std::size_t>(j - first)] = score;
          m = std::max(m, score); // a NaN shows in the sum
        }
        float sum = 0;
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int j = first; j < past; ++j) {
          const float weight = std::exp(s[static_cast<std::size_t>(j - first)] - m);
          const T* const v = a.v + row_of(p.layout, b, group, j, p.kv_heads, p.keys, p.value_dim);
          sum += weight;
          for (int e = 0; e < p.value_dim; ++e) sums[static_cast<std::size_t>(e)] += weight * to_float(v[e]);
        }
        for (int e = 0; e < p.value_dim; ++e) o[e] = from_float<T>(sums[static_cast<std::size_t>(e)] / sum);
        lse = m + std::log(sum);
      }
}

template <class T> constexpr Variant<AttentionFwd, T> variant() {
  return {.name = "cpu_naive",
          .idea = "two passes over the scores of a row, plain loops",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
