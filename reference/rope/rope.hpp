// What the rotary ops share: sizes, pairs, frequencies, angles, and the rotation of one row. RoPE turns pair i of a row at position m by
// the angle m theta_i, so that a product of two rows depends on the distance of their positions; biases that are added before it turn
// with the row. With xPos a row is also stretched, queries one way and keys the other.
//
// B batches, n tokens, H query heads, G key heads, width d, of which the first r turn and the rest passes; pairs i = 0 ... r / 2 - 1.
//   interleaved: pair i is (2 i, 2 i + 1)        half_split: pair i is (i, i + r / 2)
//   theta_i = base^(-2 i / r), the double that pow gives       zeta_i = (2 i + 0.4 r) / (1.4 r)
//   angle f64: phi = m theta_i    angle f32: phi = fl32(m fl32(theta_i)), the number that an fp32 table of frequencies leads to
//   stretch e_i(m) = zeta_i^((m - centre) / scale_base) of queries, its inverse of keys; 1 without xpos
//   y = x + bias;   y'_1 = e (y_1 cos phi - y_2 sin phi),   y'_2 = e (y_2 cos phi + y_1 sin phi)
// Both angles are definite numbers: in mode f32 a variant that computes better is as wrong as one that computes worse. Its phi differs
// from m theta by up to m theta (2 u + u^2), u = 2^-24: 1e-3 at m = 32767, which is why mode f64 exists.
//
// Sources: rotation, arXiv 2104.09864; pairs of halves as in GPT-NeoX; xPos, arXiv 2212.10554; biases, kexue.fm/archives/9577.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/attention/attention.hpp"
#include "reference/op.hpp"

