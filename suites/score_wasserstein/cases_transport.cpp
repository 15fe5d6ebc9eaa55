// Cases of the ops of transport. Every variant and type runs all of them, so sizes are as small as their reason allows.
#include "suites/harness/cases.hpp"

#include "reference/transport/assignment.hpp"
#include "reference/transport/bures.hpp"
#include "reference/transport/sinkhorn.hpp"
#include "reference/transport/sinkhorn_grad.hpp"
#include "reference/transport/sliced_wasserstein.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay {

using transport::Costs;

ASSAY_CASES(Assignment, "score_wasserstein",
            {
                {{.n = 0}, "nothing to match"},
                {{.n = 1}, "one pair: no choice"},
                {{.n = 2, .dim = 1}, "two pairs on a line"},
                {{.n = 3, .dim = 3, .costs = Costs::columns}, "as many points as coordinates: shapes do not tell the layout"},
                {{.n = 3, .dim = 3}, "the same, points in rows"},
                {{.n = 15, .dim = 2}, "less than a block of columns"},
                {{.n = 33, .dim = 5, .costs = Costs::columns}, "one past two blocks"},
                {{.n = 64, .dim = 2}, "clouds"},
                {{.n = 47, .dim = 0, .costs = Costs::matrix}, "costs of either sign, without geometry"},
                {{.n = 40, .dim = 0, .costs = Costs::matrix}, "integers: many costs are equal, duals are exact", Fill::integers},
                {{.n = 90, .dim = 1}, "integers on a line: duplicates, and far more ties than pairs", Fill::integers},
                {{.n = 60, .dim = 2}, "integers in a plane: duplicates", Fill::integers},
                {{.n = 30, .dim = 0, .costs = Costs::matrix}, "half of the pairs are forbidden", Fill::hostile},
                {{.n = 1, .dim = 0, .costs = Costs::matrix}, "one pair, perhaps forbidden", Fill::hostile},
                {{.n = 20, .dim = 2}, "a point that is no number: no match exists", Fill::hostile},
                {{.n = 450, .dim = 2}, "more columns than a list and its blocks hold"},
                {{.n = 1000, .dim = 2}, "POT and SciPy: 0.1 s and more", Fill::normal, Use::bench},
                {{.n = 2000, .dim = 2}, "between them", Fill::normal, Use::bench},
                {{.n = 4000, .dim = 2}, "costs beyond the caches", Fill::normal, Use::bench},
                {{.n = 8192, .dim = 2}, "prices and owners that just fit into shared memory", Fill::normal, Use::bench},
            });

