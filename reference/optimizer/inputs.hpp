// Input laws shared by the optimizer's ops: what parameters, gradients, momenta and flags of a list of tensors look like.
// normal: parameters near 0.02 N(0, 1), gains near 1; a few gradients are exactly zero, some of them with zero momentum, and
//   a few cancel their momentum, so that its sign depends on rounding; every third tensor has a gradient that is not finite
//   where a guard is on.
// integers: small whole numbers.  hostile: by tensor, NaN, infinities, all zeros, subnormals, huge numbers, signed zeros.
#pragma once

#include <cstdint>

#include "reference/op.hpp"
#include "reference/optimizer/guard.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay::optimizer {

void fill_parameters(const Layout&, double* theta, Fill, Random);
// beta, scale: of the momentum's next step, for the entries that cancel.
void fill_gradients(const Layout&, double* g, double* m, double beta, double scale, Guard, Fill, Random);

// Whether any gradient of the tensor is one that `guard` calls bad.
bool is_bad(const Tensor&, const double* g, Guard guard);
// Exact flags; with guard off every third tensor is flagged all the same, since nobody may look at them.
void fill_flags(const Layout&, const double* g, Guard, std::uint8_t* bad);
// Every tensor whose number has bit 1 set.
void fill_sticky(const Layout&, std::uint8_t* sticky);

// Sum of squares of one group, in double.
double sum_of_squares(const double* theta, std::int64_t begin, std::int64_t size);
void fill_sums(const Layout&, const double* theta, float* sum_sq);

} // namespace assay::optimizer
