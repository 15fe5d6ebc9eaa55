// Backward attention in blocks: scratch memory, blocks of columns, and what becomes of scores; included once for each instruction set.
#if defined(ASSAY_ATTENTION_BACKWARD_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ATTENTION_BACKWARD_INL_H
#undef ASSAY_ATTENTION_BACKWARD_INL_H
#else
#define ASSAY_ATTENTION_BACKWARD_INL_H
#endif

#include <utility>

#include "kernels/attention/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;

constexpr std::size_t strips = 4, tile = strips * strip; // rows that share columns while these are in the second cache
constexpr std::size_t block = 64;                        // columns whose weights are in the first cache at a time
static_assert(block % lanes == 0);
constexpr int size = static_cast<int>(block);

// Where things are in scratch memory, in floats. Of pairs, the first is as wide as q and k, the second as v and do.
struct Plan {
  std::size_t depth[2], width[2]; // width: filled up to whole vectors
  std::size_t blocks;             // kept of columns: as many as the window of a tile may touch
  std::size_t shift, delta;       // of every row: its log-sum-exp in units of ln 2, and D
  std::size_t ring, rows[2], scores, sums[2], tables, diagonal, total;

  explicit Plan(const Problem& p)
      : depth{static_cast<std::size_t>(p.dim), static_cast<std::size_t>(p.value_dim)},
        width{round_up(depth[0], lanes), round_up(depth[1], lanes)} {
    const auto longest = static_cast<std::size_t>(std::max(p.queries, p.keys));
    blocks = (std::min(longest, static_cast<std::size_t>(p.window) + tile + block) + block - 1) / block;
    const auto all = static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(p.queries);
    const auto heads = static_cast<std::size_t>(p.heads);
    std::size_t at = 0;
    const auto next = [&](std::size_t floats) { return std::exchange(at, at + round_up(floats, 16)); };
    shift = next(all + block); // the columns of a panel may reach beyond the last row
    delta = next(all + block);
    ring = next(heads / static_cast<std::size_t>(p.kv_heads) * blocks * block_floats());
    for (const std::size_t i : {0, 1}) rows[i] = next(tile * width[i]);
    scores = next(2 * strip * block);
    for (const std::size_t i : {0, 1}) sums[i] = next(tile * width[i]);
    const std::size_t table = p.bias == Bias::none ? 0 : BiasTable(p).size;
    tables = next(2 * heads * table);
    diagonal = next(heads * table);
    total = at;
  }
  // A block: two matrices by columns, the same two by rows, whether those are finite.
  std::size_t block_floats() const { return block * (depth[0] + depth[1] + width[0] + width[1]) + 16; }
};

struct Block {
  float *columns[2], *rows[2], *finite;
  Block(const Plan& plan, float* at) {
    for (const std::size_t i : {0, 1}) columns[i] = std::exchange(at, at + block * plan.depth[i]);
    for (const std::size_t i : {0, 1}) rows[i] = std::exchange(at, at + block * plan.width[i]);
    finite = at;
  }
};

// One matrix of a head or of a group of heads, from some position on.
template <class T> struct Matrix {
  const T* at;
  std::int64_t stride;
};

// What a row has of each column: one number for all of them, or numbers that lie one after another.
template <bool each> HWY_INLINE V of(const float* x, std::size_t c) { return each ? hn::LoadU(D(), x + c) : hn::Set(D(), *x); }

// Scores become weights P = 2^(s - shift), products dP become dS = P (dP - delta). Columns outside first ... past - 1 have zeros.
template <bool masked, bool by_column>
void weigh(float* s, float* dp, std::size_t begin, std::size_t end, Range seen, const float* bias, const float* shift, const float* delta) {
  const D d;
  const V first = hn::Set(d, static_cast<float>(seen.first)), past = hn::Set(d, static_cast<float>(seen.past));
  for (std::size_t c = begin; c < end; c += lanes) {
    V x = hn::LoadU(d, s + c);
    if (bias != nullptr) x = hn::Add(x, hn::LoadU(d, bias + c));
    V p = exp2(hn::Min(hn::Set(d, 128.0f), hn::Sub(x, of<by_column>(shift, c)))); // in this order NaN stays NaN
    V ds = hn::Mul(p, hn::Sub(hn::LoadU(d, dp + c), of<by_column>(delta, c)));
    if constexpr (masked) {
      const V column = hn::Iota(d, static_cast<float>(c));
      const auto in = hn::And(hn::Ge(column, first), hn::Lt(column, past));
      p = hn::IfThenElseZero(in, p);
      ds = hn::IfThenElseZero(in, ds);
    }
    hn::StoreU(p, d, s + c);
    hn::StoreU(ds, d, dp + c);
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
