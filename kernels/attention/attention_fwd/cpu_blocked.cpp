// Strips of queries against panels of keys: scores, weights and sums stay in registers and the first cache, keys and values are repacked
// once as the window moves on.
// Limit: fused multiply-adds; a strip takes its keys by vectors, so its window grows by the strip and up to two vectors less one.
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/attention/scalars.hpp"
#include "kernels/simd.hpp"
#include "reference/attention/attention_fwd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention/attention_fwd/cpu_blocked.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/attention/tiles-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;

constexpr std::size_t strips = 4, tile = strips * strip; // queries that share keys and values while these are in the second cache
constexpr std::size_t chunk = 320;                       // keys whose scores are in the first cache at a time
static_assert(chunk % lanes == 0);

// Where things are in scratch memory, in floats.
struct Plan {
  std::size_t depth, height, width; // of keys; of queries and of values, filled up to whole vectors
  std::size_t ring;                 // keys kept: more than the window of a tile may touch, so that few tiles lie across its end
  std::size_t keys, values, queries, scores, sums, biases, total;

  explicit Plan(const Problem& p)
      : depth(static_cast<std::size_t>(p.dim)),
        height(round_up(depth, lanes)),
        width(round_up(static_cast<std::size_t>(p.value_dim), lanes)),
        ring(round_up(
            std::min(static_cast<std::size_t>(p.keys), std::max<std::size_t>(512, static_cast<std::size_t>(p.window) + tile + 2 * lanes)),
            lanes)) {
    std::size_t at = 0;
    const auto next = [&](std::size_t floats) { return std::exchange(at, at + round_up(floats, 16)); };
    keys = next(ring * depth);
    values = next(ring * width);
    queries = next(tile * height);
    scores = next(strip * chunk);
    sums = next(tile * width);
    biases = next(p.bias == Bias::none ? 0 : static_cast<std::size_t>(p.heads) * BiasTable(p).size);
    total = at;
  }
};

// Rows that are done at a time: what they see, and what they have of their softmax, which is the largest score so far, the sum of weights
// by lanes, and what the sums of before are worth after the largest score has moved.
struct Strip {
  Range seen[strip];
  int first, past;  // of what any row sees
  int common, last; // of what every row sees
  alignas(64) float largest[16], keep[16], sum[strip * lanes];
};

// Largest score of a row of columns begin ... end - 1; biases are added, and what is not in first ... past - 1 counts as -inf.
template <bool masked> HWY_INLINE V greatest(float* s, std::size_t begin, std::size_t end, Range seen, const float* bias, V most) {
  const D d;
  const V none = hn::Set(d, -std::numeric_limits<float>::infinity());
  const V first = hn::Set(d, static_cast<float>(seen.first)), past = hn::Set(d, static_cast<float>(seen.past));
  for (std::size_t c = begin; c < end; c += lanes) {
    V x = hn::LoadU(d, s + c);
    if (bias != nullptr) x = hn::Add(x, hn::LoadU(d, bias + c));
    if constexpr (masked) {
      const V column = hn::Iota(d, static_cast<float>(c));
      x = hn::IfThenElse(hn::And(hn::Ge(column, first), hn::Lt(column, past)), x, none);
    }
    if (masked || bias != nullptr) hn::StoreU(x, d, s + c);
    most = hn::Max(most, x);
  }
  return most;
}

// Scores become weights 2^(s - largest).
HWY_INLINE void weigh(float* s, std::size_t end, float largest, float keep, float* sum) {
  const D d;
  const V shift = hn::Set(d, largest);
  V total = hn::Mul(hn::Set(d, keep), hn::Load(d, sum));
#pragma GCC unroll 2
  for (std::size_t c = 0; c < end; c += lanes) {
    const V x = exp2(hn::Sub(hn::LoadU(d, s + c), shift));
    hn::StoreU(x, d, s + c);
    total = hn::Add(total, x);
  }
  hn::Store(total, d, sum);
}