ASSAY_CASES(Wasserstein1D, "score_wasserstein",
            {
                {{.pairs = 0}, "no pair"},
                {{.n = 1, .m = 1}, "one point on either side"},
                {{.pairs = 7, .n = 12, .m = 20}, "several pairs"},
                {{.pairs = 3, .n = 9, .m = 4, .p = 2, .weights = true}, "several weighted pairs"},
                {{.n = 1, .m = 7, .p = 2}, "one point: all of the other side goes there"},
                {{.n = 5, .m = 3, .p = 3}, "sizes without a common divisor"},
                {{.n = 33, .m = 33, .p = 2}, "one past eight vectors"},
                {{.n = 31, .m = 31, .p = 1.5}, "a power that is no whole number"},
                {{.n = 64, .m = 48}, "sizes with a common divisor"},
                {{.n = 1000, .m = 999, .p = 2}, "a point less: nearly all pieces are short"},
                {{.pairs = 2, .n = 300, .m = 300}, "integers: duplicates and zeros of either sign, exact", Fill::integers},
                {{.n = 64, .m = 96, .p = 2}, "integers, squared", Fill::integers},
                {{.n = 40, .m = 24, .weights = true}, "whole weights, some zero: positions are exact", Fill::integers},
                {{.n = 1, .m = 9, .p = 2, .weights = true}, "one weighted point"},
                {{.n = 77, .m = 130, .weights = true}, "weights, one in eight zero"},
                {{.n = 130, .m = 77, .p = 2, .weights = true}, "the same, squared"},
                {{.pairs = 2, .n = 40, .m = 30}, "a point that is no number, in one of two pairs", Fill::hostile},
                {{.n = 41, .m = 30, .p = 2}, "a point at infinity", Fill::hostile},
                {{.n = 42, .m = 42, .weights = true}, "a negative weight", Fill::hostile},
                {{.n = 43, .m = 30, .weights = true}, "a weight that is no number", Fill::hostile},
                {{.n = 3000, .m = 1097}, "one past the least size of buckets; sizes without a common divisor"},
                {{.n = 5000, .m = 5000}, "integers: each in a bucket of its own, too full not to be sorted", Fill::integers},
                {{.pairs = 2, .n = 9000, .m = 8000}, "buckets of both kinds"},
                {{.n = 6000, .m = 6001}, "a point at infinity among buckets", Fill::hostile},
                {{.n = 20000, .m = 17000}, "rows longer than a tile of a device"},
                {{.n = 1000, .m = 1000}, "small: calls are felt", Fill::normal, Use::bench},
                {{.n = 100000, .m = 100000}, "in the caches", Fill::normal, Use::bench},
                {{.n = 1000000, .m = 1000000}, "beyond them", Fill::normal, Use::bench},
                {{.n = 1000000, .m = 1000000, .p = 2}, "squares, which take a sort", Fill::normal, Use::bench},
            });

ASSAY_CASES(SlicedWasserstein, "score_wasserstein",
            {
                {{.n = 1, .m = 1, .dim = 1, .directions = 1}, "one of everything: no error can be told"},
                {{.n = 5, .m = 3, .dim = 2, .directions = 3}, "sizes without a common divisor"},
                {{.n = 33, .m = 33, .dim = 3, .directions = 2, .p = 1}, "one past eight vectors"},
                {{.n = 64, .m = 64, .dim = 1, .directions = 4}, "a line, seen from either end"},
                {{.n = 31, .m = 47, .dim = 7, .directions = 13, .p = 1}, "odd sizes"},
                {{.n = 30, .m = 30, .dim = 65, .directions = 9, .p = 3}, "wide points"},
                {{.n = 32, .m = 32, .dim = 3, .directions = 4}, "integers: exact", Fill::integers},
                {{.n = 64, .m = 16, .dim = 2, .directions = 2, .p = 1}, "integers, of different sizes", Fill::integers},
                {{.n = 40, .m = 30}, "a coordinate that is no number", Fill::hostile},
                {{.n = 41, .m = 30, .p = 1}, "a coordinate at infinity", Fill::hostile},
                {{.n = 700, .m = 513, .dim = 5, .directions = 5}, "more than a block of threads"},
                {{.n = 1000, .m = 1000, .dim = 3, .directions = 64}, "what libraries show", Fill::normal, Use::bench},
                {{.n = 10000, .m = 10000, .dim = 64, .directions = 64}, "wide", Fill::normal, Use::bench},
                {{.n = 16384, .m = 16384, .dim = 64, .directions = 264}, "many directions", Fill::normal, Use::device},
            });

ASSAY_CASES(Bures, "score_wasserstein",
            {
                {{.batch = 0, .dim = 3}, "no pair"},
                {{.batch = 5, .dim = 1}, "variances: (s1 - s2)^2"},
                {{.batch = 9, .dim = 2}, "the least matrices; one past eight lanes"},
                {{.batch = 4, .dim = 7}, "odd"},
                {{.batch = 4, .dim = 16}, "as many columns as lanes"},
                {{.batch = 4, .dim = 33}, "one past a warp"},
                {{.batch = 8, .dim = 4}, "covariances that are none", Fill::hostile},
                {{.batch = 64, .dim = 2}, "many small ones", Fill::normal, Use::bench},
                {{.batch = 64, .dim = 16}, "what fits into registers no more", Fill::normal, Use::bench},
                {{.batch = 8, .dim = 128}, "few large ones", Fill::normal, Use::bench},
            });

