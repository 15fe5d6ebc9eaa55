// Law: what a step does to a tensor depends on that tensor alone. Other tensors, their order, their alignment and the
// division of a list into calls change no bit of parameters, momenta or sums of squares.
// It holds because sums of squares are taken in a fixed order counted from the start of a group. It fails for sums by atomic
// additions, whose order is that of arrival, and for any scheme that cuts sums at places which depend on the list.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "reference/optimizer/tiger_step.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using optimizer::Passes;

// One tensor with its share of every array.
struct Part {
  std::string item; // as in a list's name
  std::vector<double> theta, g, m;
  std::vector<float> sum_sq, new_sum_sq;
  std::uint8_t bad = 0, sticky = 0;
};
using Parts = std::vector<Part>;

// With rate 1, no decay and a constant |theta| of 0x1.6cp-4 over 4^7 elements the step is as long as theta: theta' = 0
// where signs agree. The sum of squares has a mantissa just above 2, and there its next float moves the root by 0.703 units,
// hence theta' away from zero, where even bf16 shows it.
constexpr const char* level_item = "m4x4096";
constexpr double level = 0x1.6cp-4;

TigerStep::Problem problem(const Parts& parts, Passes passes) {
  std::string list;
  for (const Part& part : parts) list += (list.empty() ? "" : "+") + part.item;
  return {.tensors = list, .alpha = 1, .decay = 0, .window = 2, .step = 1, .guard = optimizer::Guard::finite, .passes = passes};
}

// Odd sizes, so that every permutation changes the alignment of most tensors; two are longer than a chunk.
Parts make_parts(std::uint64_t seed) {
  Parts parts;
  for (const char* item : {"m1x33", "e3x37", "v5", level_item, "m1x16385", "g19", "m3x11017", "m7x9"}) {
    const optimizer::Layout list = optimizer::layout(item);
    const auto n = static_cast<std::size_t>(list.elements), groups = static_cast<std::size_t>(list.groups);
    Part part{item,
              std::vector<double>(n),
              std::vector<double>(n),
              std::vector<double>(n),
              std::vector<float>(groups),
              std::vector<float>(groups)};
    TigerStep::Args<> args{part.theta.data(), part.g.data(), part.m.data(),         part.sum_sq.data(),
                           &part.bad,         &part.sticky,  part.new_sum_sq.data()};
    TigerStep::fill({.tensors = item, .window = 2, .step = 1}, args, Fill::normal, {seed * 64 + parts.size()});
    part.bad = item == std::string("m7x9") ? 1 : 0;
    if (item == std::string(level_item)) {
      for (std::size_t i = 0; i < n; ++i) {
        part.theta[i] = std::copysign(level, part.theta[i]);
        part.m[i] = part.g[i] = part.theta[i];
      }
      part.sum_sq[0] = static_cast<float>(static_cast<double>(n) * level * level);
    }
    if (part.bad != 0) part.g.back() = std::nan("");
    parts.push_back(std::move(part));
  }
  return parts;
}

// One call on a list.
void step(Parts& parts, Passes passes, const Apply<TigerStep>& apply) {
  Part all;
  std::vector<std::uint8_t> bad, sticky;
  for (const Part& part : parts) {
    all.theta.insert(all.theta.end(), part.theta.begin(), part.theta.end());
    all.g.insert(all.g.end(), part.g.begin(), part.g.end());
    all.m.insert(all.m.end(), part.m.begin(), part.m.end());
    all.sum_sq.insert(all.sum_sq.end(), part.sum_sq.begin(), part.sum_sq.end());
    bad.push_back(part.bad);
    sticky.push_back(part.sticky);
  }
  all.new_sum_sq.resize(all.sum_sq.size());
  TigerStep::Args<> args{all.theta.data(), all.g.data(), all.m.data(), all.sum_sq.data(), bad.data(), sticky.data(), all.new_sum_sq.data()};
  apply(problem(parts, passes), args);
  std::size_t at = 0, group = 0;
  for (Part& part : parts) {
    for (std::size_t i = 0; i < part.theta.size(); ++i, ++at) part.theta[i] = all.theta[at], part.m[i] = all.m[at];
    for (float& sum : part.new_sum_sq) sum = all.new_sum_sq[group++];
  }
}

