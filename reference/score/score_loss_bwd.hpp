// Gradients of the losses of score_loss.hpp with respect to the model's scores s; explicit, denoising, implicit, sliced, reduced:
//   2 (s - t) / n,  2 (s + z / b) / n,  s / n,  (v.s) v / n,  s / n
// kept in fp32, since 1 / n leaves the range of fp16.
//
// Bound, in the terms of that header: the error of r or q, and gamma(3) of its size for products and the division.
#pragma once

#include "reference/score/score_loss.hpp"

namespace assay {

struct ScoreLossBwd {
  static constexpr std::string_view name = "score_loss_bwd";
  using Problem = score::LossProblem;
  template <class T = double> struct Args {
    const T* s;         // [levels, n, d]
    const T* other;     // [levels, n, d] t, z or v; nothing for implicit and reduced
    const float* noise; // [levels] b, of denoising
    float* d_s;         // [levels, n, d], each of its own level's loss
  };
  static void axes(auto& p, auto&& v) { ScoreLoss::axes(p, v); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    using score::Matching;
    v.in("s", a.s, {p.levels, p.points, p.dim});
    v.in("other", a.other, {p.kind == Matching::implicit || p.kind == Matching::reduced ? 0 : p.levels, p.points, p.dim});
    v.in("noise", a.noise, {p.kind == Matching::denoising ? p.levels : 0});
    v.out("d_s", a.d_s, {p.levels, p.points, p.dim});
  }
  static std::string refuse(const Problem& p) { return ScoreLoss::refuse(p); }
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
