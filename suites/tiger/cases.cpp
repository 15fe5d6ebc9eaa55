// Cases of the optimizer's ops. Lists are as small as their reason allows: every variant and type runs all of them.
#include "suites/harness/cases.hpp"

#include "reference/optimizer/finite_guard.hpp"
#include "reference/optimizer/sum_of_squares.hpp"
#include "reference/optimizer/tiger_accumulate.hpp"
#include "reference/optimizer/tiger_step.hpp"

namespace assay {
namespace {

using optimizer::Guard;
using optimizer::Passes;
using optimizer::Policy;
using optimizer::Schedule;

constexpr const char* empties = "v0+m0x5+e3x0+g7+m1x0";
constexpr const char* widths = "m1x30+v31+m1x32+g33+m1x34";
constexpr const char* chunks = "m1x16383+m1x16384+m1x16385";
// Twice eight tensors, since hostile inputs cycle through eight oddities: eight with an RMS rate, eight without.
constexpr const char* oddities = "m3x5+m4x9+e3x7+m5x33+m1x64+m2x31+m1x17+e2x40+v9+g9+v33+g33+v5+g8+v65+g16";

} // namespace

ASSAY_CASES(
    TigerStep, "tiger",
    {
        // sizes
        {{.tensors = "none"}, "the empty list"},
        {{.tensors = empties}, "tensors without elements, which still have a sum and a flag"},
        {{.tensors = "m1x1"}, "one number: its RMS is its size"},
        {{.tensors = "m5x7+v11+g13"}, "primes below every vector width"},
        {{.tensors = widths}, "around 32; all but the first start unaligned"},
        {{.tensors = chunks}, "one below, at and above the chunk of 16384"},
        {{.tensors = "v3+m1x50001"}, "several chunks, the last one short, from an unaligned start"},
        {{.tensors = "e5x7+e3x33"}, "an RMS for every row"},
        {{.tensors = "e2x16385"}, "rows longer than a chunk"},
        {{.tensors = "ragged_11"}, "all kinds and awkward sizes beside each other"},
        // constants
        {{.tensors = "ragged_7", .beta = 0.945}, "beta suggested for vision"},
        {{.tensors = "m9x9", .beta = 0}, "no memory: signSGD"},
        {{.tensors = "m33x9+e9x5", .alpha = 1, .decay = 30}, "decay as large as the step, so that a wrong one shows in bf16 too"},
        {{.tensors = "m33x9+v9", .alpha = 0}, "rate zero: only momentum moves"},
        // windows
        {{.tensors = "ragged_7", .window = 4, .step = 3}, "last but not first: no decay of the momentum"},
        {{.tensors = "m9x33", .window = 16, .step = 47}, "last of the third window of 16"},
        {{.tensors = "m9x33", .window = 3, .step = 11}, "also last of a window of 4, so that the scale alone tells the window"},
        // schedule
        {{.tensors = "m9x33+g9", .schedule = Schedule::warmup}, "the very first update of a warm-up has rate zero"},
        {{.tensors = "m9x33+g9", .alpha = 1, .step = 9, .schedule = Schedule::warmup},
         "early, where one micro-step changes the rate by a tenth"},
        {{.tensors = "m9x33+g9", .step = 5500, .schedule = Schedule::warmup_decay}, "between the last two knots"},
        // guards: a third of the tensors is bad, half of them sticky
        {{.tensors = "ragged_11", .guard = Guard::finite}, "flags given"},
        {{.tensors = "ragged_11", .guard = Guard::finite, .passes = Passes::full}, "flags and sums found by the variant"},
        {{.tensors = "ragged_11", .guard = Guard::nan_only, .passes = Passes::full}, "the article's test"},
        {{.tensors = "ragged_7", .guard = Guard::finite, .policy = Policy::immediate}, "the article's policy: momentum skips its decay"},
        {{.tensors = "ragged_7", .window = 4, .step = 7, .guard = Guard::finite}, "a bad micro-step that is not first: momentum rests"},
        {{.tensors = "ragged_7", .window = 4, .step = 7, .guard = Guard::nan_only, .policy = Policy::immediate, .passes = Passes::full},
         "everything away from its default"},
        {{.tensors = "m9x33+g9+e3x9", .shrink = 0, .guard = Guard::finite}, "shrinking all the way to the centre"},
        {{.tensors = "e2x16385+m1x16385+v3", .guard = Guard::finite, .passes = Passes::full}, "sums and flags over several chunks"},
        // hostile
        {{.tensors = oddities}, "unguarded NaN and infinities spread as the formulas say", Fill::hostile},
        {{.tensors = oddities, .guard = Guard::nan_only, .passes = Passes::full}, "infinities pass the article's guard", Fill::hostile},
        {{.tensors = oddities, .guard = Guard::finite}, "the guard keeps everything finite", Fill::hostile},
        {{.tensors = oddities, .guard = Guard::finite, .passes = Passes::full}, "RMS of zeros, subnormals and huge numbers", Fill::hostile},
        {{.tensors = oddities, .window = 4, .step = 3, .guard = Guard::finite, .policy = Policy::immediate},
         "undecayed momenta near overflow",
         Fill::hostile},
        // timed
        {{.tensors = "m2500x4000"}, "far beyond every cache: the bandwidth of one pass", Fill::normal, Use::bench},
        {{.tensors = "m2500x4000", .guard = Guard::finite, .passes = Passes::full},
         "what the cached sums and flags save",
         Fill::normal,
         Use::bench},
        {{.tensors = "gpt2_124m@4"}, "a real list: 148 tensors, a third of it rows of an embedding", Fill::normal, Use::bench},
        {{.tensors = "many_1000"}, "overhead per tensor", Fill::normal, Use::bench},
        {{.tensors = "gpt2_124m@2"}, "a quarter of a real model: 700 megabytes", Fill::normal, Use::device},
    });

ASSAY_CASES(
    TigerAccumulate, "tiger",
    {
        {{.tensors = "none"}, "the empty list"},
        {{.tensors = empties}, "tensors without elements"},
        {{.tensors = "m1x1"}, "one number"},
        {{.tensors = widths}, "around 32; all but the first start unaligned"},
        {{.tensors = chunks}, "one below, at and above the chunk of 16384"},
        {{.tensors = "ragged_11"}, "first of its window: the momentum decays"},
        {{.tensors = "ragged_7", .beta = 0.945, .step = 6}, "in mid-window: no decay"},
        {{.tensors = "ragged_7", .window = 16, .step = 16}, "first of the second window of 16"},
        {{.tensors = "ragged_11", .beta = 0.5, .step = 4}, "dyadic constants: exact", Fill::integers},
        {{.tensors = "ragged_11", .beta = 0.5, .step = 2}, "the same in mid-window", Fill::integers},
        {{.tensors = "ragged_11", .guard = Guard::finite}, "bad gradients count as zero and set the sticky flag"},
        {{.tensors = "ragged_7", .step = 1, .guard = Guard::nan_only}, "the same in mid-window: momentum rests"},
        {{.tensors = "m3x5+v33", .guard = Guard::finite}, "the last tensor, clean so far, turns bad: its flag is set", Fill::hostile},
        {{.tensors = "ragged_11", .guard = Guard::finite, .policy = Policy::immediate}, "bad tensors shrink at once, sums follow"},
        {{.tensors = "e2x16385+v5+m1x40000", .step = 2, .guard = Guard::finite, .policy = Policy::immediate},
         "shrinking over several chunks"},
        {{.tensors = oddities}, "unguarded NaN and infinities", Fill::hostile},
        {{.tensors = oddities, .step = 1, .guard = Guard::finite, .policy = Policy::immediate},
         "shrinking huge and subnormal numbers",
         Fill::hostile},
        {{.tensors = "m2500x4000"}, "far beyond every cache: the bandwidth of one pass", Fill::normal, Use::bench},
        {{.tensors = "m5000x8000"}, "beyond the caches of a device", Fill::normal, Use::device},
    });

ASSAY_CASES(SumOfSquares, "tiger",
            {
                {{.tensors = "none"}, "the empty list"},
                {{.tensors = empties}, "sums without terms"},
                {{.tensors = "m1x1"}, "one square"},
                {{.tensors = widths}, "around 32; all but the first start unaligned"},
                {{.tensors = chunks}, "one below, at and above the chunk of 16384"},
                {{.tensors = "ragged_11"}, "all kinds and awkward sizes"},
                {{.tensors = "v3+m1x200000+e3x16385"}, "thirteen chunks, from an unaligned start"},
                {{.tensors = "v3+m1x200000+e3x16385"}, "integer sums below 2^24: exact in any order", Fill::integers},
                {{.tensors = "ragged_11"}, "integer sums, all kinds", Fill::integers},
                {{.tensors = oddities}, "zeros, subnormals and huge numbers", Fill::hostile},
                {{.tensors = "m2500x4000"}, "far beyond every cache: the bandwidth of reading", Fill::normal, Use::bench},
                {{.tensors = "m5000x8000"}, "beyond the caches of a device", Fill::normal, Use::device},
            });

ASSAY_CASES(FiniteGuard, "tiger",
            {
                {{.tensors = "none"}, "the empty list"},
                {{.tensors = empties}, "no gradient is a good one"},
                {{.tensors = "v1+v1+v1"}, "single gradients"},
                {{.tensors = "ragged_11"}, "a third of the tensors has one bad gradient, often the last one"},
                {{.tensors = "ragged_11", .guard = Guard::nan_only}, "the same with NaN alone"},
                {{.tensors = chunks}, "around the chunk of 16384"},
                {{.tensors = oddities}, "infinities of both signs, huge and subnormal numbers", Fill::hostile},
                {{.tensors = oddities, .guard = Guard::nan_only}, "infinities pass", Fill::hostile},
                {{.tensors = "m2500x4000"}, "far beyond every cache: the bandwidth of reading", Fill::normal, Use::bench},
                {{.tensors = "m5000x8000"}, "beyond the caches of a device", Fill::normal, Use::device},
            });

} // namespace assay