Parts halves(const Part& part) {
  const auto half = static_cast<std::ptrdiff_t>(part.theta.size() / 2);
  Part front = part, back = part;
  const auto cut = [&](std::vector<double> Part::*array) {
    (front.*array).resize(static_cast<std::size_t>(half));
    (back.*array).erase((back.*array).begin(), (back.*array).begin() + half);
  };
  cut(&Part::theta), cut(&Part::g), cut(&Part::m);
  for (Part* each : {&front, &back}) {
    double sum = 0;
    for (const double x : each->theta) sum += x * x;
    each->sum_sq = {static_cast<float>(sum)};
    each->item = "m1x" + std::to_string(each->theta.size());
  }
  return {front, back};
}

// Breaks the parts of a list before the call, as control `broken` says.
Parts prepared(const Parts& parts, int broken) {
  Parts list;
  for (const Part& part : parts) {
    if (broken == 1 && part.item == "m1x16385")
      for (Part& half : halves(part)) list.push_back(std::move(half));
    else
      list.push_back(part);
    if (broken == 2)
      for (float& sum : list.back().sum_sq) sum = std::nextafter(sum, HUGE_VALF);
  }
  return list;
}

// Numbers that differ in some bit, of parameters, momenta and sums; both lists have the same numbers in the same order. The sums of a
// tensor that is cut in two are not compared.
std::int64_t differing(const Parts& want, const Parts& got) {
  std::vector<double> a, b;
  const auto flatten = [](const Parts& parts, std::vector<double>& to) {
    for (const auto array : {&Part::theta, &Part::m})
      for (const Part& part : parts) to.insert(to.end(), (part.*array).begin(), (part.*array).end());
  };
  flatten(want, a), flatten(got, b);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i]);
  if (want.size() == got.size())
    for (std::size_t t = 0; t < want.size(); ++t)
      for (std::size_t j = 0; j < want[t].new_sum_sq.size(); ++j)
        count += std::bit_cast<std::uint32_t>(want[t].new_sum_sq[j]) != std::bit_cast<std::uint32_t>(got[t].new_sum_sq[j]);
  return count;
}

void ask(Inquiry& inquiry, const Apply<TigerStep>& apply) {
  const Parts before = make_parts(inquiry.seed);
  for (const Passes passes : {Passes::cached, Passes::full}) {
    const std::string form = std::string(name_of(passes)) + ": ";
    Parts whole = before;
    step(whole, passes, apply);

    Parts reversed = before, want = whole;
    std::reverse(reversed.begin(), reversed.end());
    std::reverse(want.begin(), want.end());
    reversed = prepared(reversed, inquiry.broken);
    step(reversed, passes, apply);
    inquiry.check(bitwise(form + "a reversed list", differing(want, reversed)));

    Parts separate;
    for (const Part& part : before) {
      Parts alone = prepared({part}, inquiry.broken);
      step(alone, passes, apply);
      separate.insert(separate.end(), alone.begin(), alone.end());
    }
    inquiry.check(bitwise(form + "one call per tensor", differing(whole, separate)));

    Parts surrounded = prepared(before, inquiry.broken);
    surrounded.insert(surrounded.begin(), before[5]);
    surrounded.push_back(before[4]);
    step(surrounded, passes, apply);
    surrounded.erase(surrounded.begin());
    surrounded.pop_back();
    inquiry.check(bitwise(form + "a neighbour on either side", differing(whole, surrounded)));
  }
}

} // namespace

ASSAY_LAW(Law<TigerStep>{
    .name = "chunk-invariance",
    .statement = "permuting a list of tensors, splitting it into calls or adding neighbours changes no bit",
    .broken_by = {"a tensor is cut in its middle: the RMS of its parts", "sums of squares one unit off, as added in another order"},
    .ask = ask});

} // namespace assay