template <class T> class Forward {
public:
  Forward(const Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch)
      : p_(p), a_(a), plan_(p), biases_(p), scale_(log2e * softmax_scale(p)), at_(reinterpret_cast<float*>(launch.scratch.data())) {}

  void run() {
    if (p_.queries == 0) return;
    for (int h = 0; h < p_.heads && p_.bias != Bias::none; ++h)
      biases_.write(p_, a_.bias + static_cast<std::int64_t>(h) * parameters_of(p_), table(h), true);
    for (int b = 0; b < p_.batch; ++b)
      for (int g = 0; g < p_.kv_heads; ++g) {
        const int length = p_.padded ? a_.length[b] : p_.keys, share = p_.heads / p_.kv_heads;
        int packed = 0; // keys before this one are in the ring, or behind the window
        broken_ = -1;
        for (int i = 0; i < p_.queries; i += static_cast<int>(tile)) {
          const int rows = std::min(static_cast<int>(tile), p_.queries - i);
          const int first = visible(p_, i, length).first / size * size, past = visible(p_, i + rows - 1, length).past;
          for (packed = std::max(packed, first); packed < past; packed += size) pack(b, g, packed);
          for (int h = g * share; h < (g + 1) * share; ++h) tile_of(b, h, i, rows, length, {first, past});
        }
      }
  }

private:
  static constexpr int size = static_cast<int>(lanes);

  float* table(int h) const { return at_ + plan_.biases + static_cast<std::size_t>(h) * biases_.size; }
  float* keys(int j) const { return at_ + plan_.keys + static_cast<std::size_t>(j) % plan_.ring * plan_.depth; } // j % lanes = 0
  float* values(int j) const { return at_ + plan_.values + static_cast<std::size_t>(j) % plan_.ring * plan_.width; }
  float* queries(std::size_t r) const { return at_ + plan_.queries + r * plan_.height; }
  float* sums(std::size_t r) const { return at_ + plan_.sums + r * plan_.width; }

  void pack(int b, int g, int j) { // a panel
    const auto count = static_cast<std::size_t>(std::min(size, p_.keys - j));
    const auto row = [&](int width, int k) { return row_of(p_.layout, b, g, j + k, p_.kv_heads, p_.keys, width); };
    pack_columns(a_.k + row(p_.dim, 0), row(p_.dim, 1) - row(p_.dim, 0), count, plan_.depth, nullptr, keys(j));
    if (!pack_rows(a_.v + row(p_.value_dim, 0), row(p_.value_dim, 1) - row(p_.value_dim, 0), count, static_cast<std::size_t>(p_.value_dim),
                   plan_.width, nullptr, values(j)))
      broken_ = j;
  }

  // Rows i ... i + rows - 1 of head h; no key outside `all` is seen.
  void tile_of(int b, int h, int i, int rows, int length, Range all) {
    Strip list[strips];
    const auto count = (static_cast<std::size_t>(rows) + strip - 1) / strip;
    std::fill(sums(0), sums(tile), 0.0f);
    for (std::size_t s = 0; s < count; ++s) start(b, h, i + static_cast<int>(s * strip), length, queries(s * strip), list[s]);
    const int lap = static_cast<int>(plan_.ring);
    for (int from = all.first, to = 0; from < all.past; from = to) {
      to = std::min({all.past, from + static_cast<int>(chunk), (from / lap + 1) * lap});
      for (std::size_t s = 0; s < count; ++s) step(h, i + static_cast<int>(s * strip), {from, to}, s * strip, list[s]);
    }
    for (int r = 0; r < rows; ++r) {
      const Strip& x = list[static_cast<std::size_t>(r) / strip];
      const std::size_t k = static_cast<std::size_t>(r) % strip;
      finish(b, h, i + r, x.seen[k].past <= x.seen[k].first, x.largest[k], x.sum + k * lanes, sums(static_cast<std::size_t>(r)));
    }
  }

  // Queries of a strip, scaled so that their products with keys are scores in units of ln 2.
  void start(int b, int h, int i, int length, float* to, Strip& x) {
    const int count = std::min(static_cast<int>(strip), p_.queries - i);
    float scale[strip];
    x.first = x.last = std::numeric_limits<int>::max();
    x.past = x.common = 0;
    for (std::size_t r = 0; r < strip; ++r) {
      const int row = i + static_cast<int>(r);
      x.seen[r] = row < p_.queries ? visible(p_, row, length) : Range{0, 0};
      x.common = std::max(x.common, x.seen[r].first);
      x.last = std::min(x.last, x.seen[r].past);
      if (row >= p_.queries) continue;
      scale[r] = static_cast<float>(scale_ * (p_.row_scale ? a_.row_scale[static_cast<std::int64_t>(b) * p_.queries + row] : 1.0));
      if (x.seen[r].past <= x.seen[r].first) continue;
      x.first = std::min(x.first, x.seen[r].first);
      x.past = std::max(x.past, x.seen[r].past);
    }
    std::fill(x.largest, x.largest + 16, -std::numeric_limits<float>::infinity());
    std::fill(x.sum, x.sum + strip * lanes, 0.0f);
    const auto row = [&](int r) { return row_of(p_.layout, b, h, i + r, p_.heads, p_.queries, p_.dim); };
    pack_rows(a_.q + row(0), row(1) - row(0), static_cast<std::size_t>(count), plan_.depth, plan_.height, scale, to);
  }

  // One strip, row `at` of the tile and row i of all, and some keys.
  void step(int h, int i, Range some, std::size_t at, Strip& x) {
    const int first = std::max(x.first, some.first), past = std::min(x.past, some.past), begin = first / size * size;
    if (past <= first) return;
    const std::size_t end = round_up(static_cast<std::size_t>(past - begin), lanes);
    float* const scores = at_ + plan_.scores;
    products(queries(at), plan_.height, keys(begin), plan_.depth, end / lanes, scores, chunk);

    const std::size_t whole = std::min(end, round_up(static_cast<std::size_t>(std::max(0, x.common - begin)), lanes));
    const std::size_t ragged = std::max(whole, std::min(end, static_cast<std::size_t>(std::max(0, x.last - begin)) / lanes * lanes));
    alignas(64) float largest[16];
    std::copy(x.largest, x.largest + 16, largest);
    for (std::size_t r = 0; r < strip; ++r) {
      float* const row = scores + r * chunk;
      const float* bias = nullptr;
      if (p_.bias != Bias::none) bias = biases_.falling(table(h)) + (begin - (i + static_cast<int>(r) + p_.keys - p_.queries));
      const Range seen{x.seen[r].first - begin, x.seen[r].past - begin};
      V most = hn::Set(D(), largest[r]);
      most = greatest<true>(row, 0, whole, seen, bias, most);
      most = greatest<false>(row, whole, ragged, seen, bias, most);
      largest[r] = max_of(greatest<true>(row, ragged, end, seen, bias, most));
    }
    const D d;
    for (std::size_t r = 0; r < strip; r += lanes) {
      // A row whose scores are all -inf so far has weights of zero.
      const V now = hn::Load(d, largest + r),
              shift = hn::IfThenZeroElse(hn::Eq(now, hn::Set(d, -std::numeric_limits<float>::infinity())), now);
      hn::Store(exp2(hn::Sub(hn::Load(d, x.largest + r), shift)), d, x.keep + r);
      hn::Store(now, d, x.largest + r);
      hn::Store(shift, d, largest + r);
    }
    for (std::size_t r = 0; r < strip; ++r) weigh(scores + r * chunk, end, largest[r], x.keep[r], x.sum + r * lanes);

    if (broken_ < begin || (x.common <= first && past <= x.last)) {
      accumulate<strip>(scores + (first - begin), chunk, values(first), static_cast<std::size_t>(past - first), plan_.width, x.keep,
                        sums(at));
    } else { // a weight of zero does not keep out what is not finite
      for (std::size_t r = 0; r < strip; ++r) {
        const int from = std::clamp(x.seen[r].first, first, past), to = std::clamp(x.seen[r].past, from, past);
        accumulate<1>(scores + r * chunk + (from - begin), chunk, values(from), static_cast<std::size_t>(to - from), plan_.width,
                      x.keep + r, sums(at + r));
      }
    }
  }

  void finish(int b, int h, int i, bool empty, float largest, const float* sum, const float* from) {
    const float total = sum_of(hn::Load(D(), sum));
    a_.lse[(static_cast<std::int64_t>(b) * p_.heads + h) * p_.queries + i] =
        empty ? -std::numeric_limits<float>::infinity() : static_cast<float>((largest + std::log2(static_cast<double>(total))) / log2e);
    unpack_row(from, empty ? 0 : 1 / total, static_cast<std::size_t>(p_.value_dim),
               a_.o + row_of(p_.layout, b, h, i, p_.heads, p_.queries, p_.value_dim));
  }

  const Problem& p_;
  const AttentionFwd::Args<T>& a_;
  const Plan plan_;
  const BiasTable biases_;
  const double scale_;
  int broken_ = -1; // the last panel with values that are not finite
  float* const at_;
};

template <class T> void run(const Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch) { Forward<T>(p, a, launch).run(); }
auto All() { return std::make_tuple(run<float>, run<Bf16>, run<Fp16>); }
std::size_t Scratch(const Problem& p) { return Plan(p).total * sizeof(float); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(All);
HWY_EXPORT(Scratch);

template <class T> constexpr Variant<AttentionFwd, T> variant() {
  return {.name = "cpu_blocked",
          .idea = "strips of queries against panels of keys, in registers",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(All, AttentionFwd, T),
          .scratch = [](const AttentionFwd::Problem& p) { return HWY_DYNAMIC_DISPATCH(Scratch)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
