// Several outputs of different type: the largest entry of each row, its position, and whether it is positive.
#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyPeak {
  static constexpr std::string_view name = "toy_peak";
  struct Problem {
    int rows = 0, dim = 1;
  };
  template <class T = double> struct Args {
    const T* x;
    T* peak;
    std::int32_t* where; // the first of equals
    std::uint8_t* positive;
  };
  static void axes(auto& p, auto&& v) {
    v("rows", p.rows);
    v("dim", p.dim);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.rows, p.dim});
    v.out("peak", a.peak, {p.rows});
    v.out("where", a.where, {p.rows});
    v.out("positive", a.positive, {p.rows});
  }
  static std::string refuse(const Problem& p) { return p.dim < 1 ? "an empty row has no peak" : ""; }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(p.rows) * p.dim}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
    Truth peak, where, positive;
    for (int r = 0; r < p.rows; ++r) {
      int best = 0;
      for (int d = 1; d < p.dim; ++d)
        if (before.x[r * p.dim + d] > before.x[r * p.dim + best]) best = d;
      peak.value.push_back(before.x[r * p.dim + best]);
      where.value.push_back(best);
      positive.value.push_back(peak.value.back() > 0 ? 1 : 0);
    }
    for (Truth* output : {&peak, &where, &positive}) output->bound.assign(output->value.size(), 0); // nothing is rounded
    return {peak, where, positive};
  }
};

void peaks(const ToyPeak::Problem& p, const ToyPeak::Args<float>& a, const Launch&) {
  for (int r = 0; r < p.rows; ++r) {
    a.where[r] = 0;
    a.peak[r] = a.x[r * p.dim];
    for (int d = 1; d < p.dim; ++d)
      if (a.x[r * p.dim + d] > a.peak[r]) {
        a.peak[r] = a.x[r * p.dim + d];
        a.where[r] = d;
      }
    a.positive[r] = a.peak[r] > 0 ? 1 : 0;
  }
}

ASSAY_VARIANT(Variant<ToyPeak, float>{
    .name = "cpu_naive", .idea = "row by row", .numerics = numerics::f32, .repeatable = true, .run = peaks});

ASSAY_CASES(ToyPeak, "toys",
            {{{13, 1}, "rows of one: either sign"}, {{31, 7}, "odd"}, {{31, 30}, "17 values: ties in every row", Fill::integers}});

} // namespace
} // namespace assay
