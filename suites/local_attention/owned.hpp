// The arrays of one attention problem, in double, as laws hand them to a variant.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <vector>

#include "reference/attention/attention_bwd.hpp"
#include "reference/attention/attention_fwd.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {

template <class Op> struct Owned {
  typename Op::Problem p;
  typename Op::template Args<> args{};

  // Inputs as in the cases, but whole eighths, which every storage type holds: rounding them changes nothing.
  Owned(const typename Op::Problem& problem, std::uint64_t seed) : p(problem) {
    erase::ArrayList list;
    Op::arrays(p, args, list);
    for (const Array& array : list.arrays) {
      std::vector<std::byte>& bytes = memory_.emplace_back(static_cast<std::size_t>(elements(array) * size_of(array.type)) + 1);
      void* data = bytes.data();
      std::memcpy(array.at, static_cast<const void*>(&data), sizeof data);
    }
    Op::fill(p, args, Fill::normal, Random{seed});
    for (const Array& array : list.arrays)
      if (array.type == Type::f64 && array.role == Role::in && array.name != "o") // o has to stay that of the inputs
        for (double& x : numbers(array)) x = std::nearbyint(8 * x) / 8;
    if constexpr (requires { args.d_lse; }) refresh();
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  // o and lse of backward inputs, after these were changed.
  void refresh() {
    const AttentionFwd::Args<> forward{args.q, args.k, args.v, args.bias, args.row_scale, args.length, nullptr, nullptr};
    const std::vector<Truth> truth = AttentionFwd::truth(p, forward, numerics::f64, {});
    for (std::size_t i = 0; i < truth[0].value.size(); ++i) const_cast<double*>(args.o)[i] = truth[0].value[i];
    for (std::size_t i = 0; i < truth[1].value.size(); ++i) const_cast<float*>(args.lse)[i] = static_cast<float>(truth[1].value[i]);
  }

  static double* writable(const double* x) { return const_cast<double*>(x); }
  double* q(int head, int i) { return writable(args.q) + attention::row_of(p.layout, 0, head, i, p.heads, p.queries, p.dim); }
  double* k(int head, int j) { return writable(args.k) + attention::row_of(p.layout, 0, head, j, p.kv_heads, p.keys, p.dim); }
  double* v(int head, int j) { return writable(args.v) + attention::row_of(p.layout, 0, head, j, p.kv_heads, p.keys, p.value_dim); }

private:
  std::span<double> numbers(const Array& array) {
    double* data = nullptr;
    std::memcpy(&data, array.at, sizeof data);
    return {data, static_cast<std::size_t>(elements(array))};
  }
  std::deque<std::vector<std::byte>> memory_;
};

inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

inline std::int64_t differing(const double* a, const double* b, std::int64_t n) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += same_bits(a[i], b[i]) ? 0 : 1;
  return count;
}

} // namespace assay
