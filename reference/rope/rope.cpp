#include "reference/rope/rope.hpp"

#include <cmath>
#include <sstream>

namespace assay::rope {

namespace {

template <class T> std::string refusal(const char* axis, const T& value, const char* reason) {
  std::ostringstream text;
  text << axis << '=' << value << ": " << reason;
  return text.str();
}

} // namespace

std::string refuse_pairs(int dim, int rotary, double base) {
  if (dim < 1) return refusal("dim", dim, "must be at least 1");
  if (rotary < 0 || rotary > dim) return refusal("rotary", rotary, "must be from 0 to the width of a row");
  if (rotary % 2 != 0) return refusal("rotary", rotary, "must be even: elements turn in pairs");
  if (!(base >= 1) || std::isinf(base)) return refusal("base", base, "must be finite and at least 1");
  return {};
}

std::string refuse(const Problem& p) {
  if (p.batch < 0) return refusal("batch", p.batch, "must not be negative");
  if (p.tokens < 0) return refusal("tokens", p.tokens, "must not be negative");
  if (p.heads < 1) return refusal("heads", p.heads, "must be at least 1");
  if (p.kv_heads < 1) return refusal("kv_heads", p.kv_heads, "must be at least 1");
  if (const std::string reason = refuse_pairs(p.dim, p.rotary, p.base); !reason.empty()) return reason;
  if (!(p.scale_base > 0) || std::isinf(p.scale_base)) return refusal("scale_base", p.scale_base, "must be finite and positive");
  if (!p.xpos && p.scale_base != Problem().scale_base) return refusal("scale_base", p.scale_base, "only xpos has it");
  if (!p.xpos && p.centre != 0) return refusal("centre", p.centre, "only xpos has it");
  if (std::abs(p.centre) > furthest(Angle::f64)) return refusal("centre", p.centre, "must be below 2^31");
  if (p.positions == Positions::scattered && p.start != 0) return refusal("start", p.start, "only contiguous positions have it");
  if (std::abs(p.start) > furthest(p.angle) || p.start + p.tokens - 1 > furthest(p.angle))
    return refusal("start", p.start,
                   p.angle == Angle::f32 ? "positions beyond 2^24 are not all numbers of fp32; use angle=f64"
                                         : "positions must be below 2^31");
  return {};
}

double frequency(int pair, int rotary, double base) { return std::pow(base, -2.0 * pair / rotary); }
double zeta(int pair, int rotary) { return (2 * pair + 0.4 * rotary) / (1.4 * rotary); }

long double angle_of(Angle angle, std::int64_t position, double frequency) {
  if (angle == Angle::f32) return static_cast<float>(position) * static_cast<float>(frequency);
  return static_cast<long double>(position) * static_cast<long double>(frequency);
}

double exponent_of(const Problem& p, Side side, std::int64_t position) {
  if (!p.xpos) return 0;
  const double exponent = static_cast<double>(position - p.centre) / p.scale_base;
  return side == Side::query ? exponent : -exponent;
}

std::vector<Turn> turns_of(const Problem& p, Side side, std::int64_t position) {
  std::vector<Turn> turns(static_cast<std::size_t>(p.rotary / 2));
  const double exponent = exponent_of(p, side, position);
  for (int i = 0; i < p.rotary / 2; ++i) {
    const long double phi = angle_of(p.angle, position, frequency(i, p.rotary, p.base));
    const double z = zeta(i, p.rotary);
    turns[static_cast<std::size_t>(i)] = {static_cast<double>(std::cos(phi)), static_cast<double>(std::sin(phi)), std::pow(z, exponent),
                                          static_cast<double>(std::fabs(phi)), std::fabs(exponent * std::log(z))};
  }
  return turns;
}

void rotate(const Problem& p, Side side, std::int64_t position, const double* x, const float* bias, double* y) {
  for (int e = 0; e < p.dim; ++e) y[e] = bias == nullptr ? x[e] : x[e] + static_cast<double>(bias[e]);
  int i = 0;
  for (const auto& [c, s, stretch, angle, logsize] : turns_of(p, side, position)) {
    const auto [first, second] = pair_at(p.pairing, p.rotary, i++);
    const double a = y[first], b = y[second];
    y[first] = stretch * (a * c - b * s);
    y[second] = stretch * (b * c + a * s);
  }
}

void rotate_back(const Problem& p, Side side, std::int64_t position, const double* x, double* y) {
  for (int e = 0; e < p.dim; ++e) y[e] = x[e];
  int i = 0;
  for (const auto& [c, s, stretch, angle, logsize] : turns_of(p, side, position)) {
    const auto [first, second] = pair_at(p.pairing, p.rotary, i++);
    const double a = y[first], b = y[second];
    y[first] = stretch * (a * c + b * s);
    y[second] = stretch * (b * c - a * s);
  }
}

} // namespace assay::rope
