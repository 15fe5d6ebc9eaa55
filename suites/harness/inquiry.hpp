// Claims and laws: theorems as living tests. A claim is asked in its true form and once per control, a broken form of
// itself; the true form must hold and every control must fail, or the claim proves nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/variant.hpp"
#include "reference/math/estimate.hpp"
#include "reference/op.hpp"

namespace assay {

// What a claim rests on. exact: equality up to computed rounding; bound: an inequality; rate: a fitted exponent or slope;
// sampled: fails by chance with the declared alpha; observed: a typed band, never counted as proven.
enum class Kind : std::uint8_t { exact, bound, rate, sampled, observed };

// Rows of one figure, written as a `series` record; every row of a series has the same columns.
struct Series {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;
};

struct Inquiry {
  std::uint64_t seed = 1;
  int broken = 0;        // 0: the true form; k: the k-th entry of broken_by
  bool thorough = false; // more cases and samples, for nightly runs
  std::vector<Check> checks;
  std::vector<Series> series;
  Numerics numerics{}; // of the variant that a law is asked of

  // `what` names the check. It is the same in the true form and in the controls: a check that no control ever fails is
  // reported as unproven.
  void check(Check check);
  void row(std::string_view series, std::initializer_list<std::pair<std::string_view, double>> values);
};

struct Claim {
  std::string_view id;        // claim/<subject>/<statement>; the file is suites/<subject>/claims/<statement, - as _>.cpp
  std::string_view statement; // one sentence in words
  std::string_view source;    // article or paper with number or section
  Kind kind;
  std::vector<std::string_view> broken_by; // the controls, each named by the ingredient that it breaks
  void (*ask)(Inquiry&);
};

// One variant, seen in double: outputs of `args` are overwritten, inputs are rounded to the variant's storage first.
template <class Op> using Apply = std::function<void(const typename Op::Problem&, typename Op::template Args<>&)>;

template <class Op> struct Law {
  std::string_view name, statement;
  std::vector<std::string_view> broken_by;
  void (*ask)(Inquiry&, const Apply<Op>&);
};

// Makers of checks. `slack` is computed by the caller from quadrature errors, truncation orders or standard errors.
Check identity(std::string what, double left, double right, double slack); // |left - right| <= slack
// `measured` is the number that was published as `published`, like "0.119" or "-4.3e-16", to its last printed digit: half a unit of it, and
// `slack` for what is known of the error of `measured`. `python -m reports.golden` makes a table of them.
Check golden(std::string what, double measured, std::string_view published, double slack = 0);
Check inequality(std::string what, double left, double right, double slack = 0); // left <= right + slack
// The same of Estimates: an identity within the errors of both sides, an inequality against them.
Check identity(std::string what, math::Estimate left, math::Estimate right);
Check golden(std::string what, math::Estimate measured, std::string_view published);
Check inequality(std::string what, math::Estimate left, math::Estimate right);
Check bitwise(std::string what, std::int64_t differing); // no element differs
Check sampled(std::string what, double z, double alpha); // |z| <= two-sided normal quantile of alpha
// Least-squares slope of y against x equals `predicted` within `slack`.
Check slope(std::string what, const std::vector<double>& x, const std::vector<double>& y, double predicted, double slack);
double least_squares_slope(const std::vector<double>& x, const std::vector<double>& y);
// Two-sided standard normal quantile: P(|Z| > z) = alpha.
double normal_threshold(double alpha);

struct LawEntry {
  std::string_view op, name, statement;
  std::vector<std::string_view> broken_by;
  std::function<void(Inquiry&, const std::function<void(const void* problem, void* args)>& apply)> ask;
};

std::vector<Claim>& claims();
std::vector<LawEntry>& laws();

inline bool add_claim(Claim claim) {
  claims().push_back(std::move(claim));
  return true;
}

template <class Op> bool add_law(Law<Op> law) {
  laws().push_back({Op::name, law.name, law.statement, law.broken_by, [ask = law.ask](Inquiry& inquiry, const auto& erased) {
                      ask(inquiry,
                          [&](const typename Op::Problem& problem, typename Op::template Args<>& args) { erased(&problem, &args); });
                    }});
  return true;
}

} // namespace assay

#define ASSAY_CLAIM(...) [[maybe_unused]] static const bool ASSAY_JOIN(assay_claim_, __COUNTER__) = ::assay::add_claim(__VA_ARGS__)
#define ASSAY_LAW(...) [[maybe_unused]] static const bool ASSAY_JOIN(assay_law_, __COUNTER__) = ::assay::add_law(__VA_ARGS__)
