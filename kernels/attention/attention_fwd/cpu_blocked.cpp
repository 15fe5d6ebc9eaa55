// Strips of queries against panels of keys: scores, weights and sums stay in registers and the first cache, keys and values are repacked
// once as the window moves on.
// Limit: fused multiply-adds; a strip takes its keys by panels, so its window grows by the strip and up to two panels less one.
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/attention/scalars.hpp"
#include "kernels/variant.hpp"
#include "reference/attention/attention_fwd.hpp"

// Left out: what has no FMA, or no arrays of vectors, or adds to AVX3 nothing that is used here.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
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

constexpr std::size_t strips = 2, tile = strips * strip; // queries that share keys and values while these are in the first cache

// Where things are in scratch memory, in floats.
struct Plan {
  std::size_t depth, width; // of keys; of values, filled up to whole panels
  std::size_t ring;         // blocks of keys kept: as many as the window of a tile may touch
  std::size_t keys, values, finite, queries, scores, sums, biases, total;

  explicit Plan(const Problem& p)
      : depth(static_cast<std::size_t>(p.dim)),
        width(round_up(static_cast<std::size_t>(p.value_dim), panel)),
        ring((std::min(static_cast<std::size_t>(p.keys), static_cast<std::size_t>(p.window) + tile + block) + block - 1) / block) {
    std::size_t at = 0;
    const auto next = [&](std::size_t floats) { return std::exchange(at, at + round_up(floats, 16)); };
    keys = next(ring * block * depth);
    values = next(ring * block * width);
    finite = next(ring);
    queries = next(strips * strip_height * depth);
    scores = next(strip * block);
    sums = next(tile * width);
    biases = next(p.bias == Bias::none ? 0 : static_cast<std::size_t>(p.heads) * BiasTable(p).size);
    total = at;
  }
};

// What a strip has of the softmax of its rows: the largest score so far, the sum of its weights by lanes, and what the sums of before are
// worth after the largest score has moved.
struct Softmax {
  alignas(64) float largest[16], keep[16], sum[strip * lanes];
};

// Largest score of a row among the columns begin ... end - 1; biases are added, and what is not in first ... past - 1 counts as -inf.
template <bool masked> HWY_INLINE float greatest(float* s, std::size_t begin, std::size_t end, Range seen, const float* bias) {
  const D d;
  const V none = hn::Set(d, -std::numeric_limits<float>::infinity());
  const V first = hn::Set(d, static_cast<float>(seen.first)), past = hn::Set(d, static_cast<float>(seen.past));
  V most = none;
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
  return max_of(most);
}

// Scores become weights 2^(s - largest).
HWY_INLINE void weigh(float* s, std::size_t begin, std::size_t end, float largest, float keep, float* sum) {
  const D d;
  const V shift = hn::Set(d, largest);
  V even = hn::Mul(hn::Set(d, keep), hn::Load(d, sum)), odd = hn::Zero(d);
  for (std::size_t c = begin; c < end; c += panel) {
    const V x = exp2(hn::Sub(hn::LoadU(d, s + c), shift)), y = exp2(hn::Sub(hn::LoadU(d, s + c + lanes), shift));
    hn::StoreU(x, d, s + c);
    hn::StoreU(y, d, s + c + lanes);
    even = hn::Add(even, x);
    odd = hn::Add(odd, y);
  }
  hn::Store(hn::Add(even, odd), d, sum);
}

