// What the attention ops share: sizes, layouts, who sees whom, and additive biases that depend on the distance alone.
//
// B batches, H query heads, G key/value heads (H a multiple of G: query head h reads head h / (H / G)), n queries, N keys, width d of
// queries and keys, width e of values, window w. Alignment is bottom-right: query i stands at position p = i + N - n. It sees key j of
// batch b iff  p - w < j <= p,  0 <= j  and  j < length[b]: w counts the visible keys, the query's own position among them.
//   s_ij = c r_bi (q_i . k_j) + bias_h(p - j),   P_ij = exp(s_ij - L_i),   L_i = ln sum_j exp(s_ij),   o_i = sum_j P_ij v_j
// with c = scale, or 1 / sqrt(d) where scale = 0, and r = 1 without row_scale. A query that sees nothing has o = 0, L = -inf and zero
// gradients. What a query does not see does not reach it, nor do its gradients reach that, whatever it is: NaN and infinities stay with
// those who see them.
//
// Sources: window as length extrapolation, kexue.fm/archives/9431; grouped heads, arXiv 2305.13245; streaming softmax, 1805.02867;
// ALiBi 2108.12409; KERPLE 2205.09921; Sandwich 2212.10356.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::attention {

// bhsd: [batch, head, position, width]; bshd: [batch, position, head, width].
enum class Layout : std::uint8_t { bhsd, bshd };
constexpr std::string_view name_of(Layout x) {
  constexpr std::string_view names[] = {"bhsd", "bshd"};
  return static_cast<std::size_t>(x) < 2 ? names[static_cast<std::size_t>(x)] : std::string_view();
}

// b(t) at distance t >= 0 for one head, and its parameters:
//   alibi         -slope t                                                     slope
//   kerple_power  -r1 t^r2                                                     r1 > 0, 0 < r2 <= 2
//   kerple_log    -r1 ln(1 + r2 t)                                             r1, r2 > 0
//   sandwich      lambda sum_{i < d / 2} cos(t 10000^(-2 i / d))               lambda
//   table         entry min(t, reach - 1)                                      one for each of `reach` distances
// It is added after the scale, so it is not scaled itself.
enum class Bias : std::uint8_t { none, alibi, kerple_power, kerple_log, sandwich, table };
constexpr std::string_view name_of(Bias x) {
  constexpr std::string_view names[] = {"none", "alibi", "kerple_power", "kerple_log", "sandwich", "table"};
  return static_cast<std::size_t>(x) < 6 ? names[static_cast<std::size_t>(x)] : std::string_view();
}

inline constexpr int no_window = 1 << 30; // full causal

struct Problem {
  int batch = 1, heads = 2, kv_heads = 2, queries = 64, keys = 64, dim = 64, value_dim = 64;
  int window = no_window;
  double scale = 0; // 0: 1 / sqrt(dim)
  Bias bias = Bias::none;
  int reach = 1; // entries of a table bias; 1 for all others
  bool row_scale = false;
  bool padded = false; // lengths are an input; else all keys are there
  Layout layout = Layout::bhsd;
};

void axes_of(auto& p, auto&& v) {
  v("batch", p.batch);
  v("heads", p.heads);
  v("kv_heads", p.kv_heads);
  v("queries", p.queries);
  v("keys", p.keys);
  v("dim", p.dim);
  v("value_dim", p.value_dim);
  v("window", p.window);
  v("scale", p.scale);
  v("bias", p.bias);
  v("reach", p.reach);
  v("row_scale", p.row_scale);
  v("padded", p.padded);
  v("layout", p.layout);
}

std::string refuse(const Problem&);

constexpr int parameters_of(const Problem& p) { // of one head
  return p.bias == Bias::none ? 0 : p.bias == Bias::table ? p.reach : p.bias == Bias::kerple_power || p.bias == Bias::kerple_log ? 2 : 1;
}
// Distances that occur: 0 ... distances - 1.
constexpr int distances_of(const Problem& p) { return std::min(p.window, p.keys); }
double scale_of(const Problem&);

// Keys that query i of a batch with `length` keys sees: first ... past - 1; none where past <= first.
struct Range {
  int first, past;
};
constexpr Range visible(const Problem& p, int query, int length) {
  const int position = query + p.keys - p.queries;
  return {std::max(0, position - p.window + 1), std::min(position + 1, length)};
}

// Pairs of a query and a key that it sees, of one head and without padding: n w - w (w - 1) / 2 for w <= n = N.
double pairs_of(const Problem&);

// Index of element 0 of a row of an array [batch, head, position, width] in either layout.
constexpr std::int64_t row_of(Layout layout, std::int64_t batch, std::int64_t head, std::int64_t position, std::int64_t heads,
                              std::int64_t positions, std::int64_t width) {
  return (layout == Layout::bhsd ? (batch * heads + head) * positions + position : (batch * positions + position) * heads + head) * width;
}

// b_h(t), and its derivative by parameter k of the head. parameters: those of the head.
double bias_at(const Problem&, const float* parameters, int distance);
double bias_slope(const Problem&, const float* parameters, int distance, int k);

// Standard slopes of ALiBi: 2^(-8 (h + 1) / H) for H a power of two; else those of the largest power of two P <= H, then every other one
// of the list for 2 P, beginning with its first.
double alibi_slope(int head, int heads);

} // namespace assay::attention
