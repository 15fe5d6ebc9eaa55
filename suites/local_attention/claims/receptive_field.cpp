#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "reference/attention/attention.hpp"
#include "reference/attention/window_stack.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, one_more, one_less };

// Tokens that the last of `tokens` depends on: the first key that it sees, the first key which that sees, and so on.
int tokens_seen(int window, int layers, int tokens) {
  attention::Problem p;
  p.queries = p.keys = tokens;
  p.window = window;
  int first = tokens - 1;
  for (int layer = 0; layer < layers; ++layer) first = attention::visible(p, first, tokens).first;
  return tokens - first;
}

void ask(Inquiry& inquiry) {
  constexpr int w = 8, layers = 5, reach = layers * (w - 1);
  constexpr std::size_t d = 8, n = 48;
  const int off = inquiry.broken == one_more ? 1 : inquiry.broken == one_less ? -1 : 0;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.receptive-field");
  std::vector<attention::WindowLayer> stack(layers, {w + off, 0, true, std::vector<double>(d * d), {}, {}});
  std::uint32_t stream = 0;
  for (attention::WindowLayer& layer : stack) {
    layer.key = layer.value = layer.query;
    for (std::vector<double>* a : {&layer.query, &layer.key, &layer.value}) {
      fill_normal(key, stream++, *a);
      // Scores are small in every layer: the farthest token comes through one path, whose weights multiply, and must not vanish beside 1.
      for (double& entry : *a) entry /= a == &layer.value ? std::sqrt(d) : d;
    }
  }
  std::vector<double> x(n * d);
  fill_normal(key, stream, x);
  const std::vector<double> before = attention::run(stack, x, d);

  std::int64_t unreached = 0, leaked = 0;
  for (int back = 0; back < static_cast<int>(n); ++back) {
    std::vector<double> moved = x;
    moved[(n - 1 - static_cast<std::size_t>(back)) * d] += 1;
    const std::vector<double> after = attention::run(stack, moved, d);
    double change = 0;
    bool same = true; // bit for bit
    for (std::size_t l = (n - 1) * d; l < n * d; ++l) {
      change = std::max(change, std::fabs(after[l] - before[l]));
      same = same && std::bit_cast<std::uint64_t>(after[l]) == std::bit_cast<std::uint64_t>(before[l]);
    }
    if (back <= reach) unreached += same;
    if (back > reach) leaked += !same;
    inquiry.row("reach", {{"tokens_back", back}, {"change", change}});
  }
  inquiry.check(bitwise("tokens up to L (w - 1) back that leave the output as it is", unreached));
  inquiry.check(bitwise("tokens further back that change a bit of it", leaked));
  inquiry.check(golden("tokens seen through 32 layers of window 4096", tokens_seen(4096 + off, 32, 200000), "131041"));
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/receptive-field",
     .statement = "Through L layers of window w a token depends on exactly L (w - 1) + 1 tokens, itself among them: bit for bit on no "
                  "other.",
     .source = "kexue.fm/archives/9431 counts one layer only; for a stack: Longformer, arXiv 2004.05150, section 3.1",
     .kind = Kind::exact,
     .broken_by = {"a window of w + 1 keys", "a window of w - 1 keys"},
     .ask = ask});

} // namespace
} // namespace assay
