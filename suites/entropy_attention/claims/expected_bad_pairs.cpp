#include <cmath>
#include <cstdlib>
#include <string>

#include "reference/projection/jl.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, scale, degrees_of_freedom };

// Orthonormal points: their images under A are independent, all distances are sqrt(2). A staircase x_i = e_1 + ... + e_i:
// its images are the partial sums of the same vectors and its pairs depend strongly on each other.
double simplex(int, int) { return 2; }
double staircase(int i, int j) { return std::abs(i - j); }

struct Setting {
  std::string_view name;
  double (*squared)(int i, int j); // distance of points i and j
  int n, d;
  double eps;
  int repetitions;
  bool always;           // counted in every run, or in thorough runs only
  double expected, unit; // printed value of n (n-1)/2 p(d, eps) and its last digit; 0: none
};

// Repetitions: enough for a broken law to miss by ten standard errors.
constexpr Setting settings[] = {{"simplex n=64 d=64 eps=.5", simplex, 64, 64, .5, 1500, true, 12.502, .001},
                                {"simplex n=256 d=128 eps=.5", simplex, 256, 128, .5, 1500, false, 7.090, .001},
                                {"simplex n=256 d=300 eps=.3", simplex, 256, 300, .3, 1500, false, 12.230, .001},
                                {"staircase n=16 d=48 eps=.5", staircase, 16, 48, .5, 12000, true, 0, 0}};

jl::Tails tails(Broken broken, double d, double eps) {
  return jl::chi_squared_tails(broken == degrees_of_freedom ? d - 2 : d, d * (1 - eps), d * (1 + eps));
}

// Counts inside one repetition depend on each other; repetitions have an A each and do not. So the standard error is that of
// the mean over repetitions.
double standard_errors_off(Inquiry& inquiry, const Setting& setting, double expected, Broken broken) {
  const int dims[] = {setting.d};
  const std::uint64_t key = key_of(inquiry.seed, "jl.expected-bad-pairs " + std::string(setting.name));
  jl::Cloud cloud(setting.n, setting.d);
  double sum = 0, squares = 0;
  for (int r = 0; r < setting.repetitions; ++r) {
    fill_normal(key, static_cast<std::uint32_t>(r), cloud.y);
    if (setting.squared == staircase)
      for (int i = 1; i < setting.n; ++i)
        for (int k = 0; k < setting.d; ++k) cloud.at(i, k) += cloud.at(i - 1, k);
    if (broken == scale)
      for (double& y : cloud.y) y *= std::sqrt(setting.d / (setting.d + 1.0));
    std::int64_t bad[1];
    jl::count_bad_pairs(cloud, dims, setting.eps, setting.squared, bad);
    sum += static_cast<double>(bad[0]);
    squares += static_cast<double>(bad[0]) * static_cast<double>(bad[0]);
  }
  const double mean = sum / setting.repetitions,
               error = std::sqrt((squares / setting.repetitions - mean * mean) / (setting.repetitions - 1));
  inquiry.row(
      "bad_pairs",
      {{"n", setting.n}, {"d", setting.d}, {"eps", setting.eps}, {"mean", mean}, {"standard_error", error}, {"expected", expected}});
  return (mean - expected) / error;
}

void ask(Inquiry& inquiry) {
  const auto broken = static_cast<Broken>(inquiry.broken);
  const auto [lower, upper] = tails(broken, 128, .5);
  inquiry.check(identity("upper tail at d = 128, eps = .5", upper, 2.16798821e-4, .5e-12 + jl::tail_error * upper));
  inquiry.check(identity("lower tail at d = 128, eps = .5", lower, 4.1e-7, .5e-8 + jl::tail_error * lower));
  for (const Setting& setting : settings) {
    const std::string at = ", " + std::string(setting.name);
    const jl::Tails one = tails(broken, setting.d, setting.eps);
    const double expected = jl::pairs_of(setting.n) * (one.lower + one.upper);
    if (setting.unit > 0)
      inquiry.check(identity("n (n-1)/2 p(d, eps)" + at, expected, setting.expected, setting.unit / 2 + jl::tail_error * expected));
    if (setting.always || inquiry.thorough)
      inquiry.check(sampled("mean number of bad pairs" + at, standard_errors_off(inquiry, setting, expected, broken), 1e-7));
  }
}

ASSAY_CLAIM(
    {.id = "claim/entropy_attention/expected-bad-pairs",
     .statement =
         "A Gaussian projection to d dimensions leaves n(n-1)/2 P(|chi^2_d/d - 1| > eps) bad pairs on average, whatever the points are.",
     .source = "kexue.fm/archives/8679 and 9588, with the exact law in place of its bound",
     .kind = Kind::sampled,
     .broken_by = {"A scaled by 1/sqrt(d + 1)", "chi-square law with d - 2 degrees of freedom"},
     .ask = ask});

} // namespace
} // namespace assay
