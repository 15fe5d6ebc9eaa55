// Lists with offsets: the lengths come from a named layout, and the op fills its integer array itself.
#include <cmath>
#include <span>

#include "reference/random.hpp"
#include "suites/harness/cases.hpp"

namespace assay {
namespace {

std::vector<std::int32_t> offsets_of(std::string_view lengths) {
  std::vector<std::int32_t> offsets{0};
  const auto add = [&](std::int32_t length) { offsets.push_back(offsets.back() + length); };
  if (lengths == "ragged")
    for (const std::int32_t length : {0, 5, 1, 0, 33, 7, 0}) add(length);
  if (lengths == "one") add(11);
  return offsets;
}

struct ToySegmentSum {
  static constexpr std::string_view name = "toy_segment_sum";
  struct Problem {
    std::string lengths;
  };
  template <class T = double> struct Args {
    const std::int32_t* offset; // list k is x[offset[k]] .. x[offset[k + 1] - 1]
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) { v("lengths", p.lengths); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const std::vector<std::int32_t> offsets = offsets_of(p.lengths);
    const auto lists = static_cast<std::int64_t>(offsets.size());
    v.in("offset", a.offset, {lists});
    v.in("x", a.x, {offsets.back()});
    v.out("y", a.y, {lists - 1});
  }
  static std::string refuse(const Problem& p) { return offsets_of(p.lengths).size() < 2 ? "lengths '" + p.lengths + "' is no layout" : ""; }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(offsets_of(p.lengths).back())}; }
  static void fill(const Problem& p, Args<>& a, Fill fill, Random random) {
    const std::vector<std::int32_t> offsets = offsets_of(p.lengths);
    std::copy(offsets.begin(), offsets.end(), const_cast<std::int32_t*>(a.offset));
    const std::span<double> x(const_cast<double*>(a.x), static_cast<std::size_t>(offsets.back()));
    if (fill == Fill::integers)
      fill_integers(random.key, 0, -8, 8, x);
    else
      fill_normal(random.key, 0, x);
  }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample) {
    Truth y;
    const std::vector<std::int32_t> offsets = offsets_of(p.lengths);
    for (std::size_t k = 0; k + 1 < offsets.size(); ++k) {
      double sum = 0, size = 0;
      for (std::int32_t i = offsets[k]; i < offsets[k + 1]; ++i) {
        sum += before.x[i];
        size += std::fabs(before.x[i]);
      }
      y.value.push_back(sum);
      y.bound.push_back(growth(offsets[k + 1] - offsets[k]) * numerics.add * size);
    }
    return {y};
  }
};

void sums(const ToySegmentSum::Problem& p, const ToySegmentSum::Args<float>& a, const Launch&) {
  const std::size_t lists = offsets_of(p.lengths).size() - 1;
  for (std::size_t k = 0; k < lists; ++k) {
    a.y[k] = 0;
    for (std::int32_t i = a.offset[k]; i < a.offset[k + 1]; ++i) a.y[k] += a.x[i];
  }
}

ASSAY_VARIANT(Variant<ToySegmentSum, float>{
    .name = "cpu_naive", .idea = "list by list", .numerics = numerics::f32, .repeatable = true, .run = sums});

ASSAY_CASES(ToySegmentSum, "toys",
            {{{"one"}, "a single list"}, {{"ragged"}, "empty lists first, inside and last"}, {{"ragged"}, "exact", Fill::integers}});

} // namespace
} // namespace assay
