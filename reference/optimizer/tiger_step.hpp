// The last micro-step of a Tiger update over a list of tensors: momentum, sign step with decoupled decay, relative rates.
// Source: Su Jianlin, "Tiger: a tight-fisted optimizer", kexue.fm/archives/9512 (2023-03-07); accumulation inside the
// momentum: "Gradient accumulation hidden in momentum", kexue.fm/archives/8634 (2021-08-24).
//
// With t0 = step, counted from 0, k = window, b = beta if t0 mod k = 0 and 1 otherwise, a = alpha * schedule(t0):
//   m'     = b m + ((1 - beta) / k) g
//   eta    = a / 2 and lambda = 0                                    vectors and norm gains
//   eta    = a sqrt(sum_sq / n) and lambda = decay                   other groups of n elements: matrices, embedding rows
//   theta' = theta - eta (sign(m') + lambda theta),                  sign(0) = 0, sign(NaN) = NaN
// A bad tensor (guard.hpp) takes, instead of the last line, theta' = c + shrink (theta - c), c = 1 for gains, else 0;
//   policy immediate: m' = m;  policy window: m' = b m, and a sticky flag makes the tensor bad for theta alone.
// The step is the last of its window, t0 + 1 = 0 mod k; the others are tiger_accumulate.
//
// Order of operations, which a variant has to keep because other forms differ by ulps and flip signs near zero: in fp32,
// m' = fma(b^, m, c^ g), b^ = round(b), c^ = round((1 - beta) / k) from double. Not 1 - round(beta): off by up to 2^-25/(1-beta).
//
// Truth: the formulas above in double, from beta, decay, alpha and shrink as the problem has them, not from rounded ones.
// In the cached form sum_sq is taken as given, even if it does not belong to theta.
// Bound, with u = Numerics::add, u_s that of stored parameters, gamma(k) = k u / (1 - k u), m' below the exact value:
//   |m^ - m'| <= E = gamma(2) |b m| + gamma(3) |c g| + underflow (bounds.hpp; gamma(1) |m| for b = 1): one call only, the
//     window's earlier micro-steps are in m as given. E = 0 where both terms are zero: the sign of zero is not ambiguous.
//   eta^: at most 5 roundings (a, sqrt, 1/sqrt(n), two products; the sum itself is given), and in the full form the sum's
//     growth(h) roundings, halved by the root. sign + lambda theta: at most 2 (lambda, sum). Hence
//   |theta^ - theta'| <= u_s |theta'| + eta (1 + lambda |theta|) ((growth(h) / 2 + 7) u + O(u^2)) + underflow, h = 0 if cached.
//     (An operation count of 4 in place of 7 holds only when rates are computed in double.)
//   Where 0 < |m'| + E and |m'| <= E the sign is ambiguous and theta^ may be off by 2 eta more, which is added: such entries
//     stay decided. Synchronise theta before comparing further steps.
//   new_sum_sq: 2 |theta'| e + e^2 summed over the bounds e of theta, and the bound of sum_of_squares. Judged once more and
//     tighter against the parameters as stored (judge), since storage in bf16 alone moves the sum by up to 2^-7.
//   With guard off, or nan_only and an infinity, momenta and parameters become infinite or NaN as the formulas say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"
#include "reference/optimizer/guard.hpp"
#include "reference/optimizer/schedule.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay {

struct TigerStep {
  static constexpr std::string_view name = "tiger_step";
  struct Problem {
    std::string tensors; // see tensors.hpp
    double alpha = 1e-3, beta = 0.965, decay = 0.01, shrink = 0.99;
    int window = 1;        // micro-steps per update
    std::int64_t step = 0; // this micro-step, counted from 0
    optimizer::Guard guard = optimizer::Guard::off;
    optimizer::Policy policy = optimizer::Policy::window;
    optimizer::Passes passes = optimizer::Passes::cached;
    optimizer::Schedule schedule = optimizer::Schedule::constant;
  };
  // Storage of parameters, gradients and momenta.
  template <class P = double, class G = double, class M = double> struct Args {
    P* theta;                // [elements]
    const G* g;              // [elements]
    M* m;                    // [elements]
    const float* sum_sq;     // [groups] of the old theta; not looked at with passes = full
    const std::uint8_t* bad; // [tensors]; not looked at with passes = full or guard = off
    std::uint8_t* sticky;    // [tensors] any bad micro-step of this window so far; used up (set to 0) with policy window, else left alone
    float* new_sum_sq;       // [groups] of the new theta as stored: sum_sq of the next update
  };
  static void axes(auto& p, auto&& v) {
    v("tensors", p.tensors);
    v("alpha", p.alpha);
    v("beta", p.beta);
    v("decay", p.decay);
    v("shrink", p.shrink);
    v("window", p.window);
    v("step", p.step);
    v("guard", p.guard);
    v("policy", p.policy);
    v("passes", p.passes);
    v("schedule", p.schedule);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const optimizer::Layout list = optimizer::layout(p.tensors);
    v.inout("theta", a.theta, {list.elements});
    v.in("g", a.g, {list.elements});
    v.inout("m", a.m, {list.elements});
    v.in("sum_sq", a.sum_sq, {list.groups});
    v.in("bad", a.bad, {list.count()});
    v.inout("sticky", a.sticky, {list.count()});
    v.out("new_sum_sq", a.new_sum_sq, {list.groups});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
  static std::vector<Check> judge(const Problem&, const Args<>& before, const Args<>& after, const Numerics&);
};

namespace optimizer {
// Policy window with a guard: the only case in which sticky flags are read and used up.
inline bool uses_sticky(const TigerStep::Problem& p) { return p.guard != Guard::off && p.policy == Policy::window; }
} // namespace optimizer

} // namespace assay
