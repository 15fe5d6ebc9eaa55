// Law: a layer sees w tokens, its own among them, and L layers see L (w - 1) + 1: the bits of a row depend on exactly these. A window
// of the training length in every layer is therefore not one of the whole stack.
// Source: kexue.fm/archives/9431 has one layer; the stack follows by counting paths.
#include <string>

#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

void one_layer(Inquiry& inquiry, const Apply<AttentionFwd>& apply) {
  constexpr int n = 80, w = 18, touched = 50, step[] = {0, 1, -1};
  const attention::Problem p{
      .heads = 2, .kv_heads = 1, .queries = n, .keys = n, .window = inquiry.broken < 3 ? w + step[inquiry.broken] : w};
  Owned<AttentionFwd> before(p, inquiry.seed), after(p, inquiry.seed);
  for (const char* array : {"k", "v"})
    for (int l = 0; l < 64; ++l) after.row(array, 0, touched)[l] += 1;
  apply(p, before.args);
  apply(p, after.args);
  std::int64_t past = 0, inside = 0, beyond = 0;
  for (int h = 0; h < 2; ++h)
    for (int i = 0; i < n; ++i) {
      const bool changed = moved(before, after, "o", h, inquiry.broken == 3 ? (i + 1) % n : i);
      if (i < touched) past += changed ? 1 : 0;
      if (i >= touched && i < touched + w) inside += changed ? 0 : 1;
      if (i >= touched + w) beyond += changed ? 1 : 0;
    }
  inquiry.check(bitwise("rows before a token that changed", past));
  inquiry.check(bitwise("rows within the window that did not change", inside));
  inquiry.check(bitwise("rows beyond the window that changed", beyond));
}

// Last row after `layers` layers x <- x + attention(x) with equal weights.
std::vector<double> stack(const attention::Problem& p, int layers, int touched, double change, std::uint64_t seed,
                          const Apply<AttentionFwd>& apply) {
  Owned<AttentionFwd> x(p, seed);
  const auto numbers = static_cast<std::size_t>(p.queries) * static_cast<std::size_t>(p.dim);
  std::fill_n(x.row("q", 0, 0), numbers, 0.0);
  double* const v = x.row("v", 0, 0);
  if (touched >= 0) x.row("v", 0, touched)[3] += change;
  for (int layer = 0; layer < layers; ++layer) {
    apply(p, x.args);
    for (std::size_t i = 0; i < numbers; ++i) v[i] += x.args.o[i];
  }
  return {v + numbers - p.dim, v + numbers};
}

void ask(Inquiry& inquiry, const Apply<AttentionFwd>& apply) {
  one_layer(inquiry, apply);

  // At the edge one path of weight w^-L is left: 2^13 8^-5 = 1/4 of the change, which bf16 shows and which fp16 can hold.
  constexpr int n = 50, w = 8, layers = 5;
  const attention::Problem p{.heads = 1, .kv_heads = 1, .queries = n, .keys = n, .window = inquiry.broken == 1 ? w + 1 : w};
  const std::vector<double> untouched = stack(p, layers, -1, 0, inquiry.seed, apply);
  const int counted = inquiry.broken == 2 ? layers * w + 1 : layers * (w - 1) + 1;
  int seen = 0;
  for (const int offset : {34, 35, 36, 37, 40, 41})
    if (stack(p, layers, n - 1 - offset, 0x1p13, inquiry.seed, apply) != untouched) seen = offset + 1;
  inquiry.check(identity("tokens that five layers see", seen, counted, 0));
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{.name = "receptive-field",
                            .statement = "the bits of a row depend on the last w tokens, and after L layers on the last L (w - 1) + 1",
                            .broken_by = {"the window is one wider",
                                          "the window is one narrower; a stack sees w more tokens with each layer",
                                          "every row is taken for the one before it"},
                            .ask = ask});

} // namespace assay
