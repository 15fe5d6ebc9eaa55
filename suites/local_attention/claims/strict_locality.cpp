#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "reference/attention/attention_fwd.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, zero_times_nan, scrubbed };

constexpr std::size_t n = 24, d = 4, w = 5, token = 9;

struct Inputs {
  std::vector<double> q, k, v;
};

std::vector<double> windowed(const Inputs& in) {
  attention::Problem p;
  p.heads = p.kv_heads = 1;
  p.queries = p.keys = n;
  p.dim = p.value_dim = d;
  p.window = w;
  AttentionFwd::Args<> a{};
  a.q = in.q.data();
  a.k = in.k.data();
  a.v = in.v.data();
  return AttentionFwd::truth(p, a, numerics::f64, {}).front().value;
}

// The whole row as a product: invisible keys get the score -inf and enter with the weight 0.
std::vector<double> masked(const Inputs& in) {
  std::vector<double> o;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> weight, row(d);
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      double s = 0;
      for (std::size_t l = 0; l < d; ++l) s += in.q[i * d + l] * in.k[j * d + l] / std::sqrt(d);
      weight.push_back(std::exp(s + (j <= i && i < j + w ? 0 : -std::numeric_limits<double>::infinity())));
      sum += weight.back();
    }
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t l = 0; l < d; ++l) row[l] += weight[j] / sum * in.v[j * d + l];
    o.insert(o.end(), row.begin(), row.end());
  }
  return o;
}

void ask(Inquiry& inquiry) {
  Inputs in{std::vector<double>(n * d), std::vector<double>(n * d), std::vector<double>(n * d)};
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.strict-locality");
  fill_normal(key, 0, in.q);
  fill_normal(key, 1, in.k);
  fill_normal(key, 2, in.v);
  const auto attend = inquiry.broken == zero_times_nan ? masked : windowed;
  const std::vector<double> before = attend(in);
  for (const auto& [part, name] : {std::pair{&Inputs::k, " in a key"}, std::pair{&Inputs::v, " in a value"}})
    for (const double poison : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Inputs hurt = in;
      for (std::size_t l = 0; l < d; ++l) (hurt.*part)[token * d + l] = inquiry.broken == scrubbed ? (in.*part)[token * d + l] : poison;
      const std::vector<double> after = attend(hurt);
      std::int64_t untouched = 0, reached = 0;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t l = 0; l < d; ++l) {
          const std::size_t at = i * d + l;
          const bool sees = token <= i && i < token + w, same = after[at] == before[at];
          untouched += sees && same;
          reached += !sees && !same;
        }
      const std::string what = std::string(std::isnan(poison) ? "NaN" : "infinity") + name;
      inquiry.check(bitwise(what + ": elements of rows that see it and are as before", untouched));
      inquiry.check(bitwise(what + ": elements of rows that do not see it and are not as before", reached));
    }
}

ASSAY_CLAIM({.id = "claim/local_attention/strict-locality",
             .statement = "What stands in a key or value, NaN and infinity too, changes the rows that see it and not a bit of any other.",
             .source = "definition of the window, reference/attention/attention.hpp",
             .kind = Kind::exact,
             .broken_by = {"invisible keys enter with weight 0: 0 NaN is NaN", "the poison is scrubbed from the inputs"},
             .ask = ask});

} // namespace
} // namespace assay