template <class T> class Forward {
public:
  Forward(const Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch)
      : p_(p), a_(a), plan_(p), biases_(p), at_(reinterpret_cast<float*>(launch.scratch.data())) {}

  void run() {
    if (p_.queries == 0) return;
    for (int h = 0; h < p_.heads && p_.bias != Bias::none; ++h)
      biases_.write(p_, a_.bias + static_cast<std::int64_t>(h) * parameters_of(p_), table(h), true);
    for (int b = 0; b < p_.batch; ++b)
      for (int g = 0; g < p_.kv_heads; ++g) {
        const int length = p_.padded ? a_.length[b] : p_.keys, share = p_.heads / p_.kv_heads;
        int packed = 0; // blocks of keys before this one are in the ring, or behind the window
        for (int i = 0; i < p_.queries; i += static_cast<int>(tile)) {
          const int rows = std::min(static_cast<int>(tile), p_.queries - i);
          const int first = visible(p_, i, length).first / size, past = (visible(p_, i + rows - 1, length).past + size - 1) / size;
          for (packed = std::max(packed, first); packed < past; ++packed) pack(b, g, packed);
          for (int h = g * share; h < (g + 1) * share; ++h) tile_of(b, h, i, rows, length, {first, past});
        }
      }
  }

private:
  static constexpr int size = static_cast<int>(block);

  float* table(int h) const { return at_ + plan_.biases + static_cast<std::size_t>(h) * biases_.size; }
  float* keys(int k) const { return at_ + plan_.keys + static_cast<std::size_t>(k) % plan_.ring * block * plan_.depth; }
  float* values(int k) const { return at_ + plan_.values + static_cast<std::size_t>(k) % plan_.ring * block * plan_.width; }
  float& finite(int k) const { return at_[plan_.finite + static_cast<std::size_t>(k) % plan_.ring]; }

  void pack(int b, int g, int k) {
    const int count = std::min(size, p_.keys - k * size);
    const auto row = [&](int width, int j) { return row_of(p_.layout, b, g, k * size + j, p_.kv_heads, p_.keys, width); };
    for (int j = 0; j < count; j += static_cast<int>(panel))
      pack_columns<panel>(a_.k + row(p_.dim, j), row(p_.dim, 1) - row(p_.dim, 0),
                          static_cast<std::size_t>(std::min(static_cast<int>(panel), count - j)), plan_.depth, nullptr,
                          keys(k) + static_cast<std::size_t>(j) * plan_.depth);
    finite(k) = pack_rows(a_.v + row(p_.value_dim, 0), row(p_.value_dim, 1) - row(p_.value_dim, 0), static_cast<std::size_t>(count),
                          static_cast<std::size_t>(p_.value_dim), plan_.width, nullptr, values(k));
  }

  // Rows i ... i + rows - 1 of head h; no key outside `blocks` is seen.
  void tile_of(int b, int h, int i, int rows, int length, Range blocks) {
    Softmax softmax[strips];
    const int count = (rows + static_cast<int>(strip) - 1) / static_cast<int>(strip);
    std::fill(at_ + plan_.sums, at_ + plan_.sums + tile * plan_.width, 0.0f);
    for (int s = 0; s < count; ++s) {
      start(b, h, i + s * static_cast<int>(strip), at_ + plan_.queries + static_cast<std::size_t>(s) * strip_height * plan_.depth);
      std::fill(softmax[s].largest, softmax[s].largest + 16, -std::numeric_limits<float>::infinity());
      std::fill(softmax[s].sum, softmax[s].sum + strip * lanes, 0.0f);
    }
    for (int k = blocks.first; k < blocks.past; ++k)
      for (int s = 0; s < count; ++s) step(h, i + s * static_cast<int>(strip), length, k, static_cast<std::size_t>(s), softmax[s]);
    for (int r = 0; r < rows; ++r) {
      const Softmax& x = softmax[static_cast<std::size_t>(r) / strip];
      finish(b, h, i + r, length, x.largest[static_cast<std::size_t>(r) % strip], x.sum + static_cast<std::size_t>(r) % strip * lanes,
             at_ + plan_.sums + static_cast<std::size_t>(r) * plan_.width);
    }
  }

  // Queries of a strip, scaled so that their products with keys are scores in units of ln 2.
  void start(int b, int h, int i, float* to) {
    const int count = std::min(static_cast<int>(strip), p_.queries - i);
    float scale[strip_height] = {};
    for (int r = 0; r < count; ++r) {
      const double row_scale = p_.row_scale ? a_.row_scale[static_cast<std::int64_t>(b) * p_.queries + i + r] : 1.0;
      scale[r] = static_cast<float>(log2e * softmax_scale(p_) * row_scale);
    }
    const auto row = [&](int r) { return row_of(p_.layout, b, h, i + r, p_.heads, p_.queries, p_.dim); };
    pack_columns<strip_height>(a_.q + row(0), row(1) - row(0), static_cast<std::size_t>(count), plan_.depth, scale, to);
  }

  Range seen_in(int i, int length, int k) const { // of the keys of a block, by row
    if (i >= p_.queries) return {0, 0};
    const Range range = visible(p_, i, length);
    const int first = std::clamp(range.first - k * size, 0, size);
    return {first, std::clamp(range.past - k * size, first, size)};
  }

  // One strip and one block.
  void step(int h, int i, int length, int k, std::size_t s, Softmax& x) {
    Range seen[strip];
    int first = size, past = 0, common = 0, last = size;
    for (std::size_t r = 0; r < strip; ++r) {
      seen[r] = seen_in(i + static_cast<int>(r), length, k);
      common = std::max(common, seen[r].first);
      last = std::min(last, seen[r].past);
      if (seen[r].past <= seen[r].first) continue;
      first = std::min(first, seen[r].first);
      past = std::max(past, seen[r].past);
    }
    if (past <= first) return;
    const auto begin = static_cast<std::size_t>(first) / panel * panel, end = round_up(static_cast<std::size_t>(past), panel);
    float* const scores = at_ + plan_.scores;
    for (std::size_t c = begin; c < end; c += panel)
      multiply(at_ + plan_.queries + s * strip_height * plan_.depth, keys(k) + c * plan_.depth, plan_.depth, scores + c);

    alignas(64) float largest[16];
    std::copy(x.largest, x.largest + 16, largest);
    for (std::size_t r = 0; r < strip; ++r) {
      float* const row = scores + r * block;
      const float* bias = nullptr;
      if (p_.bias != Bias::none) bias = biases_.falling(table(h)) + (k * size - (i + static_cast<int>(r) + p_.keys - p_.queries));
      const bool whole = seen[r].first <= static_cast<int>(begin) && static_cast<int>(end) <= seen[r].past;
      largest[r] =
          std::max(largest[r], whole ? greatest<false>(row, begin, end, seen[r], bias) : greatest<true>(row, begin, end, seen[r], bias));
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
    for (std::size_t r = 0; r < strip; ++r) weigh(scores + r * block, begin, end, largest[r], x.keep[r], x.sum + r * lanes);

    float* const sums = at_ + plan_.sums + s * strip * plan_.width;
    const bool shared = common <= first && past <= last; // every row sees all of these keys
    if (shared || finite(k) != 0) {
      accumulate<strip>(scores, values(k), static_cast<std::size_t>(first), static_cast<std::size_t>(past), plan_.width, x.keep, sums);
    } else { // a weight of zero does not keep out what is not finite
      for (std::size_t r = 0; r < strip; ++r)
        accumulate<1>(scores + r * block, values(k), static_cast<std::size_t>(seen[r].first), static_cast<std::size_t>(seen[r].past),
                      plan_.width, x.keep + r, sums + r * plan_.width);
    }
  }

  void finish(int b, int h, int i, int length, float largest, const float* sum, const float* from) {
    const Range range = visible(p_, i, length);
    const float total = sum_of(hn::Load(D(), sum));
    const bool empty = range.past <= range.first;
    a_.lse[(static_cast<std::int64_t>(b) * p_.heads + h) * p_.queries + i] =
        empty ? -std::numeric_limits<float>::infinity() : static_cast<float>((largest + std::log2(static_cast<double>(total))) / log2e);
    unpack_row(from, empty ? 0 : 1 / total, static_cast<std::size_t>(p_.value_dim),
               a_.o + row_of(p_.layout, b, h, i, p_.heads, p_.queries, p_.value_dim));
  }

  const Problem& p_;
  const AttentionFwd::Args<T>& a_;
  const Plan plan_;
  const BiasTable biases_;
  float* const at_;
};

// One function for each list of types: a table of instruction sets holds no templates.
void ForwardF32(const Problem& p, const AttentionFwd::Args<float>& a, const Launch& launch) { Forward<float>(p, a, launch).run(); }
void ForwardBf16(const Problem& p, const AttentionFwd::Args<Bf16>& a, const Launch& launch) { Forward<Bf16>(p, a, launch).run(); }
void ForwardFp16(const Problem& p, const AttentionFwd::Args<Fp16>& a, const Launch& launch) { Forward<Fp16>(p, a, launch).run(); }
std::size_t ForwardScratch(const Problem& p) { return Plan(p).total * sizeof(float); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(ForwardF32);
HWY_EXPORT(ForwardBf16);
HWY_EXPORT(ForwardFp16);
HWY_EXPORT(ForwardScratch);

template <class T> void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch) {
  if constexpr (std::is_same_v<T, float>)
    HWY_DYNAMIC_DISPATCH(ForwardF32)(p, a, launch);
  else if constexpr (std::is_same_v<T, Bf16>)
    HWY_DYNAMIC_DISPATCH(ForwardBf16)(p, a, launch);
  else
    HWY_DYNAMIC_DISPATCH(ForwardFp16)(p, a, launch);
}

template <class T> constexpr Variant<AttentionFwd, T> variant() {
  return {.name = "cpu_blocked",
          .idea = "strips of queries against panels of keys, in registers",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const AttentionFwd::Problem& p) { return HWY_DYNAMIC_DISPATCH(ForwardScratch)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
