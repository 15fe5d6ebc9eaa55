// The right side of a Gronwall bound.
#pragma once

#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::score {

// int_0^T source(t) I(t) dt + I(T) terminal,   I(t) = exp int_0^t rate,   T = edges.back(), source >= 0.
//
// With source = h eps, rate = L_f + h L_s and terminal = W2(p_T, q_T) this bounds W2(p_0, q_0). The exponent is a
// Gauss-Kronrod integral on the same panels, nested at every node; its error enters as a factor exp(error) - 1. Rounding
// inside the functions themselves is the caller's to add.
// An exponent above 700 makes the bound vacuous: value and error are then infinite, so that value - error is NaN and no
// inequality against it can hold.
math::Estimate bound_integral(const math::Function& source, const math::Function& rate, const std::vector<double>& edges,
                              math::Estimate terminal);

} // namespace assay::score
