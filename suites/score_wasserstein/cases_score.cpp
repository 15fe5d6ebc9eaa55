// Cases of the ops around score matching. Every variant and type runs all of them, so sizes are as small as their reason allows.
#include "suites/harness/cases.hpp"

#include "reference/score/gmm_score.hpp"
#include "reference/score/score_loss_bwd.hpp"

namespace assay {
namespace {

constexpr score::Covariance diagonal = score::Covariance::diagonal, cholesky = score::Covariance::cholesky;

using score::Matching;

// Of a loss and of its gradient.
template <class Op> std::vector<Case<Op>> losses() {
  std::vector<Case<Op>> list;
  for (const Matching kind : {Matching::exact, Matching::denoising, Matching::implicit, Matching::sliced, Matching::reduced}) {
    list.insert(list.end(), {
                                {{.kind = kind, .levels = 1, .points = 1, .dim = 1}, "one number"},
                                {{.kind = kind, .points = 67, .dim = 3}, "no vector is whole"},
                                {{.kind = kind, .levels = 5, .points = 5, .dim = 33}, "one past 32 dimensions"},
                                {{.kind = kind, .points = 1025, .dim = 2}, "one past 1024 points"},
                                {{.kind = kind, .points = 3, .dim = 1100}, "long rows"},
                                {{.kind = kind, .levels = 70, .points = 2, .dim = 1}, "more levels than points"},
                                {{.kind = kind, .levels = 4, .points = 64, .dim = 4}, "exact", Fill::integers},
                                {{.kind = kind, .levels = 3, .points = 33, .dim = 5}, "a NaN in one level", Fill::hostile},
                                {{.kind = kind, .levels = 3, .points = 34, .dim = 5}, "an infinity in one level", Fill::hostile},
                            });
    if (kind == Matching::exact || kind == Matching::sliced) // the others move as many bytes as one of these
      list.push_back({{.kind = kind, .levels = 1, .points = 1 << 18, .dim = 16}, "beyond the caches", Fill::normal, Use::bench});
    if (kind == Matching::sliced)
      list.push_back({{.kind = kind, .levels = 1, .points = 1 << 20, .dim = 2}, "points of the plane", Fill::normal, Use::bench});
    if (kind == Matching::exact)
      list.push_back(
          {{.kind = kind, .levels = 1, .points = 1 << 21, .dim = 16}, "beyond the caches of a device", Fill::normal, Use::device});
  }
  return list;
}

} // namespace

ASSAY_CASES(ScoreLoss, "score_wasserstein", losses<ScoreLoss>());
ASSAY_CASES(ScoreLossBwd, "score_wasserstein", losses<ScoreLossBwd>());

ASSAY_CASES(GmmScore, "score_wasserstein",
            {
                // sizes
                {{.points = 0}, "no point"},
                {{.points = 1, .dim = 1, .components = 1}, "one Gaussian on the line: a linear score"},
                {{.points = 5, .dim = 1, .components = 2}, "two modes on the line"},
                {{.points = 33, .dim = 2, .components = 3}, "one past 32 points; an odd number of components"},
                {{.points = 65, .dim = 5, .components = 17}, "one past 16 components and past 64 points"},
                {{.points = 129, .dim = 7, .components = 16}, "one past 128 points"},
                {{.points = 13, .dim = 33, .components = 5}, "one past 32 dimensions"},
                {{.points = 7, .dim = 64, .components = 65}, "many dimensions and components"},
                {{.points = 4, .dim = 4, .components = 200}, "the largest exponent moves many times"},
                {{.points = 300, .dim = 4, .components = 64}, "as many components as one origin serves; past 256 points"},
                {{.points = 1025, .dim = 8, .components = 5}, "whole vectors of dimensions, one past 1024 points"},
                {{.points = 130, .dim = 64, .components = 3}, "many dimensions, past 128 points"},
                {{.points = 3, .dim = 131, .components = 2}, "more dimensions than a thread has registers"},
                // covariances
                {{.points = 33, .dim = 1, .components = 3, .covariance = diagonal}, "diagonal on the line"},
                {{.points = 70, .dim = 6, .components = 19, .covariance = diagonal}, "diagonal, odd sizes"},
                {{.points = 9, .dim = 64, .components = 9, .covariance = diagonal}, "diagonal, many dimensions"},
                {{.points = 131, .dim = 16, .components = 6, .covariance = diagonal}, "diagonal, whole vectors of dimensions"},
                {{.points = 33, .dim = 1, .components = 3, .covariance = cholesky}, "a factor of one number"},
                {{.points = 40, .dim = 2, .components = 2, .covariance = cholesky}, "tilted ellipses in the plane"},
                {{.points = 66, .dim = 9, .components = 18, .covariance = cholesky}, "full covariances, odd sizes"},
                {{.points = 5, .dim = 32, .components = 3, .covariance = cholesky}, "full covariances in 32 dimensions"},
                {{.points = 5, .dim = 37, .components = 2, .covariance = cholesky}, "full covariances beyond 32 dimensions"},
                // outputs
                {{.points = 34, .log_density = false, .divergence = false}, "the score alone"},
                {{.points = 34, .divergence = false}, "without the divergence"},
                {{.points = 34, .log_density = false}, "without the density"},
                {{.points = 34, .covariance = diagonal, .log_density = false, .divergence = false}, "the score alone, diagonal"},
                {{.points = 34, .covariance = cholesky, .log_density = false, .divergence = false}, "the score alone, full covariances"},
                // exact
                {{.points = 40, .dim = 5, .components = 1, .log_density = false, .divergence = false},
                 "one component is exactly linear",
                 Fill::integers},
                {{.points = 40, .dim = 5, .components = 1, .covariance = diagonal, .log_density = false, .divergence = false},
                 "the same with a diagonal",
                 Fill::integers},
                {{.points = 40, .dim = 5, .components = 1, .covariance = cholesky, .log_density = false, .divergence = false},
                 "the same with a factor",
                 Fill::integers},
                // hostile
                {{.points = 90, .dim = 2, .components = 5}, "NaN, infinities, far tails, a weight of zero", Fill::hostile},
                {{.points = 90, .dim = 3, .components = 18, .covariance = diagonal}, "hostile points, diagonal", Fill::hostile},
                {{.points = 90, .dim = 3, .components = 4, .covariance = cholesky},
                 "hostile points; above the diagonal of a factor stands NaN",
                 Fill::hostile},
                {{.points = 40, .dim = 2, .components = 1}, "hostile points, one component", Fill::hostile},
                // timed
                {{.points = 1 << 20, .dim = 2, .components = 8, .divergence = false}, "a toy density of papers", Fill::normal, Use::bench},
                {{.points = 1 << 18, .dim = 8, .components = 16, .divergence = false}, "few dimensions", Fill::normal, Use::bench},
                {{.points = 1 << 14, .dim = 64, .components = 64, .divergence = false}, "many of both", Fill::normal, Use::bench},
                {{.points = 1 << 18, .dim = 8, .components = 16}, "what the divergence costs", Fill::normal, Use::bench},
                {{.points = 1 << 16, .dim = 8, .components = 16, .covariance = diagonal, .divergence = false},
                 "diagonal covariances",
                 Fill::normal,
                 Use::bench},
                {{.points = 1 << 14, .dim = 16, .components = 8, .covariance = cholesky, .divergence = false},
                 "full covariances",
                 Fill::normal,
                 Use::bench},
                {{.points = 1 << 22, .dim = 8, .components = 16, .divergence = false}, "4 million points", Fill::normal, Use::device},
                {{.points = 1 << 22, .dim = 8, .components = 8, .divergence = false},
                 "as many components as dimensions",
                 Fill::normal,
                 Use::device},
                {{.points = 1 << 18, .dim = 64, .components = 64, .divergence = false}, "many of all", Fill::normal, Use::device},
            });

} // namespace assay
