// Cases of attention with a window. Lists are as small as their reason allows: every variant and type runs all of them, also on the
// executor.
#include "suites/harness/cases.hpp"

#include "reference/attention/attention_bwd.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

using attention::Bias;
using attention::Layout;

// One list for both directions: what can go wrong in who sees whom is the same. The timed ones come apart.
template <class Op> std::vector<Case<Op>> list() {
  return {
      // sizes: one head unless heads are the reason
      {{.heads = 1, .kv_heads = 1, .queries = 1, .keys = 1, .dim = 16, .value_dim = 16}, "one token: o is its value"},
      {{.heads = 1, .kv_heads = 1, .queries = 0, .keys = 5, .dim = 16, .value_dim = 16}, "no queries: nothing to launch"},
      {{.heads = 1, .kv_heads = 1, .queries = 5, .keys = 0, .dim = 16, .value_dim = 16}, "no keys: every row is empty"},
      {{.batch = 3, .heads = 5, .kv_heads = 5, .queries = 5, .keys = 5, .dim = 7, .value_dim = 11, .window = 3},
       "primes below every vector width; as many heads as positions, so that a wrong layout has the right shape"},
      {{.heads = 2, .kv_heads = 1, .queries = 13, .keys = 13, .dim = 1, .value_dim = 1, .window = 5}, "single numbers"},
      {{.heads = 1, .kv_heads = 1, .queries = 31, .keys = 31, .dim = 32, .value_dim = 32, .window = 30}, "one below a warp"},
      {{.heads = 1, .kv_heads = 1, .queries = 32, .keys = 32, .dim = 32, .value_dim = 32, .window = 31}, "a warp"},
      {{.heads = 2, .kv_heads = 2, .queries = 33, .keys = 33, .dim = 33, .value_dim = 34, .window = 32}, "one past a warp, and odd widths"},
      {{.heads = 1, .kv_heads = 1, .queries = 34, .keys = 34, .dim = 30, .value_dim = 31, .window = 33}, "widths below a warp"},
      {{.heads = 2, .kv_heads = 1, .queries = 64, .keys = 64, .window = 16}, "whole tiles of 64"},
      {{.heads = 1, .kv_heads = 1, .queries = 65, .keys = 65, .window = 63}, "one past a tile, window one below"},
      {{.heads = 1, .kv_heads = 1, .queries = 129, .keys = 129, .window = 64}, "one past two tiles, window of a tile"},
      {{.heads = 1, .kv_heads = 1, .queries = 130, .keys = 130, .window = 65}, "window one past a tile"},
      {{.heads = 1, .kv_heads = 1, .queries = 200, .keys = 200, .window = 129}, "a window over three tiles"},
      {{.heads = 1, .kv_heads = 1, .queries = 67, .keys = 67, .dim = 128, .value_dim = 128, .window = 33}, "width 128"},
      {{.heads = 1, .kv_heads = 1, .queries = 35, .keys = 35, .dim = 256, .value_dim = 256, .window = 17}, "the widest head"},
      {{.heads = 1, .kv_heads = 1, .queries = 40, .keys = 40, .dim = 16, .value_dim = 128, .window = 9}, "values wider than keys"},
      {{.heads = 1, .kv_heads = 1, .queries = 40, .keys = 40, .dim = 192, .value_dim = 96, .window = 9}, "keys wider than values"},
      // windows
      {{.queries = 33, .keys = 33, .window = 1}, "each token sees itself alone"},
      {{.heads = 4, .kv_heads = 2, .queries = 33, .keys = 35, .window = 1, .layout = Layout::bshd},
       "equal weights and w = 1: o is v to the bit, so is every product of the gradients",
       Fill::integers},
      {{.queries = 33, .keys = 33, .window = 33}, "a window that is just full"},
      {{.queries = 33, .keys = 33, .window = 34}, "a window wider than the keys"},
      {{.queries = 33, .keys = 33}, "full causal"},
      {{.queries = 40, .keys = 40, .dim = 32, .value_dim = 32, .window = 2}, "two keys"},
      // alignment: bottom right
      {{.heads = 4, .kv_heads = 1, .queries = 1, .keys = 70, .window = 33}, "decoding one token: the last 33 keys"},
      {{.heads = 2, .kv_heads = 1, .queries = 3, .keys = 131, .dim = 32, .value_dim = 32}, "a few tokens after many"},
      {{.queries = 17, .keys = 64, .dim = 32, .value_dim = 32, .window = 20}, "queries that begin inside a tile"},
      {{.heads = 2, .kv_heads = 1, .queries = 5, .keys = 400, .dim = 64, .value_dim = 64},
       "more tiles of 64 keys than any ring of stages has: its places are used again"},
      {{.heads = 1, .kv_heads = 1, .queries = 5, .keys = 600, .dim = 128, .value_dim = 128, .window = 520},
       "the same with wide tiles of 128"},
      {{.heads = 8, .kv_heads = 2, .queries = 40, .keys = 90, .dim = 16, .value_dim = 16, .window = 70, .bias = Bias::kerple_log},
       "tables of heads that share keys, over two tiles"},
      {{.queries = 70, .keys = 33, .dim = 32, .value_dim = 32, .window = 12}, "more queries than keys: the first 37 see nothing"},
      // heads
      {{.heads = 4, .kv_heads = 2, .queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 9}, "two heads share keys"},
      {{.heads = 8, .kv_heads = 2, .queries = 19, .keys = 19, .dim = 32, .value_dim = 32, .window = 9}, "four heads share keys"},
      {{.batch = 2, .heads = 8, .kv_heads = 1, .queries = 17, .keys = 17, .dim = 32, .value_dim = 32, .window = 9},
       "all eight heads share keys, of two batches"},
      {{.batch = 2, .heads = 6, .kv_heads = 2, .queries = 21, .keys = 21, .dim = 32, .value_dim = 32, .window = 9, .layout = Layout::bshd},
       "positions before heads, three heads share keys"},
      // scales
      {{.queries = 33, .keys = 33, .window = 20, .scale = 30}, "scores of hundreds: most weights vanish below fp32"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .scale = 0.5, .row_scale = true}, "a scale for every row"},
      {{.batch = 2, .queries = 23, .keys = 40, .dim = 32, .value_dim = 32, .window = 9, .row_scale = true, .layout = Layout::bshd},
       "row scales with positions before heads, and more keys than queries"},
      // biases
      {{.heads = 8, .kv_heads = 2, .queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::alibi},
       "slopes 1/2 to 1/256"},
      {{.heads = 12, .kv_heads = 4, .queries = 19, .keys = 19, .dim = 16, .value_dim = 16, .bias = Bias::alibi},
       "heads that are no power of two"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::kerple_power}, "powers of the distance"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::kerple_log}, "logarithms of the distance"},
      {{.queries = 33, .keys = 33, .dim = 33, .value_dim = 32, .window = 20, .bias = Bias::sandwich},
       "cosines of the distance, of an odd width"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::table, .reach = 7},
       "a table shorter than the window"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::table, .reach = 40},
       "a table longer than the window"},
      {{.queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::table},
       "a table of one entry: it changes L alone"},
      {{.queries = 30, .keys = 47, .dim = 32, .value_dim = 32, .window = 20, .bias = Bias::kerple_log, .row_scale = true},
       "a bias, row scales and more keys than queries"},
      // padding
      {{.batch = 4, .queries = 33, .keys = 33, .dim = 32, .value_dim = 32, .window = 9, .padded = true},
       "lengths: two that cut, full, none; rows past the window of the last key see nothing"},
      {{.batch = 3,
        .heads = 4,
        .kv_heads = 2,
        .queries = 20,
        .keys = 33,
        .dim = 32,
        .value_dim = 32,
        .padded = true,
        .layout = Layout::bshd},
       "lengths and full causal"},
      {{.batch = 3,
        .heads = 3,
        .kv_heads = 1,
        .queries = 21,
        .keys = 21,
        .dim = 16,
        .value_dim = 16,
        .window = 8,
        .bias = Bias::table,
        .reach = 5,
        .row_scale = true,
        .padded = true,
        .layout = Layout::bshd},
       "everything away from its default"},
      // hostile
      {{.heads = 2, .kv_heads = 1, .queries = 70, .keys = 70, .dim = 32, .value_dim = 32, .window = 5},
       "NaN and infinities stay with those who see them",
       Fill::hostile},
      {{.batch = 2, .queries = 40, .keys = 40, .dim = 16, .value_dim = 16, .window = 3, .scale = 30},
       "the same with huge scores",
       Fill::hostile},
      {{.queries = 30, .keys = 67, .dim = 7, .value_dim = 13, .window = 8, .bias = Bias::alibi, .layout = Layout::bshd},
       "the same with a bias, odd widths",
       Fill::hostile},
      {{.batch = 3, .queries = 45, .keys = 33, .dim = 32, .value_dim = 32, .window = 6, .padded = true},
       "NaN past the length are not read",
       Fill::hostile},
  };
}

