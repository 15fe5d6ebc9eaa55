// Whole arrays of rows: their elements with error bounds, their inputs.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "reference/random.hpp"
#include "reference/rope/rope.hpp"
#include "reference/sample.hpp"

namespace assay::rope {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

namespace {

// Least normal and greatest finite number of the format whose unit is u.
struct Format {
  double smallest, largest;
};
Format format_of(double u) {
  if (u == numerics::u16) return {0x1p-14, 65504};
  if (u == numerics::ub16) return {0x1p-126, 0x1.fep127};
  if (u == numerics::u32) return {0x1p-126, 0x1.fffffep127};
  return {std::numeric_limits<double>::min(), std::numeric_limits<double>::max()};
}

// first * along + second * across, where `along` and `across` are known up to `slip`.
Element component(const Turn& turn, double first, double along, double second, double across, double slip, double error) {
  const double value = turn.stretch * (first * along + second * across);
  if (std::isnan(first) || std::isnan(second)) return {nan, 0};
  const auto undecided = [&](double y, double factor) { return std::isinf(y) && slip > 0 && std::fabs(factor) <= slip; };
  if (undecided(first, along) || undecided(second, across)) return {value, inf};
  return {value, std::isinf(first) || std::isinf(second) ? 0 : error};
}

Both both(const Turn& turn, double first, double second, bool biased, const Numerics& n, double direction) {
  const double u = n.add;
  const double slip = turn.angle == 0 ? 0 : 4 * numerics::u64 * turn.angle + 3.1416 * u + 2 * u;
  const double stretching = turn.logsize == 0 ? 0 : 3 * u * turn.logsize + n.exp + u;
  const double rounding = (biased ? u : 0) + (turn.angle == 0 ? 0 : 2 * u);
  const double size = turn.stretch * (std::fabs(first) + std::fabs(second));
  const Format format = format_of(u);
  const bool normal =
      turn.stretch >= format.smallest && turn.stretch <= format.largest / 2 && !(std::isfinite(size) && size > format.largest / 2);
  const double products = turn.angle == 0 && turn.logsize == 0 ? 0 : (1 + 2 * std::max(1.0, turn.stretch)) * format.smallest * u;
  const double error = normal ? size * std::expm1(slip + stretching + rounding) + products : inf;
  Both y{component(turn, first, turn.cosine, second, -direction * turn.sine, slip, error),
         component(turn, second, turn.cosine, first, direction * turn.sine, slip, error)};
  if (!normal && !std::isnan(y.first.value)) y.first.error = y.second.error = inf;
  return y;
}

template <class Row> std::vector<Element> rows(const Problem& p, Side side, const std::int64_t* position, Row row) {
  const int heads = side == Side::query ? p.heads : p.kv_heads;
  std::vector<Element> all(static_cast<std::size_t>(std::int64_t{p.batch} * p.tokens * heads * p.dim));
  std::map<std::int64_t, std::vector<Turn>> known;
  for (int b = 0; b < p.batch; ++b)
    for (int t = 0; t < p.tokens; ++t) {
      const std::int64_t at = p.positions == Positions::scattered ? position[b * p.tokens + t] : p.start + t;
      const auto found = known.find(at);
      const std::vector<Turn>& turns = found != known.end() ? found->second : known.emplace(at, turns_of(p, side, at)).first->second;
      for (int h = 0; h < heads; ++h) {
        const std::int64_t first = attention::row_of(p.layout, b, h, t, heads, p.tokens, p.dim);
        row(turns, h, first, all.data() + first);
      }
    }
  return all;
}

} // namespace

Both turned(const Turn& turn, double first, double second, bool biased, const Numerics& n) {
  return both(turn, first, second, biased, n, 1);
}
Both turned_back(const Turn& turn, double first, double second, const Numerics& n) { return both(turn, first, second, false, n, -1); }

Element passed(double y, bool biased, const Numerics& n) { return {y, biased && std::isfinite(y) ? n.add * std::fabs(y) : 0}; }

Element stored(Element x, const Numerics& n) {
  if (std::isinf(x.error) || !std::isfinite(x.value)) return x;
  const Format format = format_of(n.store);
  const double overflow = format.largest * (2 - n.store) / (2 - 2 * n.store), size = std::fabs(x.value); // from there infinity is nearest
  if (size - x.error >= overflow) return {std::copysign(inf, x.value), 0};
  if (size + x.error >= overflow) return {x.value, inf};
  if (x.error == 0) return x; // an input, which is representable
  return {x.value, x.error + n.store * (size + x.error) + format.smallest * n.store};
}

std::vector<Element> turned_rows(const Problem& p, Side side, const double* x, const float* bias, const std::int64_t* position,
                                 const Numerics& n) {
  return rows(p, side, position, [&](const std::vector<Turn>& turns, int head, std::int64_t at, Element* y) {
    const auto biased = [&](int e) { return p.bias ? x[at + e] + static_cast<double>(bias[head * p.dim + e]) : x[at + e]; };
    for (int i = 0; i < p.rotary / 2; ++i) {
      const auto [first, second] = pair_at(p.pairing, p.rotary, i);
      const Both made = turned(turns[static_cast<std::size_t>(i)], biased(first), biased(second), p.bias, n);
      y[first] = made.first, y[second] = made.second;
    }
    for (int e = p.rotary; e < p.dim; ++e) y[e] = passed(biased(e), p.bias, n);
  });
}

std::vector<Element> turned_back_rows(const Problem& p, Side side, const double* x, const std::int64_t* position, const Numerics& n) {
  return rows(p, side, position, [&](const std::vector<Turn>& turns, int, std::int64_t at, Element* y) {
    for (int i = 0; i < p.rotary / 2; ++i) {
      const auto [first, second] = pair_at(p.pairing, p.rotary, i);
      const Both made = turned_back(turns[static_cast<std::size_t>(i)], x[at + first], x[at + second], n);
      y[first] = made.first, y[second] = made.second;
    }
    for (int e = p.rotary; e < p.dim; ++e) y[e] = passed(x[at + e], false, n);
  });
}

Truth truth_of(const std::vector<Element>& all, const Numerics& n, Sample sample, std::uint32_t stream) {
  const auto count = static_cast<std::int64_t>(all.size());
  Truth truth{{}, {}, chosen(count, sample, stream)};
  const auto add = [&](std::int64_t i) {
    const Element one = stored(all[static_cast<std::size_t>(i)], n);
    truth.value.push_back(one.value);
    truth.bound.push_back(one.error);
  };
  if (truth.at.empty())
    for (std::int64_t i = 0; i < count; ++i) add(i);
  else
    for (const std::int64_t i : truth.at) add(i);
  return truth;
}

Work work_of(const Problem& p) {
  const double rows = static_cast<double>(std::int64_t{p.batch} * p.tokens * (p.heads + p.kv_heads));
  return {rows * (3 * p.rotary + (p.bias ? p.dim : 0))};
}

void fill_rows(std::uint64_t key, std::uint32_t stream, Fill fill, double* out, std::int64_t count) {
  const std::span<double> all(out, static_cast<std::size_t>(count));
  if (fill == Fill::integers) return fill_integers(key, stream, -8, 8, all);
  fill_normal(key, stream, all);
  if (fill != Fill::hostile) return;
  constexpr double odd[] = {nan, inf, -inf, 0, -0.0, 0x1p-149, 0x1p100, -0x1p100};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (uniforms(key, stream + 64, i)[0] < 1.0 / 16) all[i] = odd[static_cast<std::size_t>(8 * uniforms(key, stream + 64, i)[1])];
}

void fill_bias(std::uint64_t key, std::uint32_t stream, Fill fill, float* out, std::int64_t count) {
  std::vector<double> all(static_cast<std::size_t>(count));
  fill_rows(key, stream, fill == Fill::hostile ? Fill::normal : fill, all.data(), count); // a NaN here would be everywhere
  for (std::size_t i = 0; i < all.size(); ++i) out[i] = static_cast<float>(all[i]);
}

void fill_positions(const Problem& p, std::uint64_t key, std::uint32_t stream, std::int64_t* out) {
  if (p.positions == Positions::contiguous) return;
  const double reach = p.xpos ? 8 * p.scale_base : static_cast<double>(furthest(p.angle));
  const std::int64_t middle = p.xpos ? p.centre : 0, edge = static_cast<std::int64_t>(reach);
  const std::int64_t first[] = {0, -1, edge, -edge};
  for (std::int64_t i = 0; i < std::int64_t{p.batch} * p.tokens; ++i) {
    const auto [size, sign] = uniforms(key, stream, static_cast<std::uint64_t>(i));
    const auto distance = static_cast<std::int64_t>(std::exp2(size * std::log2(reach)));
    out[i] = middle + (i < 4 ? first[i] : sign < 0.5 ? -distance : distance);
  }
}

} // namespace assay::rope
