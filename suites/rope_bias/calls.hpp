// What the laws of rope_fwd share: one call with arrays of its own, and the bounds that its outputs have.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "reference/rope/rope_fwd.hpp"
#include "suites/harness/worst.hpp"

namespace assay::rope {

// What a variant stores rows in, seen from outside: it copies numbers that only finer formats keep.
inline Type storage_of(const Apply<RopeFwd>& apply) {
  const Problem copy{.tokens = 1, .heads = 1, .kv_heads = 1, .dim = 2, .rotary = 0, .bias = false};
  const double x[] = {1 + 0x1p-23, 1 + 0x1p-10};
  double q[2] = {}, k[2] = {};
  RopeFwd::Args<> args{x, x, nullptr, nullptr, nullptr, q, k};
  apply(copy, args);
  return q[0] == x[0] ? Type::f32 : q[1] == x[1] ? Type::f16 : Type::bf16;
}

inline Numerics numerics_of(Type storage) {
  return storage == Type::f16 ? numerics::f16_f32 : storage == Type::bf16 ? numerics::bf16_f32 : numerics::f32;
}

inline double rounded(double x, Type storage) {
  std::uint64_t bits = 0;
  store(storage, &bits, 0, x);
  return load(storage, &bits, 0);
}

struct Call {
  Problem problem;
  std::vector<double> q, k, q_out, k_out;
  std::vector<float> q_bias, k_bias;
  std::vector<std::int64_t> position;

  // Inputs as the op fills them, rounded to `storage`.
  Call(const Problem& p, Type storage, std::uint64_t key) : problem(p) {
    const std::size_t rows = static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.tokens * p.dim);
    q.resize(rows * static_cast<std::size_t>(p.heads)), k.resize(rows * static_cast<std::size_t>(p.kv_heads));
    q_out = q, k_out = k;
    q_bias.resize(static_cast<std::size_t>(p.heads * p.dim)), k_bias.resize(static_cast<std::size_t>(p.kv_heads * p.dim));
    position.resize(static_cast<std::size_t>(p.batch * p.tokens));
    Args a = args();
    RopeFwd::fill(p, a, Fill::normal, {key});
    for (std::vector<double>* each : {&q, &k})
      for (double& x : *each) x = rounded(x, storage);
  }

  using Args = RopeFwd::Args<>;
  Args args() { return {q.data(), k.data(), q_bias.data(), k_bias.data(), position.data(), q_out.data(), k_out.data()}; }
  void run(const Apply<RopeFwd>& apply) {
    Args a = args();
    apply(problem, a);
  }
  // Of q_out and k_out: value and bound.
  std::vector<Truth> truth(Type storage) { return RopeFwd::truth(problem, args(), numerics_of(storage), {}); }
};

// A score in double, and what it may be off by where its rows are known up to their bounds.
struct Score {
  double value, slack;
};
inline Score score_of(const double* q, const double* q_bound, const double* k, const double* k_bound, int dim) {
  Score score{0, 0};
  double sizes = 0;
  for (int e = 0; e < dim; ++e) {
    score.value += q[e] * k[e];
    sizes += std::fabs(q[e] * k[e]);
    score.slack += std::fabs(q[e]) * k_bound[e] + std::fabs(k[e]) * q_bound[e] + q_bound[e] * k_bound[e];
  }
  score.slack += dim * numerics::u64 * sizes; // of the sum above
  return score;
}

inline std::int64_t differing(const std::vector<double>& a, const std::vector<double>& b) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
  return count;
}

} // namespace assay::rope
