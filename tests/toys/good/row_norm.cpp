// At benchmark size the truth covers a sample of the rows, drawn by the sample's key.
#include <cmath>

#include "reference/random.hpp"
#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyRowNorm {
  static constexpr std::string_view name = "toy_row_norm";
  struct Problem {
    std::int64_t rows = 0;
    int dim = 3;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) {
    v("rows", p.rows);
    v("dim", p.dim);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.rows, p.dim});
    v.out("y", a.y, {p.rows});
  }
  static Work work(const Problem& p, const Numerics&) { return {.flops = 2.0 * static_cast<double>(p.rows * p.dim)}; }
  // A row's sum has dim products and dim - 1 additions in a chain, the root halves their relative error and is rounded.
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample sample) {
    Truth y;
    const bool all = sample.most == 0 || sample.most >= p.rows;
    const std::int64_t covered = all ? p.rows : sample.most;
    for (std::int64_t k = 0; k < covered; ++k) {
      const std::int64_t row =
          all ? k : static_cast<std::int64_t>(uniforms(sample.key, 0, static_cast<std::uint64_t>(k))[0] * static_cast<double>(p.rows));
      if (!all) y.at.push_back(row);
      double sum = 0;
      for (int d = 0; d < p.dim; ++d) sum += before.x[row * p.dim + d] * before.x[row * p.dim + d];
      y.value.push_back(std::sqrt(sum));
      y.bound.push_back(((growth(p.dim + 1) / 2 + 1) * numerics.add + numerics.store) * y.value.back());
    }
    return {y};
  }
};

void norms(const ToyRowNorm::Problem& p, const ToyRowNorm::Args<float>& a, const Launch&) {
  for (std::int64_t row = 0; row < p.rows; ++row) {
    float sum = 0;
    for (int d = 0; d < p.dim; ++d) sum += a.x[row * p.dim + d] * a.x[row * p.dim + d];
    a.y[row] = std::sqrt(sum);
  }
}

ASSAY_VARIANT(Variant<ToyRowNorm, float>{
    .name = "cpu_naive", .idea = "row by row", .numerics = numerics::f32, .repeatable = true, .run = norms});

ASSAY_CASES(ToyRowNorm, "toys",
            {{{1, 1}, "one element"},
             {{7, 11}, "odd"},
             {{1'200'000, 2}, "more outputs than the truth covers of a timed case", Fill::normal, Use::bench}});

} // namespace
} // namespace assay