template <class Op> std::vector<Case<Op>> with_timed(std::vector<Case<Op>> list) {
  constexpr int bench_window = 256;
  const auto timed = [&](typename Op::Problem p, const char* why) { list.push_back({p, why, Fill::normal, Use::bench}); };
  const auto one_head = [](int n, int window) {
    return typename Op::Problem{.heads = 1, .kv_heads = 1, .queries = n, .keys = n, .window = window};
  };
  for (const int n : {1024, 2048, 4096, 8192}) timed(one_head(n, bench_window), "time is linear in n at a fixed window");
  for (const int w : {64, 128, 512, 1024}) timed(one_head(4096, w), "time is linear in w at a fixed n");
  typename Op::Problem slopes = one_head(4096, bench_window), shared = one_head(1024, 128);
  slopes.bias = Bias::alibi;
  timed(slopes, "what a bias costs");
  shared.heads = 8;
  shared.kv_heads = 2;
  timed(shared, "four heads share keys");
  // Half a gigabyte in fp32 and half of that in 16 bits, or half as much with narrow heads.
  const auto on_device = [&](int dim, int window, const char* why) {
    list.push_back(
        {{.batch = 2, .heads = 16, .kv_heads = 16, .queries = 8192, .keys = 8192, .dim = dim, .value_dim = dim, .window = window},
         why,
         Fill::normal,
         Use::device});
  };
  on_device(128, 64, "a narrow window: bytes");
  on_device(128, 256, "a window of two tiles");
  on_device(64, 256, "the same for narrow heads");
  on_device(128, 1024, "a wide window: products");
  on_device(128, attention::no_window, "causal, all keys");
  return list;
}

} // namespace

ASSAY_CASES(AttentionFwd, "local_attention", with_timed(list<AttentionFwd>()));
ASSAY_CASES(AttentionBwd, "local_attention", with_timed(list<AttentionBwd>()));

} // namespace assay