namespace assay::rope {

using attention::Layout;

enum class Pairing : std::uint8_t { interleaved, half_split };
constexpr std::string_view name_of(Pairing x) {
  constexpr std::string_view names[] = {"interleaved", "half_split"};
  return static_cast<std::size_t>(x) < 2 ? names[static_cast<std::size_t>(x)] : std::string_view();
}

enum class Angle : std::uint8_t { f64, f32 };
constexpr std::string_view name_of(Angle x) {
  constexpr std::string_view names[] = {"f64", "f32"};
  return static_cast<std::size_t>(x) < 2 ? names[static_cast<std::size_t>(x)] : std::string_view();
}

// contiguous: token t of every batch stands at start + t. scattered: positions are an input, in any order and of any sign.
enum class Positions : std::uint8_t { contiguous, scattered };
constexpr std::string_view name_of(Positions x) {
  constexpr std::string_view names[] = {"contiguous", "scattered"};
  return static_cast<std::size_t>(x) < 2 ? names[static_cast<std::size_t>(x)] : std::string_view();
}

struct Problem {
  int batch = 1, tokens = 64, heads = 2, kv_heads = 2, dim = 64, rotary = 64;
  double base = 10000;
  Pairing pairing = Pairing::interleaved;
  Angle angle = Angle::f64;
  bool bias = true;
  bool xpos = false;
  double scale_base = 512; // of xPos, as is
  std::int64_t centre = 0;
  Positions positions = Positions::contiguous;
  std::int64_t start = 0;
  Layout layout = Layout::bshd;
};

void axes_of(auto& p, auto&& v) {
  v("batch", p.batch);
  v("tokens", p.tokens);
  v("heads", p.heads);
  v("kv_heads", p.kv_heads);
  v("dim", p.dim);
  v("rotary", p.rotary);
  v("base", p.base);
  v("pairing", p.pairing);
  v("angle", p.angle);
  v("bias", p.bias);
  v("xpos", p.xpos);
  v("scale_base", p.scale_base);
  v("centre", p.centre);
  v("positions", p.positions);
  v("start", p.start);
  v("layout", p.layout);
}

std::string refuse(const Problem&);
std::string refuse_pairs(int dim, int rotary, double base); // empty: there are such pairs

// Positions of either sign reach up to this: 2^31 - 1, or 2^24, beyond which fp32 skips integers.
constexpr std::int64_t furthest(Angle angle) { return angle == Angle::f32 ? std::int64_t{1} << 24 : (std::int64_t{1} << 31) - 1; }

inline std::vector<std::int64_t> shape_of(const Problem& p, int heads) {
  if (p.layout == Layout::bhsd) return {p.batch, heads, p.tokens, p.dim};
  return {p.batch, p.tokens, heads, p.dim};
}

// Of the positions; without them a shape that no scattered problem has, not even one without batches.
inline std::vector<std::int64_t> position_shape(const Problem& p) {
  if (p.positions == Positions::contiguous) return {0, 0};
  return {p.batch, p.tokens};
}

struct Pair {
  int first, second; // elements of a row
};
constexpr Pair pair_at(Pairing pairing, int rotary, int i) {
  return pairing == Pairing::interleaved ? Pair{2 * i, 2 * i + 1} : Pair{i, i + rotary / 2};
}

double frequency(int pair, int rotary, double base);
double zeta(int pair, int rotary);
// In extended precision for mode f64: exact but for 2^-64.
long double angle_of(Angle, std::int64_t position, double frequency);

enum class Side : std::uint8_t { query, key };
// Exponent of zeta_i at a position; 0 without xpos.
double exponent_of(const Problem&, Side, std::int64_t position);

// Pairs of one position, ready to turn rows.
struct Turn {
  double cosine, sine, stretch;
  double angle;   // size of phi
  double logsize; // |ln stretch|
};
std::vector<Turn> turns_of(const Problem&, Side, std::int64_t position);

// One row of width p.dim: y = stretch R (x + bias), and the transpose, y = stretch R^T x. bias may be null. y may be x.
void rotate(const Problem&, Side, std::int64_t position, const double* x, const float* bias, double* y);
void rotate_back(const Problem&, Side, std::int64_t position, const double* x, double* y);

// --- what fwd and bwd have in common ------------------------------------------------------------------------------------------

// Bound of one component. u = Numerics::add, u_s = Numerics::store. The factors of y'_1 and y'_2 are wrong by at most
//   angle     4 2^-53 |phi| + pi u   products with theta and 1 / (2 pi), theta to one unit; the reduced angle is rounded
//   cos, sin  2 u                    which sincosf has, and twice what a table has
//   stretch   3 u |ln e| + Numerics::exp + u    rounded zeta, exponent and their product; the power; its product
//   products, sum   2 u; the sum with the bias  u
// With E their sum |dy'| <= e (|y_1| + |y_2|) expm1(E) + u_s |y'|, and where numbers are too small for normal ones 2^-126 u for each of two
// products before they are stretched, and for the result. At phi = 0 the cosine is 1 and the sine is 0 exactly. Nothing can be said where e
// is no normal number of fp32, where an infinity meets a factor that may be zero, or next to overflow.
struct Element {
  double value, error; // before it is stored
};
struct Both {
  Element first, second;
};
Both turned(const Turn&, double first, double second, bool biased, const Numerics&);
Both turned_back(const Turn&, double first, double second, const Numerics&);
Element passed(double y, bool biased, const Numerics&); // beyond r
Element stored(Element, const Numerics&);               // with the error of storing, and overflow to infinity

// x in flat order of [batch, tokens, heads, dim] in p.layout, turned (with bias) or turned back; before storing.
std::vector<Element> turned_rows(const Problem&, Side, const double* x, const float* bias, const std::int64_t* position, const Numerics&);
std::vector<Element> turned_back_rows(const Problem&, Side, const double* x, const std::int64_t* position, const Numerics&);
Truth truth_of(const std::vector<Element>&, const Numerics&, Sample, std::uint32_t stream);

Work work_of(const Problem&); // two products and a sum for an element that turns, and a sum with its bias

// normal: standard normals, biases too. integers: -8 ... 8. hostile: NaN, infinities, zeros of both signs, subnormal and huge numbers.
void fill_rows(std::uint64_t key, std::uint32_t stream, Fill, double* out, std::int64_t count);
void fill_bias(std::uint64_t key, std::uint32_t stream, Fill, float* out, std::int64_t count);
// First 0, -1, the furthest of either sign; then signs and sizes at random, even in the logarithm. With xpos within eight scales of the
// centre, where nothing overflows in fp32.
void fill_positions(const Problem&, std::uint64_t key, std::uint32_t stream, std::int64_t* out);

} // namespace assay::rope
