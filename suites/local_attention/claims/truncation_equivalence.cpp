#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "reference/attention/window_stack.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, absolute_positions, two_layers_cut };

constexpr std::size_t w = 8, d = 8, n = 40, no_window = n;

std::vector<double> tokens(const std::vector<double>& x, std::size_t from, bool absolute) {
  std::vector<double> cut(x.begin() + static_cast<std::ptrdiff_t>(from * d), x.end());
  if (absolute) // of the position inside what the model is given
    for (std::size_t i = 0; i < cut.size() / d; ++i)
      for (std::size_t l = 0; l < d; ++l) cut[i * d + l] += std::sin(static_cast<double>(i) / std::pow(10, l));
  return cut;
}

std::int64_t differing(const std::vector<double>& a, const std::vector<double>& b) { // in the last row
  std::int64_t count = 0;
  for (std::size_t l = 1; l <= d; ++l)
    count += std::bit_cast<std::uint64_t>(a[a.size() - l]) != std::bit_cast<std::uint64_t>(b[b.size() - l]);
  return count;
}

void ask(Inquiry& inquiry) {
  const bool absolute = inquiry.broken == absolute_positions;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.truncation-equivalence");
  std::vector<double> x(n * d);
  fill_normal(key, 0, x);
  attention::WindowLayer layer{w, .25, false, std::vector<double>(d * d), std::vector<double>(d * d), std::vector<double>(d * d)};
  std::uint32_t stream = 1;
  for (std::vector<double>* a : {&layer.query, &layer.key, &layer.value}) { // scores of size 1: every visible token has a weight that shows
    fill_normal(key, stream++, *a);
    for (double& entry : *a) entry /= std::sqrt(d);
  }
  attention::WindowLayer full = layer;
  full.window = no_window;

  const std::vector<double> all = tokens(x, 0, absolute), last = tokens(x, n - w, absolute);
  inquiry.check(bitwise("one layer with ALiBi and the last w tokens without a window: elements that differ",
                        differing(attention::attend(layer, all, d).o, attention::attend(full, last, d).o)));

  // RoPE at other positions rounds other angles: two evaluations of one number, each with its bound. 5000 positions make the angles large.
  layer.rotary = full.rotary = true;
  layer.slope = full.slope = 0;
  const attention::Attended there = attention::attend(layer, all, d, 5000), here = attention::attend(full, last, d);
  double worst = 0;
  for (std::size_t l = 1; l <= d; ++l)
    worst = std::max(worst, std::fabs(there.o[there.o.size() - l] - here.o[here.o.size() - l]) /
                                (there.bound[there.bound.size() - l] + here.bound[here.bound.size() - l]));
  inquiry.check(inequality("one layer with RoPE and the last w tokens from position 0: difference over both bounds", worst, 1));

  layer.rotary = false;
  layer.slope = .25;
  const std::vector<attention::WindowLayer> stack(2, layer);
  const std::size_t needed = inquiry.broken == two_layers_cut ? w : 2 * (w - 1) + 1;
  inquiry.check(bitwise("two layers with ALiBi and the last 2 (w - 1) + 1 tokens, windows kept: elements that differ",
                        differing(attention::run(stack, all, d), attention::run(stack, tokens(x, n - needed, absolute), d))));
}

ASSAY_CLAIM({.id = "claim/local_attention/truncation-equivalence",
             .statement =
                 "A windowed layer with relative positions computes for each token what full attention computes on the last w tokens, with "
                 "positions starting anew; for two layers it takes 2 (w - 1) + 1 tokens.",
             .source = "kexue.fm/archives/9431, where it is the reason why a window needs no training for longer inputs",
             .kind = Kind::exact,
             .broken_by = {"absolute positions are added to the tokens", "a stack of two layers is given the last w tokens"},
             .ask = ask});

} // namespace
} // namespace assay
