// Error analysis shared by the optimizer's ops. u = Numerics::add is the unit of the arithmetic, u_s = Numerics::store that
// of stored parameters; momenta and sums are stored in the unit of the arithmetic. gamma(k) = k u / (1 - k u).
// fp32 and bf16 have the same exponents: results below 2^-126 lose at most 2^-126 u (or u_s), beyond 2^128 they overflow.
#pragma once

#include <cstdint>

#include "reference/op.hpp"
#include "reference/optimizer/tensors.hpp"
#include "reference/rounding.hpp"
#include "reference/sample.hpp"

namespace assay::optimizer {

struct Value {
  double value, bound;
};

// Most roundings that a term of a group's sum of squares passes through, which is the contract of every sum here: one for
// the square; in a chunk of 16384 elements running sums of at most 256 terms and a tree of 6 levels; one for each chunk.
double roundings_of_sum(std::int64_t group_size);
// Bound of a sum of squares whose exact value is `sum`: the roundings above, and squares that underflow.
double sum_bound(double sum, std::int64_t group_size, const Numerics&);

// One fused step of the momentum, fma(beta^, m, scale^ g) with constants rounded to storage: beta^ m is rounded twice
// (constant, sum) or once for beta^ = 1, scale^ g three times (constant, product, sum).
Value momentum(double m, double g, double beta, double scale, const Numerics&);
// centre + shrink (theta - centre): rounded at the difference, the constant shrink, and at the end.
Value shrunk(double theta, double centre, double shrink, const Numerics&);
// Unit of the last rounding of a parameter: once into storage, or into the arithmetic's format and from there into storage.
double stored_unit(const Numerics&);

// Turns values beyond every finite number of the format into infinities, and those within their bound of that into
// undecidable ones. Infinities and NaN that the formula itself gives are exact.
Value settled(Value);

} // namespace assay::optimizer
