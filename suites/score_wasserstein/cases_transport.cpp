// Cases of the ops of transport. Every variant and type runs all of them, so sizes are as small as their reason allows.
#include "suites/harness/cases.hpp"

#include "reference/transport/assignment.hpp"
#include "reference/transport/sinkhorn.hpp"
#include "reference/transport/sinkhorn_grad.hpp"

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
            });

ASSAY_CASES(Sinkhorn, "score_wasserstein",
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
                {{.n = 1000, .m = 1000, .eps = 0.1, .iterations = 100}, "what libraries show", Fill::normal, Use::bench},
                {{.n = 1000, .m = 1000, .dim = 64, .eps = 10, .iterations = 10}, "costs outweigh exponentials", Fill::normal, Use::bench},
                {{.n = 512, .m = 512, .dim = 1024, .eps = 200, .iterations = 5}, "who keeps the costs may win", Fill::normal, Use::bench},
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
