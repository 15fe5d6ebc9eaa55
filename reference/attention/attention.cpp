#include "reference/attention/attention.hpp"

#include <bit>
#include <cmath>

namespace assay::attention {

namespace {

std::string refusal(const char* axis, double value, const char* reason) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return std::string(axis) + "=" + text + ": " + reason;
}

} // namespace

std::string refuse(const Problem& p) {
  if (p.batch < 0) return refusal("batch", p.batch, "must not be negative");
  if (p.heads < 1) return refusal("heads", p.heads, "must be at least 1");
  if (p.kv_heads < 1 || p.heads % p.kv_heads != 0) return refusal("kv_heads", p.kv_heads, "must divide the number of heads");
  if (p.queries < 0) return refusal("queries", p.queries, "must not be negative");
  if (p.keys < 0) return refusal("keys", p.keys, "must not be negative");
  if (p.dim < 1) return refusal("dim", p.dim, "must be at least 1");
  if (p.value_dim < 1) return refusal("value_dim", p.value_dim, "must be at least 1");
  if (p.window < 1) return refusal("window", p.window, "must be at least 1: it counts the query's own position");
  if (!(p.scale >= 0) || std::isinf(p.scale)) return refusal("scale", p.scale, "must be finite and not negative; 0 means 1 / sqrt(dim)");
  if (p.reach < 1) return refusal("reach", p.reach, "must be at least 1");
  if (p.bias != Bias::table && p.reach != 1) return refusal("reach", p.reach, "only a table bias has it");
  return {};
}

double scale_of(const Problem& p) { return p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale; }

double pairs_of(const Problem& p) {
  double pairs = 0;
  for (int i = 0; i < p.queries; ++i) {
    const Range seen = visible(p, i, p.keys);
    pairs += std::max(0, seen.past - seen.first);
  }
  return pairs;
}

namespace {

double frequency(const Problem& p, int i) { return std::pow(10000.0, -2.0 * i / p.dim); }

} // namespace

double bias_at(const Problem& p, const float* parameters, int distance) {
  const double t = distance;
  switch (p.bias) {
    case Bias::none: return 0;
    case Bias::alibi: return -static_cast<double>(parameters[0]) * t;
    case Bias::kerple_power: return -static_cast<double>(parameters[0]) * std::pow(t, static_cast<double>(parameters[1]));
    case Bias::kerple_log: return -static_cast<double>(parameters[0]) * std::log1p(static_cast<double>(parameters[1]) * t);
    case Bias::sandwich: {
      double sum = 0;
      for (int i = 0; i < p.dim / 2; ++i) sum += std::cos(t * frequency(p, i));
      return static_cast<double>(parameters[0]) * sum;
    }
    case Bias::table: return parameters[std::min(distance, p.reach - 1)];
  }
  return 0;
}

double bias_slope(const Problem& p, const float* parameters, int distance, int k) {
  const double t = distance;
  switch (p.bias) {
    case Bias::none: return 0;
    case Bias::alibi: return -t;
    case Bias::kerple_power: {
      const double r1 = parameters[0], r2 = parameters[1];
      if (k == 0) return -std::pow(t, r2);
      return distance == 0 ? 0 : -r1 * std::pow(t, r2) * std::log(t);
    }
    case Bias::kerple_log: {
      const double r1 = parameters[0], r2 = parameters[1];
      return k == 0 ? -std::log1p(r2 * t) : -r1 * t / (1 + r2 * t);
    }
    case Bias::sandwich: {
      double sum = 0;
      for (int i = 0; i < p.dim / 2; ++i) sum += std::cos(t * frequency(p, i));
      return sum;
    }
    case Bias::table: return std::min(distance, p.reach - 1) == k ? 1 : 0;
  }
  return 0;
}

double alibi_slope(int head, int heads) {
  const int power = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
  if (head < power) return std::exp2(-8.0 * (head + 1) / power);
  return std::exp2(-4.0 * (2 * (head - power) + 1) / power);
}

} // namespace assay::attention
