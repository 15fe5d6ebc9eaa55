// Cases of the rotary ops. Every variant and type runs all of them, so sizes are as small as their reason allows.
#include "suites/harness/cases.hpp"

#include "reference/rope/bias_curve.hpp"
#include "reference/rope/rope_bwd.hpp"
#include "reference/rope/rope_fwd.hpp"

namespace assay {
namespace {

using rope::Angle, rope::Layout, rope::Pairing, rope::Positions;
constexpr Pairing halves = Pairing::half_split;

// Of both directions.
template <class Op> std::vector<Case<Op>> rotations() {
  return {
      // sizes
      {{.batch = 0}, "no batch"},
      {{.tokens = 0}, "no token: gradients of biases are zero all the same"},
      {{.tokens = 1, .heads = 1, .kv_heads = 1, .dim = 2, .rotary = 2, .start = 1}, "one pair by one radian"},
      {{.tokens = 77, .heads = 3, .kv_heads = 1, .dim = 80, .rotary = 40}, "rows that turn by half; more than one run of 64 rows"},
      {{.tokens = 9, .heads = 3, .kv_heads = 1, .dim = 80, .rotary = 40, .pairing = halves}, "the same in halves"},
      {{.batch = 3, .tokens = 5, .heads = 4, .kv_heads = 2, .start = 7}, "grouped heads, an odd number of tokens"},
      {{.batch = 2, .tokens = 7, .heads = 5, .kv_heads = 3, .dim = 34, .rotary = 22, .pairing = halves, .start = -3},
       "11 pairs, rows of 34: no vector is whole; positions of both signs"},
      {{.tokens = 6, .heads = 2, .kv_heads = 1, .dim = 31, .rotary = 30, .start = 11}, "rows of odd width, one element passes"},
      {{.tokens = 3, .heads = 2, .kv_heads = 1, .dim = 48, .rotary = 16, .pairing = halves, .start = 5},
       "whole vectors turn and whole vectors pass"},
      {{.batch = 64, .tokens = 1, .heads = 8, .kv_heads = 2, .dim = 32, .rotary = 32, .pairing = halves, .start = 4095},
       "decoding: one token of many sequences"},
      {{.tokens = 257, .heads = 2, .kv_heads = 1, .dim = 16, .rotary = 16, .pairing = halves, .start = 300}, "one past 256 tokens"},
      {{.tokens = 2049, .heads = 1, .kv_heads = 1, .dim = 16, .rotary = 16, .pairing = halves}, "one past 2048 tokens: 33 runs of 64 rows"},
      {{.tokens = 4, .heads = 9, .kv_heads = 8, .dim = 256, .rotary = 256, .start = 100}, "more columns than a block has threads"},
      // what turns, and how
      {{.batch = 2, .tokens = 5, .heads = 2, .kv_heads = 1, .dim = 8, .rotary = 0}, "nothing turns: biases alone", Fill::integers},
      {{.tokens = 70, .heads = 2, .kv_heads = 1, .dim = 6, .rotary = 0}, "sums over two runs of rows, exact", Fill::integers},
      {{.tokens = 5, .heads = 2, .kv_heads = 1, .dim = 8, .rotary = 0, .bias = false}, "nothing at all: a copy"},
      {{.batch = 5, .tokens = 1}, "position 0: biases alone, exact", Fill::integers},
      {{.tokens = 12, .bias = false, .start = 1000}, "plain RoPE"},
      {{.tokens = 12, .pairing = halves, .bias = false, .start = 1000}, "plain RoPE in halves"},
      {{.tokens = 8, .base = 500000, .pairing = halves, .start = 20000}, "base of long contexts"},
      {{.tokens = 5, .dim = 16, .rotary = 16, .base = 1, .start = 13}, "base 1: all pairs turn alike"},
      // angles
      {{.tokens = 9, .pairing = halves, .start = 131067}, "around 2^17"},
      {{.tokens = 9, .angle = Angle::f32, .start = 1000000}, "angles in fp32 where they are 0.04 radians off"},
      {{.tokens = 9, .pairing = halves, .angle = Angle::f32, .start = 32768}, "angles in fp32, halves"},
      {{.tokens = 5, .angle = Angle::f32, .start = (1 << 24) - 4}, "the last positions that are numbers of fp32"},
      {{.tokens = 3, .heads = 1, .start = 2147483645}, "the last positions"},
      {{.tokens = 3, .heads = 1, .pairing = halves, .start = -2147483647}, "the first positions"},
      {{.batch = 2, .tokens = 13, .positions = Positions::scattered}, "any position of either sign, up to 2^31"},
      {{.batch = 3, .tokens = 6, .heads = 3, .kv_heads = 1, .dim = 40, .rotary = 24, .pairing = halves, .positions = Positions::scattered},
       "scattered, odd sizes, halves"},
      {{.batch = 2, .tokens = 9, .heads = 1, .kv_heads = 1, .angle = Angle::f32, .positions = Positions::scattered},
       "scattered, angles in fp32, up to 2^24"},
      // xPos
      {{.tokens = 9, .xpos = true, .start = 2000}, "xPos at four scales from its centre"},
      {{.tokens = 9, .dim = 48, .rotary = 32, .pairing = halves, .xpos = true, .scale_base = 8, .centre = 20, .start = -5},
       "xPos of a part of the row; the centre behind; a scale so short that one position shows in bf16"},
      {{.batch = 2, .tokens = 5, .xpos = true, .centre = -50, .positions = Positions::scattered}, "xPos at scattered positions"},
      {{.tokens = 3, .bias = false, .xpos = true, .start = 4531}, "keys leave fp16 at 4533 and no other format"},
      {{.tokens = 3, .pairing = halves, .xpos = true, .start = 36259}, "the stretch leaves fp32 at 36261 in the first pair of keys"},
      {{.tokens = 3, .pairing = halves, .xpos = true, .centre = 36260, .start = 36259}, "the centre there: nothing overflows"},
      // layouts
      {{.batch = 2, .tokens = 9, .heads = 3, .kv_heads = 1, .start = 50, .layout = Layout::bhsd}, "heads before positions"},
      {{.batch = 2,
        .tokens = 6,
        .heads = 2,
        .kv_heads = 1,
        .dim = 20,
        .rotary = 12,
        .pairing = halves,
        .positions = Positions::scattered,
        .layout = Layout::bhsd},
       "heads before positions, scattered, odd sizes"},
      {{.tokens = 4, .heads = 4, .kv_heads = 4, .dim = 16, .rotary = 16, .start = 3},
       "as many heads as tokens: shapes do not tell the layout"},
      // hostile
      {{.tokens = 20, .heads = 3, .kv_heads = 1, .dim = 24, .rotary = 16, .start = 3},
       "NaN and infinities stay in their pair",
       Fill::hostile},
      {{.tokens = 20, .heads = 3, .kv_heads = 1, .dim = 64, .rotary = 32, .pairing = halves},
       "the same in halves, from position 0",
       Fill::hostile},
      {{.batch = 2, .tokens = 20, .heads = 2, .kv_heads = 1, .dim = 32, .rotary = 32, .xpos = true, .positions = Positions::scattered},
       "hostile rows, stretched",
       Fill::hostile},
      // timed
      {{.tokens = 8192, .heads = 8, .kv_heads = 2, .pairing = halves}, "beyond the caches, halves", Fill::normal, Use::bench},
      {{.tokens = 256, .heads = 8, .kv_heads = 2, .pairing = halves}, "a megabyte in fp32", Fill::normal, Use::bench},
      {{.tokens = 2048, .heads = 8, .kv_heads = 2, .pairing = halves}, "ten megabytes", Fill::normal, Use::bench},
      {{.tokens = 8192, .heads = 8, .kv_heads = 2}, "beyond the caches, neighbours", Fill::normal, Use::bench},
      {{.tokens = 8192, .heads = 8, .kv_heads = 2, .pairing = halves, .bias = false}, "what biases cost", Fill::normal, Use::bench},
      {{.batch = 64, .tokens = 1, .heads = 32, .kv_heads = 8, .dim = 128, .rotary = 128, .pairing = halves, .start = 4095},
       "decoding: in the caches, and a launch on a device",
       Fill::normal,
       Use::bench},
      {{.batch = 4, .tokens = 2048, .heads = 8, .kv_heads = 2, .pairing = halves, .positions = Positions::scattered},
       "what turns cost that are not looked up",
       Fill::normal,
       Use::bench},
      {{.tokens = 8192, .heads = 32, .kv_heads = 8, .dim = 128, .rotary = 128, .pairing = halves},
       "a layer of a model of seven billion weights",
       Fill::normal,
       Use::device},
      {{.tokens = 8192, .heads = 32, .kv_heads = 8, .dim = 128, .rotary = 128}, "the same, neighbours", Fill::normal, Use::device},
  };
}

} // namespace

ASSAY_CASES(RopeFwd, "rope_bias", rotations<RopeFwd>());
ASSAY_CASES(RopeBwd, "rope_bias", rotations<RopeBwd>());

ASSAY_CASES(BiasCurve, "rope_bias",
            {
                {{.count = 0}, "no distance"},
                {{.heads = 1, .dim = 2, .count = 1}, "one pair at distance 0: a plain product"},
                {{.heads = 1, .dim = 2, .first = -3, .count = 7}, "one cosine and one sine, both signs of the distance"},
                {{.heads = 3, .dim = 22, .pairing = rope::Pairing::half_split, .first = 100, .count = 13}, "odd sizes, halves"},
                {{.heads = 5, .dim = 64, .count = 257}, "one past a block"},
                {{.heads = 2, .dim = 128, .base = 500000, .first = 200000, .count = 33}, "base of long contexts, far away"},
                {{.heads = 2, .dim = 64, .pairing = rope::Pairing::half_split, .first = 2147483640, .count = 8}, "the last distances"},
                {{.heads = 1, .dim = 64, .first = -2147483647, .count = 5}, "the first distances"},
                {{.heads = 16, .dim = 2, .first = 1, .count = 9}, "NaN stays in its head", Fill::hostile},
                {{.heads = 8, .dim = 64, .count = 65536}, "a curve for one layer", Fill::normal, Use::bench},
            });

} // namespace assay
