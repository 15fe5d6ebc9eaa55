#include "reference/attention/inputs.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"

namespace assay::attention {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
enum Stream : std::uint32_t { queries, keys, values, biases, scales, lengths, gradients, lse_gradients, choice = 16 };

std::span<double> all(const double* data, const Problem& p, int heads, int positions, int width) {
  return {const_cast<double*>(data), static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(heads) *
                                         static_cast<std::size_t>(positions) * static_cast<std::size_t>(width)};
}

void fill_rows(std::span<double> out, std::uint32_t stream, Fill fill, Random random) {
  if (fill == Fill::integers)
    fill_integers(random.key, stream, -8, 8, out);
  else
    fill_normal(random.key, stream, out);
}

// One row in `every` gets NaN, inf or -inf somewhere.
void plant(std::span<double> rows, int width, int every, std::uint32_t stream, Random random) {
  const auto w = static_cast<std::size_t>(width);
  for (std::size_t r = 0; r < rows.size() / w; ++r) {
    const auto [chance, kind] = uniforms(random.key, choice + stream, r);
    if (chance * every < 1) rows[r * w + r % w] = kind < 1.0 / 3 ? nan : kind < 2.0 / 3 ? inf : -inf;
  }
}

// One row in `every` becomes the one before it, or zero if there is none or `zero`.
void tie(std::span<double> rows, int width, int every, bool zero, std::uint32_t stream, Random random) {
  const auto w = static_cast<std::size_t>(width);
  for (std::size_t r = 0; r < rows.size() / w; ++r)
    if (uniforms(random.key, choice + stream, r)[0] * every < 1)
      for (std::size_t l = r * w; l < (r + 1) * w; ++l) rows[l] = zero || r == 0 ? 0 : rows[l - w];
}

double parameter(const Problem& p, int head, int k, std::span<const double> uniform, std::span<const double> normal) {
  const auto at = static_cast<std::size_t>(head) * static_cast<std::size_t>(parameters_of(p)) + static_cast<std::size_t>(k);
  switch (p.bias) {
    case Bias::none: return 0;
    case Bias::alibi: return alibi_slope(head, p.heads);
    case Bias::kerple_power:
    case Bias::kerple_log: return 0.75 + 0.5 * uniform[at];
    case Bias::sandwich: return 0.05 + 0.1 * uniform[at];
    case Bias::table: return 0.5 * normal[at];
  }
  return 0;
}

void fill_bias(const Problem& p, float* bias, Fill fill, Random random) {
  const auto n = static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(parameters_of(p));
  std::vector<double> uniform(n), normal(n);
  fill_uniform(random.key, biases, uniform);
  fill_normal(random.key, biases, normal);
  for (int h = 0, at = 0; h < p.heads; ++h)
    for (int k = 0; k < parameters_of(p); ++k, ++at)
      bias[at] = fill == Fill::integers ? 0 : static_cast<float>(parameter(p, h, k, uniform, normal));
}

} // namespace

void fill_forward(const Problem& p, AttentionFwd::Args<>& a, Fill fill, Random random) {
  const std::span<double> q = all(a.q, p, p.heads, p.queries, p.dim), k = all(a.k, p, p.kv_heads, p.keys, p.dim),
                          v = all(a.v, p, p.kv_heads, p.keys, p.value_dim);
  fill_rows(q, queries, fill, random);
  fill_rows(k, keys, fill, random);
  fill_rows(v, values, fill, random);
  if (fill == Fill::integers) std::fill(q.begin(), q.end(), 0.0);
  if (fill == Fill::hostile) {
    tie(q, p.dim, 32, true, lengths + queries, random);
    tie(k, p.dim, 16, false, lengths + keys, random);
    plant(q, p.dim, 32, queries, random);
    plant(k, p.dim, 16, keys, random);
    plant(v, p.value_dim, 16, values, random);
  }
  fill_bias(p, const_cast<float*>(a.bias), fill, random);
  if (p.row_scale)
    for (int i = 0; i < p.batch * p.queries; ++i)
      const_cast<float*>(a.row_scale)[i] = static_cast<float>(0.75 + 0.5 * uniforms(random.key, scales, static_cast<std::uint64_t>(i))[0]);
  if (p.padded)
    for (int b = 0; b < p.batch; ++b) {
      const double any = uniforms(random.key, lengths, static_cast<std::uint64_t>(b))[0] * (p.keys + 1);
      const_cast<std::int32_t*>(a.length)[b] = b % 4 == 1 ? p.keys : b % 4 == 2 ? 0 : static_cast<std::int32_t>(any);
    }
}

void fill_gradients(const Problem& p, double* d_o, float* d_lse, Fill fill, Random random) {
  const std::span<double> rows = all(d_o, p, p.heads, p.queries, p.value_dim);
  fill_rows(rows, gradients, fill, random);
  if (fill == Fill::hostile) plant(rows, p.value_dim, 32, gradients, random);
  std::vector<double> each(static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(p.queries));
  fill_rows(each, lse_gradients, fill, random);
  for (std::size_t i = 0; i < each.size(); ++i) d_lse[i] = static_cast<float>(each[i]);
}

} // namespace assay::attention
