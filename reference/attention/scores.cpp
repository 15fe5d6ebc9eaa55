#include "reference/attention/scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "reference/rounding.hpp"
#include "reference/sample.hpp"

namespace assay::attention {

Row row_at(std::int64_t index, int heads, int positions) {
  return {static_cast<int>(index / positions / heads), static_cast<int>(index / positions % heads), static_cast<int>(index % positions)};
}

Scores::Scores(const Problem& p, const double* q, const double* k, const float* bias, const float* row_scale, const Numerics& n)
    : p_(p), q_(q), k_(k), bias_(bias), row_scale_(row_scale), unit_(n.add) {
  for (int h = 0; h < p.heads; ++h)
    for (int t = 0; t < distances_of(p); ++t) biases_.push_back(bias_at(p, bias + static_cast<std::int64_t>(h) * parameters_of(p), t));
}

double Scores::factor(int batch, int query) const {
  return scale_of(p_) * (p_.row_scale ? row_scale_[static_cast<std::int64_t>(batch) * p_.queries + query] : 1.0);
}

Score Scores::operator()(Row i, int key) const {
  const double* const q = q_ + row_of(p_.layout, i.batch, i.head, i.position, p_.heads, p_.queries, p_.dim);
  const double* const k = k_ + row_of(p_.layout, i.batch, i.head / (p_.heads / p_.kv_heads), key, p_.kv_heads, p_.keys, p_.dim);
  double dot = 0, size = 0;
  for (int l = 0; l < p_.dim; ++l) {
    dot += q[l] * k[l];
    size += std::fabs(q[l] * k[l]);
  }
  const int distance = i.position + p_.keys - p_.queries - key;
  const double c = factor(i.batch, i.position);
  const double b =
      biases_[static_cast<std::size_t>(i.head) * static_cast<std::size_t>(distances_of(p_)) + static_cast<std::size_t>(distance)];
  const double terms = p_.bias == Bias::sandwich ? 0.5 * p_.dim * std::fabs(static_cast<double>(bias_[i.head])) : std::fabs(b);
  const double s = c * dot + b;
  if (!std::isfinite(s)) return {s, 0};
  return {s, gamma(growth(p_.dim) + 4, unit_) * std::fabs(c) * size + 3 * unit_ * terms + unit_ * std::fabs(s)};
}

Output::Output(std::int64_t n, bool sampled, double store) : sampled_(sampled), store_(store) {
  if (sampled) return;
  truth.value.resize(static_cast<std::size_t>(n));
  truth.bound.resize(static_cast<std::size_t>(n));
}

void Output::set(std::int64_t at, double value, double bound) {
  if (!std::isfinite(value)) return exact(at, value);
  const double largest = store_ == numerics::u16 ? 65504 : 0x1.fep127; // of bf16; that of fp32 is larger
  bound += store_ * (std::fabs(value) + bound) + lost_below(store_);
  if (std::fabs(value) + bound <= largest) return put(at, value, bound);
  undecidable(at, value);
}

void Output::undecidable(std::int64_t at, double value) { put(at, value, std::numeric_limits<double>::infinity()); }

void Output::put(std::int64_t at, double value, double bound) {
  if (!sampled_) {
    truth.value[static_cast<std::size_t>(at)] = value;
    truth.bound[static_cast<std::size_t>(at)] = bound;
    return;
  }
  truth.at.push_back(at);
  truth.value.push_back(value);
  truth.bound.push_back(bound);
}

Covered covered(std::int64_t rows, std::int64_t width, double cost, Sample sample, std::uint32_t stream) {
  if (sample.most > 0) {
    const double most = std::min(static_cast<double>(sample.most) / static_cast<double>(width), 0x1p28 / cost);
    sample.most = std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
  }
  Covered list{false, chosen(rows, sample, stream)};
  list.all = list.rows.empty();
  if (list.all) {
    list.rows.resize(static_cast<std::size_t>(rows));
    std::iota(list.rows.begin(), list.rows.end(), std::int64_t{0});
  }
  return list;
}

} // namespace assay::attention
