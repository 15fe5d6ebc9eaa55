// Law: NaN and infinities change exactly what is computed from them. A kernel that multiplies a masked weight, 0, by a value that is NaN
// breaks it, as does one that hides a NaN from a row that sees it.
#include <limits>
#include <string>

#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
constexpr int planted = 47; // its window reaches over the end of a tile of 64

attention::Problem problem(int broken) { return {.heads = 2, .kv_heads = 1, .queries = 90, .keys = 90, .window = broken == 1 ? 21 : 20}; }
bool sees(int query, int key) { return key <= query && query < key + 20; }

// Rows that change though they do not depend on the planted number, and rows that stay though they do.
struct Count {
  std::int64_t leaks = 0, hidden = 0;
  void add(bool depends, bool changed) {
    leaks += changed && !depends ? 1 : 0;
    hidden += depends && !changed ? 1 : 0;
  }
  void check(Inquiry& inquiry, const std::string& what) const {
    inquiry.check(bitwise(what + ": rows that do not see it keep every bit", leaks));
    inquiry.check(bitwise(what + ": rows that see it change", hidden));
  }
};

struct Plant {
  const char *name, *array;
  double value;
};

void ask_forward(Inquiry& inquiry, const Apply<AttentionFwd>& apply) {
  Owned<AttentionFwd> clean(problem(inquiry.broken), inquiry.seed);
  apply(clean.p, clean.args);
  for (const auto& [name, array, value] : {Plant{"NaN in a key", "k", nan}, Plant{"inf in a key", "k", inf},
                                           Plant{"NaN in a value", "v", nan}, Plant{"inf in a value", "v", inf}}) {
    Owned<AttentionFwd> dirty(clean.p, inquiry.seed);
    dirty.row(array, 0, inquiry.broken == 3 ? planted - 1 : planted)[7] = value;
    apply(dirty.p, dirty.args);
    Count count;
    for (int h = 0; h < 2; ++h)
      for (int i = 0; i < 90; ++i) {
        if (inquiry.broken == 2 && i / 64 == planted / 64) dirty.row("o", h, i)[7] += 0 * dirty.row("v", 0, planted)[7];
        const bool lse = !same_bits(clean.args.lse[h * 90 + i], dirty.args.lse[h * 90 + i]);
        count.add(sees(i, planted), lse || moved(clean, dirty, "o", h, i));
      }
    count.check(inquiry, name);
  }
}

// o and lse are inputs of their own, so a key reaches no gradient of another key, and a value not even its own gradient.
void ask_backward(Inquiry& inquiry, const Apply<AttentionBwd>& apply) {
  Owned<AttentionBwd> clean(problem(inquiry.broken), inquiry.seed);
  apply(clean.p, clean.args);
  for (const auto& [name, array, value] :
       {Plant{"NaN in a key", "k", nan}, Plant{"NaN in a value", "v", nan}, Plant{"inf in a value", "v", inf},
        Plant{"NaN in a query", "q", nan}, Plant{"NaN in a gradient", "d_o", nan}}) {
    Owned<AttentionBwd> dirty(clean.p, inquiry.seed);
    dirty.row(array, 0, inquiry.broken == 3 ? planted - 1 : planted)[7] = value;
    apply(dirty.p, dirty.args);
    const bool of_key = array == std::string("k") || array == std::string("v");
    Count count;
    for (int i = 0; i < 90; ++i) {
      if (inquiry.broken == 2 && i / 64 == planted / 64)
        for (const char* output : {"d_k", "d_v", "d_q"}) dirty.row(output, 0, i)[7] += 0 * value;
      for (int h = 0; h < 2; ++h) count.add(of_key ? sees(i, planted) : h == 0 && i == planted, moved(clean, dirty, "d_q", h, i));
      count.add(of_key ? i == planted : sees(planted, i), moved(clean, dirty, "d_k", 0, i));
      count.add(of_key ? i == planted && array == std::string("k") : sees(planted, i), moved(clean, dirty, "d_v", 0, i));
    }
    count.check(inquiry, name);
  }
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{
    .name = "strict-locality",
    .statement = "a NaN or an infinity in the key or value of one token changes exactly the rows that see it",
    .broken_by = {"the window is one wider", "masked weights times values: 0 * NaN", "the token before it is planted"},
    .ask = ask_forward});
ASSAY_LAW(Law<AttentionBwd>{
    .name = "strict-locality",
    .statement = "a NaN or an infinity of one token changes exactly the gradients that are computed from it",
    .broken_by = {"the window is one wider", "masked weights times what they belong to: 0 * NaN", "the token before it is planted"},
    .ask = ask_backward});

} // namespace assay
