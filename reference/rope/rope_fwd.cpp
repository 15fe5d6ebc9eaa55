#include "reference/rope/rope_fwd.hpp"

namespace assay {
using namespace rope;

void RopeFwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const std::int64_t rows = std::int64_t{p.batch} * p.tokens * p.dim;
  fill_rows(random.key, 0, fill, const_cast<double*>(a.q), rows * p.heads);
  fill_rows(random.key, 1, fill, const_cast<double*>(a.k), rows * p.kv_heads);
  if (p.bias) {
    fill_bias(random.key, 2, fill, const_cast<float*>(a.q_bias), std::int64_t{p.heads} * p.dim);
    fill_bias(random.key, 3, fill, const_cast<float*>(a.k_bias), std::int64_t{p.kv_heads} * p.dim);
  }
  fill_positions(p, random.key, 4, const_cast<std::int64_t*>(a.position));
}

Work RopeFwd::work(const Problem& p, const Numerics&) { return work_of(p); }

std::vector<Truth> RopeFwd::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  return {truth_of(turned_rows(p, Side::query, before.q, before.q_bias, before.position, n), n, sample, 0),
          truth_of(turned_rows(p, Side::key, before.k, before.k_bias, before.position, n), n, sample, 1)};
}

} // namespace assay