ASSAY_CASES(
    Sinkhorn, "score_wasserstein",
    {
        {{.n = 1, .m = 1, .dim = 1}, "one pair: its cost"},
        {{.n = 1, .m = 33}, "one point: the mean of its costs, for any eps"},
        {{.n = 33, .m = 1}, "the same the other way round"},
        {{.n = 5, .m = 3, .dim = 1, .iterations = 1}, "one sweep"},
        {{.n = 31, .m = 17, .dim = 3, .iterations = 2}, "odd sizes, weights of zero"},
        {{.n = 64, .m = 65, .dim = 7}, "one past eight vectors; odd width"},
        {{.n = 40, .m = 130, .dim = 64, .eps = 20, .iterations = 3}, "wide points"},
        {{.n = 48, .m = 40, .eps = 0.05}, "sharp: few pairs matter, sums move their origin"},
        {{.n = 20, .m = 20, .eps = 1e-6, .iterations = 2}, "too sharp for fp32, where it is refused"},
        {{.n = 20, .m = 20, .eps = 1000, .iterations = 2}, "blunt: the product of the weights"},
        {{.n = 20, .m = 30}, "a point that is no number", Fill::hostile},
        {{.n = 300, .m = 257, .iterations = 2}, "several tiles of columns"},
        {{.n = 2060, .m = 5, .eps = 0.02, .iterations = 1}, "enough rows for large tiles; sums beyond 2^-60 in the first sweep"},
        {{.n = 5, .m = 6150, .dim = 3, .iterations = 1}, "enough columns for them, in space"},
        {{.n = 6150, .m = 5, .dim = 20, .eps = 0.5, .iterations = 1}, "wide points in large tiles, sharp"},
        {{.n = 70, .m = 1100, .dim = 40, .eps = 12, .iterations = 1}, "more wide points than four tiles of 128"},
        {{.n = 6150, .m = 5, .dim = 3, .iterations = 1}, "enough rows, in space"},
        {{.n = 5, .m = 2060, .iterations = 1}, "enough columns, in the plane"},
        {{.n = 5, .m = 6150, .dim = 20, .iterations = 1}, "enough columns, wide"},
        {{.n = 1000, .m = 1000, .eps = 0.1, .iterations = 100}, "what libraries show", Fill::normal, Use::bench},
        {{.n = 1000, .m = 1000, .dim = 64, .eps = 10, .iterations = 10}, "costs outweigh exponentials", Fill::normal, Use::bench},
        {{.n = 512, .m = 512, .dim = 1024, .eps = 200, .iterations = 5}, "who keeps the costs may win", Fill::normal, Use::bench},
        {{.n = 8192, .m = 8192, .iterations = 2}, "67 million pairs in the plane", Fill::normal, Use::device},
        {{.n = 20480, .m = 20480, .iterations = 1}, "420 million pairs in the plane", Fill::normal, Use::device},
        {{.n = 8192, .m = 8192, .dim = 64, .eps = 10, .iterations = 2}, "67 million pairs in 64 dimensions", Fill::normal, Use::device},
    });

ASSAY_CASES(SinkhornGrad, "score_wasserstein",
            {
                {{.n = 1, .m = 1, .dim = 1}, "one pair"},
                {{.n = 31, .m = 17, .dim = 3}, "odd sizes, weights of zero"},
                {{.n = 64, .m = 65, .dim = 7}, "odd width"},
                {{.n = 48, .m = 40, .eps = 0.05}, "sharp"},
                {{.n = 20, .m = 20, .eps = 1e-6}, "too sharp for fp32, where it is refused"},
                {{.n = 20, .m = 30}, "an infinite potential", Fill::hostile},
                {{.n = 1000, .m = 1000, .eps = 0.1}, "what libraries show", Fill::normal, Use::bench},
            });

} // namespace assay
