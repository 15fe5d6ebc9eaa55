#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/attention/attention_fwd.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, one_more, one_less, gentle };

struct Inputs {
  std::vector<double> q, k, v;
  std::vector<float> slope;
};

constexpr std::size_t n = 160, d = 32;

// The plainest fp32 kernel with `window` keys, one head: two passes over the visible keys.
std::vector<double> plain(const Inputs& in, std::size_t window) {
  std::vector<double> o;
  std::vector<float> score(n);
  const auto at = [](const std::vector<double>& x, std::size_t row, std::size_t l) { return static_cast<float>(x[row * d + l]); };
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i + 1 > window ? i + 1 - window : 0;
    float most = -INFINITY, sum = 0;
    for (std::size_t j = from; j <= i; ++j) {
      float dot = 0;
      for (std::size_t l = 0; l < d; ++l) dot += at(in.q, i, l) * at(in.k, j, l);
      score[j] = dot / std::sqrt(static_cast<float>(d)) - (in.slope.empty() ? 0 : in.slope[0]) * static_cast<float>(i - j);
      most = std::max(most, score[j]);
    }
    std::vector<float> row(d);
    for (std::size_t j = from; j <= i; ++j) {
      const float weight = std::exp(score[j] - most);
      sum += weight;
      for (std::size_t l = 0; l < d; ++l) row[l] += weight * at(in.v, j, l);
    }
    for (const float x : row) o.push_back(static_cast<double>(x / sum));
  }
  return o;
}

double over_bound(const std::vector<double>& o, const Truth& truth) {
  double worst = 0;
  for (std::size_t l = 0; l < o.size(); ++l) worst = std::max(worst, std::fabs(o[l] - truth.value[l]) / truth.bound[l]);
  return worst;
}

void ask(Inquiry& inquiry) {
  struct Case {
    std::string_view name;
    std::size_t window;
    double slope;
    bool shows; // that a window is off by one
  };
  for (const Case& c : {Case{"w = 64, no bias", 64, 0, true}, Case{"w = 17, no bias", 17, 0, true},
                        Case{"w = 64, slope 1/256", 64, 1. / 256, true}, Case{"w = 64, slope 1/4", 64, .25, false}}) {
    attention::Problem p;
    p.heads = p.kv_heads = 1;
    p.queries = p.keys = n;
    p.dim = p.value_dim = d;
    p.window = static_cast<int>(c.window);
    const double slope = inquiry.broken == gentle && !c.shows ? 1. / 256 : c.slope;
    if (slope > 0) p.bias = attention::Bias::alibi;
    Inputs in{std::vector<double>(n * d), std::vector<double>(n * d), std::vector<double>(n * d), {}};
    const std::uint64_t key = key_of(inquiry.seed, "local_attention.window-off-by-one");
    std::uint32_t stream = 0;
    for (std::vector<double>* x : {&in.q, &in.k, &in.v}) {
      fill_normal(key, stream++, *x);
      for (double& value : *x) value = static_cast<float>(value); // the truth is taken on what the kernel reads
    }
    if (slope > 0) in.slope = {static_cast<float>(slope)};
    AttentionFwd::Args<> a{};
    a.q = in.q.data();
    a.k = in.k.data();
    a.v = in.v.data();
    a.bias = in.slope.data();
    const Truth truth = AttentionFwd::truth(p, a, numerics::f32, {}).front();

    const double right = over_bound(plain(in, c.window), truth), more = over_bound(plain(in, c.window + 1), truth),
                 less = over_bound(plain(in, c.window - 1), truth);
    const double asked = inquiry.broken == one_more ? more : inquiry.broken == one_less ? less : right;
    if (c.shows) inquiry.check(inequality("error over bound of a plain fp32 kernel, " + std::string(c.name), asked, 1));
    // e^-16 of weight at the edge of the window: no comparison of outputs can show the mistake, so cases need windows without such a bias.
    if (!c.shows) inquiry.check(inequality("error over bound with one key too many, which nobody sees, " + std::string(c.name), more, 1));
    inquiry.row("off_by_one", {{"window", p.window}, {"slope", slope}, {"right", right}, {"one_more", more}, {"one_less", less}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/window-off-by-one",
     .statement =
         "The bound of attention_fwd rejects a window that is one key too wide or too narrow, unless a steep bias has faded at its edge.",
     .source = "bound: reference/attention/attention_fwd.hpp; the mistake: Hugging Face transformers, issue 39408",
     .kind = Kind::bound,
     .broken_by = {"w + 1 keys", "w - 1 keys", "a gentle slope where a steep one is meant"},
     .ask = ask});

} // namespace
} // namespace assay
