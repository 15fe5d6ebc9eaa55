// The arrays of one attention problem, in double, as laws hand them to a variant.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <vector>

#include "reference/attention/attention_bwd.hpp"
#include "reference/attention/attention_fwd.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {

inline std::byte* data_of(const Array& array) {
  std::byte* data = nullptr;
  std::memcpy(&data, array.at, sizeof data);
  return data;
}

template <class Op> struct Owned {
  typename Op::Problem p;
  typename Op::template Args<> args{};
  std::vector<Array> arrays;

  // Inputs as in the cases, but queries, keys, values and gradients are whole eighths: every storage type holds them.
  Owned(const typename Op::Problem& problem, std::uint64_t seed) : p(problem) {
    erase::ArrayList list;
    Op::arrays(p, args, list);
    arrays = std::move(list.arrays);
    for (const Array& array : arrays) {
      void* data = memory_.emplace_back(static_cast<std::size_t>(elements(array) * size_of(array.type))).data();
      std::memcpy(array.at, static_cast<const void*>(&data), sizeof data);
    }
    Op::fill(p, args, Fill::normal, Random{seed});
    for (const Array& array : arrays)
      for (std::int64_t i = 0; array.type == Type::f64 && array.role == Role::in && i < elements(array); ++i)
        store(Type::f64, data_of(array), i, std::nearbyint(8 * load(Type::f64, data_of(array), i)) / 8);
    refresh();
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  // Of backward inputs: o and lse from the others.
  void refresh() {
    if constexpr (requires { args.d_lse; }) {
      const AttentionFwd::Args<> forward{args.q, args.k, args.v, args.bias, args.row_scale, args.length, nullptr, nullptr};
      const std::vector<Truth> truth = AttentionFwd::truth(p, forward, numerics::f64, {});
      for (std::size_t i = 0; i < truth[0].value.size(); ++i) const_cast<double*>(args.o)[i] = truth[0].value[i];
      for (std::size_t i = 0; i < truth[1].value.size(); ++i) const_cast<float*>(args.lse)[i] = static_cast<float>(truth[1].value[i]);
    }
  }

  const Array& array(std::string_view name) const {
    return *std::find_if(arrays.begin(), arrays.end(), [&](const Array& one) { return one.name == name; });
  }
  // Row of an array in double, of batch 0; heads: of the array.
  double* row(std::string_view name, int head, int position) {
    const Array& one = array(name);
    const bool heads_first = p.layout == attention::Layout::bhsd;
    const std::int64_t heads = one.shape[heads_first ? 1 : 2], positions = one.shape[heads_first ? 2 : 1];
    return static_cast<double*>(static_cast<void*>(data_of(one))) +
           attention::row_of(p.layout, 0, head, position, heads, positions, one.shape[3]);
  }

private:
  std::deque<std::vector<std::byte>> memory_;
};

inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// Elements of all outputs that differ in some bit; the shapes are the same.
template <class Op> std::int64_t differing_outputs(const Owned<Op>& a, const Owned<Op>& b) {
  std::int64_t count = 0;
  for (std::size_t k = 0; k < a.arrays.size(); ++k)
    for (std::int64_t i = 0; a.arrays[k].role == Role::out && i < elements(a.arrays[k]); ++i)
      count += same_bits(load(a.arrays[k].type, data_of(a.arrays[k]), i), load(b.arrays[k].type, data_of(b.arrays[k]), i)) ? 0 : 1;
  return count;
}

// Whether a row of an output differs in some bit.
template <class Op> bool moved(Owned<Op>& a, Owned<Op>& b, std::string_view name, int head, int position) {
  const double *x = a.row(name, head, position), *y = b.row(name, head, position);
  for (std::int64_t e = 0; e < a.array(name).shape[3]; ++e)
    if (!same_bits(x[e], y[e])) return true;
  return false;
}

// The largest |a - b| over the bound of this difference, as a check: 1 is at the limit.
struct Within {
  double worst = 0;
  void add(double difference, double bound) {
    const double ratio = difference == 0 ? 0 : std::fabs(difference) / bound;
    if (!(ratio <= worst)) worst = ratio;
  }
};

} // namespace assay
