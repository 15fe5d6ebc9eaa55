// Two sweeps, each with its sums in registers and the first cache: strips of queries against blocks of keys for the gradients of queries,
// strips of keys against blocks of queries for those of keys and values. Weights are computed in both, so nothing is added to memory in
// an order that could change.
// Limit: fused multiply-adds, 7 products for each 5 of the formulas where the widths are equal; masks as in the forward pass.
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/attention/scalars.hpp"
#include "kernels/simd.hpp"
#include "reference/attention/attention_bwd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention/attention_bwd/cpu_blocked.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/attention/backward-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;

template <class T> class Backward {
public:
  Backward(const Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch)
      : p_(p), a_(a), plan_(p), biases_(p), at_(reinterpret_cast<float*>(launch.scratch.data())) {}

  void run() {
    for (int h = 0; h < p_.heads && p_.bias != Bias::none; ++h)
      for (const bool falls : {false, true})
        biases_.write(p_, a_.bias + static_cast<std::int64_t>(h) * parameters_of(p_), table(h, falls), falls);
    if (p_.bias != Bias::none) std::fill(diagonal(0), diagonal(p_.heads), 0.0f);
    for (int b = 0; b < p_.batch; ++b)
      for (int g = 0; g < p_.kv_heads; ++g) {
        for (int h = g * share(); h < (g + 1) * share(); ++h) describe_rows(b, h);
        sweep_queries(b, g);
        sweep_keys(b, g);
      }
    if (p_.bias == Bias::none) return;
    for (int h = 0; h < p_.heads; ++h)
      for (std::size_t t = 0; t < biases_.distances; ++t)
        a_.diagonal[static_cast<std::size_t>(h) * biases_.distances + t] = *(biases_.falling(diagonal(h)) - t);
    bias_gradient(p_, a_.bias, a_.diagonal, a_.d_bias);
  }

private:
  int share() const { return p_.heads / p_.kv_heads; }
  int length(int b) const { return p_.padded ? a_.length[b] : p_.keys; }
  float* table(int h, bool falls) const { return at_ + plan_.tables + static_cast<std::size_t>(2 * h + (falls ? 1 : 0)) * biases_.size; }
  float* diagonal(int h) const { return at_ + plan_.diagonal + static_cast<std::size_t>(h) * biases_.size; }
  std::int64_t row(int b, int h, int i) const { return (static_cast<std::int64_t>(b) * p_.heads + h) * p_.queries + i; }
  Block block_of(int which, int k) const {
    const std::size_t slot = static_cast<std::size_t>(which) * plan_.blocks + static_cast<std::size_t>(k) % plan_.blocks;
    return Block(plan_, at_ + plan_.ring + slot * plan_.block_floats());
  }
  Matrix<T> matrix(const T* x, int b, int h, int i, int heads, int positions, int width) const {
    const auto at = [&](int j) { return row_of(p_.layout, b, h, j, heads, positions, width); };
    return {x + at(i), at(1) - at(0)};
  }
  Matrix<T> of_query(const T* x, int b, int h, int i, int width) const { return matrix(x, b, h, i, p_.heads, p_.queries, width); }
  Matrix<T> of_key(const T* x, int b, int g, int j, int width) const { return matrix(x, b, g, j, p_.kv_heads, p_.keys, width); }
  float factor(int b, int i) const {
    return softmax_scale(p_) * (p_.row_scale ? a_.row_scale[static_cast<std::int64_t>(b) * p_.queries + i] : 1);
  }

  Range keys_of(int i, int b) const { return i < p_.queries ? visible(p_, i, length(b)) : Range{0, 0}; }
  Range queries_of(int j, int b) const {
    if (j >= length(b)) return {0, 0};
    const int first = j + p_.queries - p_.keys; // at the position of the key
    return {std::max(0, first), std::min(p_.queries, first + p_.window)};
  }

  void describe_rows(int b, int h) {
    const D d;
    for (int i = 0; i < p_.queries; ++i) {
      const T *o = of_query(a_.o, b, h, i, p_.value_dim).at, *g = of_query(a_.d_o, b, h, i, p_.value_dim).at;
      V sum = hn::Zero(d);
      for (std::size_t e = 0; e < plan_.depth[1]; e += lanes) {
        const std::size_t left = plan_.depth[1] - e;
        sum = left >= lanes ? hn::MulAdd(load(d, o + e), load(d, g + e), sum)
                            : hn::MulAdd(load_some(d, o + e, left), load_some(d, g + e, left), sum);
      }
      const std::int64_t r = row(b, h, i);
      const float lse = a_.lse[r], inf = std::numeric_limits<float>::infinity();
      at_[plan_.delta + static_cast<std::size_t>(r)] = sum_of(sum) - a_.d_lse[r];
      at_[plan_.shift + static_cast<std::size_t>(r)] = lse == -inf ? inf : static_cast<float>(log2e * lse); // sees nothing: weights of zero
    }
  }

  // Strip s: `count` rows of two matrices, the first of which is scaled if they are queries.
  void start(std::size_t s, int count, Matrix<T> x, Matrix<T> y, const float* scale) {
    const auto n = static_cast<std::size_t>(count);
    pack_rows(x.at, x.stride, n, plan_.depth[0], plan_.width[0], scale, strip_of(s, 0));
    pack_rows(y.at, y.stride, n, plan_.depth[1], plan_.width[1], nullptr, strip_of(s, 1));
  }
  float* strip_of(std::size_t s, std::size_t i) const { return at_ + plan_.rows[i] + s * strip * plan_.width[i]; }
  float* sums_of(std::size_t r, std::size_t i) const { return at_ + plan_.sums[i] + r * plan_.width[i]; }

  void pack(const Block& to, int count, Matrix<T> x, Matrix<T> y, const float* scale, const float* scale_of_rows) {
    const auto n = static_cast<std::size_t>(count);
    for (std::size_t c = 0; c < n; c += lanes) {
      const std::size_t some = std::min(lanes, n - c);
      const auto at = static_cast<std::int64_t>(c);
      pack_columns(x.at + at * x.stride, x.stride, some, plan_.depth[0], scale == nullptr ? nullptr : scale + c,
                   to.columns[0] + c * plan_.depth[0]);
      pack_columns(y.at + at * y.stride, y.stride, some, plan_.depth[1], nullptr, to.columns[1] + c * plan_.depth[1]);
    }
    const bool x_finite = pack_rows(x.at, x.stride, n, plan_.depth[0], plan_.width[0], scale_of_rows, to.rows[0]);
    const bool y_finite = pack_rows(y.at, y.stride, n, plan_.depth[1], plan_.width[1], nullptr, to.rows[1]);
    *to.finite = x_finite && y_finite;
  }

  // Gradients of queries: strips of queries, blocks of keys.
  void sweep_queries(int b, int g) {
    int packed = 0; // blocks before this one are in the ring, or behind the window
    for (int i = 0; i < p_.queries; i += static_cast<int>(tile)) {
      const int past_row = std::min(i + static_cast<int>(tile), p_.queries);
      const int first = keys_of(i, b).first / size, past = (keys_of(past_row - 1, b).past + size - 1) / size;
      for (packed = std::max(packed, first); packed < past; ++packed)
        pack(block_of(0, packed), std::min(size, p_.keys - packed * size), of_key(a_.k, b, g, packed * size, p_.dim),
             of_key(a_.v, b, g, packed * size, p_.value_dim), nullptr, nullptr);
      for (int h = g * share(); h < (g + 1) * share(); ++h) {
        std::fill(sums_of(0, 0), sums_of(tile, 0), 0.0f);
        for (int from = i; from < past_row; from += static_cast<int>(strip)) {
          float scale[strip];
          const int count = std::min(static_cast<int>(strip), past_row - from);
          for (int r = 0; r < count; ++r) scale[r] = static_cast<float>(log2e * factor(b, from + r));
          const std::size_t s = static_cast<std::size_t>(from - i) / strip;
          start(s, count, of_query(a_.q, b, h, from, p_.dim), of_query(a_.d_o, b, h, from, p_.value_dim), scale);
        }
        for (int k = first; k < past; ++k)
          for (int from = i; from < past_row; from += static_cast<int>(strip))
            step<true>(b, h, from, k, static_cast<std::size_t>(from - i) / strip, block_of(0, k));
        for (int r = i; r < past_row; ++r)
          unpack_row(sums_of(static_cast<std::size_t>(r - i), 0), factor(b, r), plan_.depth[0],
                     a_.d_q + row_of(p_.layout, b, h, r, p_.heads, p_.queries, p_.dim));
      }
    }
  }

  // Gradients of keys and values: strips of keys, blocks of queries of all heads of the group.
  void sweep_keys(int b, int g) {
    std::vector<int> packed(static_cast<std::size_t>(share()));
    for (int j = 0; j < p_.keys; j += static_cast<int>(tile)) {
      const int past_row = std::min(j + static_cast<int>(tile), p_.keys);
      int first = 0, past = 0;
      for (int r = j; r < past_row; ++r) {
        const Range range = queries_of(r, b);
        if (range.past <= range.first) continue;
        if (past == 0) first = range.first / size;
        past = (range.past + size - 1) / size;
      }
      for (const std::size_t i : {0, 1}) std::fill(sums_of(0, i), sums_of(tile, i), 0.0f);
      for (int from = j; from < past_row; from += static_cast<int>(strip))
        start(static_cast<std::size_t>(from - j) / strip, std::min(static_cast<int>(strip), past_row - from),
              of_key(a_.k, b, g, from, p_.dim), of_key(a_.v, b, g, from, p_.value_dim), nullptr);
      for (int which = 0; which < share(); ++which) {
        int& done = packed[static_cast<std::size_t>(which)];
        for (done = std::max(done, first); done < past; ++done) pack_queries(block_of(which, done), b, g * share() + which, done * size);
        for (int k = first; k < past; ++k)
          for (int from = j; from < past_row; from += static_cast<int>(strip))
            step<false>(b, g * share() + which, from, k, static_cast<std::size_t>(from - j) / strip, block_of(which, k));
      }
      for (int r = j; r < past_row; ++r) {
        unpack_row(sums_of(static_cast<std::size_t>(r - j), 0), 1, plan_.depth[0],
                   a_.d_k + row_of(p_.layout, b, g, r, p_.kv_heads, p_.keys, p_.dim));
        unpack_row(sums_of(static_cast<std::size_t>(r - j), 1), 1, plan_.depth[1],
                   a_.d_v + row_of(p_.layout, b, g, r, p_.kv_heads, p_.keys, p_.value_dim));
      }
    }
  }

  void pack_queries(const Block& to, int b, int h, int i) {
    const int count = std::min(size, p_.queries - i);
    float scale[block] = {}, scale_of_rows[block];
    for (int r = 0; r < count; ++r) {
      scale_of_rows[r] = factor(b, i + r);
      scale[r] = static_cast<float>(log2e * scale_of_rows[r]);
    }
    pack(to, count, of_query(a_.q, b, h, i, p_.dim), of_query(a_.d_o, b, h, i, p_.value_dim), scale, scale_of_rows);
  }

  // One strip of rows, from `from` on, and one block of columns.
  template <bool of_queries> void step(int b, int h, int from, int k, std::size_t s, const Block& columns) {
    Range seen[strip];
    int first = size, past = 0, common = 0, last = size;
    for (std::size_t r = 0; r < strip; ++r) {
      const int at = from + static_cast<int>(r);
      const Range range = of_queries ? keys_of(at, b) : queries_of(at, b);
      seen[r].first = std::clamp(range.first - k * size, 0, size);
      seen[r].past = std::clamp(range.past - k * size, seen[r].first, size);
      common = std::max(common, seen[r].first);
      last = std::min(last, seen[r].past);
      if (seen[r].past <= seen[r].first) continue;
      first = std::min(first, seen[r].first);
      past = std::max(past, seen[r].past);
    }
    if (past <= first) return;
    const auto begin = static_cast<std::size_t>(first) / lanes * lanes, end = round_up(static_cast<std::size_t>(past), lanes);
    float *const p = at_ + plan_.scores, *const ds = p + strip * block;
    for (const std::size_t m : {0, 1})
      products(strip_of(s, m), plan_.width[m], columns.columns[m] + begin * plan_.depth[m], plan_.depth[m], (end - begin) / lanes,
               (m == 0 ? p : ds) + begin, block);
    const int offset = k * size + (p_.queries - p_.keys) * (of_queries ? 1 : -1); // of the columns, in positions of the rows
    for (std::size_t r = 0; r < strip; ++r) {
      const int at = from + static_cast<int>(r);
      const std::size_t of_row = static_cast<std::size_t>(row(b, h, of_queries ? std::min(at, p_.queries - 1) : k * size));
      const float* bias = nullptr;
      if (p_.bias != Bias::none) bias = (of_queries ? biases_.falling(table(h, true)) : biases_.rising(table(h, false))) + (offset - at);
      const bool whole = seen[r].first <= static_cast<int>(begin) && static_cast<int>(end) <= seen[r].past;
      (whole ? weigh<false, !of_queries> : weigh<true, !of_queries>)(p + r * block, ds + r * block, begin, end, seen[r], bias,
                                                                     at_ + plan_.shift + of_row, at_ + plan_.delta + of_row);
      if (of_queries && p_.bias != Bias::none) {
        float* const to = biases_.falling(diagonal(h)) + (offset - at);
        for (std::size_t c = begin; c < end; ++c) to[c] += ds[r * block + c];
      }
    }
    const bool plain = *columns.finite != 0 || (common <= first && past <= last);
    gather(ds, columns, 0, s, seen, plain, first, past);
    if (!of_queries) gather(p, columns, 1, s, seen, plain, first, past);
  }

  // Adds the columns' rows, weighted by x, to the sums of a strip. A weight of zero does not keep out what is not finite: then row by row.
  void gather(const float* x, const Block& columns, std::size_t i, std::size_t s, const Range* seen, bool plain, int first, int past) {
    alignas(64) float one[strip];
    std::fill(one, one + strip, 1.0f);
    float* const sums = sums_of(s * strip, i);
    const auto add = [&](auto rows, std::size_t r, int from, int to) {
      accumulate<rows>(x + r * block + from, block, columns.rows[i] + static_cast<std::size_t>(from) * plan_.width[i],
                       static_cast<std::size_t>(to - from), plan_.width[i], one, sums + r * plan_.width[i]);
    };
    if (plain)
      add(std::integral_constant<std::size_t, strip>(), 0, first, past);
    else
      for (std::size_t r = 0; r < strip; ++r) add(std::integral_constant<std::size_t, 1>(), r, seen[r].first, seen[r].past);
  }

  const Problem& p_;
  const AttentionBwd::Args<T>& a_;
  const Plan plan_;
  const BiasTable biases_;
  float* const at_;
};

template <class T> void run(const Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) { Backward<T>(p, a, launch).run(); }
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

template <class T> constexpr Variant<AttentionBwd, T> variant() {
  return {.name = "cpu_blocked",
          .idea = "one sweep by queries and one by keys, in registers",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(All, AttentionBwd, T),
          .scratch = [](const AttentionBwd::Problem& p) { return HWY_DYNAMIC_DISPATCH(Scratch)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
