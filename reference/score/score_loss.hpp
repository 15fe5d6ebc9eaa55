// Losses of score matching of a model's scores s, one for each level of noise; score_loss_bwd.hpp has their gradients.
//   loss = (1/n) sum_i y_i over the n points of a level,
//   explicit   y = |s - t|^2                t: the true scores
//   denoising  y = |s + z / b|^2            x_t = a x_0 + b z, of which -z / b is the conditional score; b > 0, one of each level
//   implicit   y = |s|^2 / 2 + div s
//   sliced     y = (v.s)^2 / 2 + v.(Ds v)   v: random directions with E v v^T = 1
//   reduced    y = |s|^2 / 2 + v.(Ds v)     the same with the first term averaged over v
// In expectation denoising - explicit does not depend on s, and the last three are explicit / 2 - E |t|^2 / 2 where p s vanishes at the
// boundary. Hyvarinen (JMLR 6, 2005); Vincent (Neural Computation 23, 2011); Song et al., arXiv 1905.07088.
//
// Bound. u = Numerics::add; gamma(k) = k u / (1 - k u), chains through growth(k). Terms are computed with unit u and added in double, in an
// order that is always the same: what the sum adds is growth(N) 2^-53 of the sizes of its N terms. A NaN takes its level only.
//   r = s - t: u |r|;   s + z / b: gamma(3) |z| / b + u |r|;   r^2: (2 |r| + delta) delta + 2 u r^2;   v.(Ds v): 2 u a term
//   q = v.s: gamma(growth(d)) sum |v_i s_i|;   q^2 / 2: (|q| + delta / 2) delta + 2 u q^2
//   loss: 2 u |loss| for the division and storage, N 2^-126 for underflow; undecidable with a square beyond 2^126, which may overflow
#pragma once

#include <vector>

#include "reference/op.hpp"

namespace assay {

namespace score {

enum class Matching : std::uint8_t { exact, denoising, implicit, sliced, reduced };
constexpr std::string_view name_of(Matching kind) {
  constexpr std::string_view names[] = {"explicit", "denoising", "implicit", "sliced", "reduced", ""};
  return names[static_cast<int>(kind)];
}
constexpr bool is_sliced(Matching kind) { return kind == Matching::sliced || kind == Matching::reduced; }

struct LossProblem {
  Matching kind = Matching::exact;
  int levels = 2, points = 64, dim = 3; // points: of each level
};

} // namespace score

struct ScoreLoss {
  static constexpr std::string_view name = "score_loss";
  using Problem = score::LossProblem;
  template <class T = double> struct Args {
    const T* s;              // [levels, n, d]
    const T* other;          // [levels, n, d] t, z or v; nothing for implicit
    const T* product;        // [levels, n, d] Ds v, of sliced and reduced
    const float* noise;      // [levels] b, of denoising
    const float* divergence; // [levels, n] div s, of implicit
    float* loss;             // [levels]
  };
  static void axes(auto& p, auto&& v) {
    v("kind", p.kind);
    v("levels", p.levels);
    v("points", p.points);
    v("dim", p.dim);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    using score::Matching;
    v.in("s", a.s, {p.levels, p.points, p.dim});
    v.in("other", a.other, {p.kind == Matching::implicit ? 0 : p.levels, p.points, p.dim});
    v.in("product", a.product, {score::is_sliced(p.kind) ? p.levels : 0, p.points, p.dim});
    v.in("noise", a.noise, {p.kind == Matching::denoising ? p.levels : 0});
    v.in("divergence", a.divergence, {p.kind == Matching::implicit ? p.levels : 0, p.points});
    v.out("loss", a.loss, {p.levels});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
