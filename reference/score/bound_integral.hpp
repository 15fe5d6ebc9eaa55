// The right side of a Gronwall bound.
#pragma once

#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::score {

// int_0^T source(t) I(t) dt + I(T) terminal,   I(t) = exp int_0^t rate,   T = edges.back(), source >= 0.
//
// With source = h eps, rate = L_f + h L_s and terminal = W2(p_T, q_T) this bounds W2(p_0, q_0). The exponent is a
// Gauss-Kronrod integral on the same panels, nested at every node; its error enters as a factor exp(error) - 1. Functions
// of Estimate say what rounding does to them; where they are of double, theirs is the caller's to add.
// An exponent above 700 makes the bound vacuous: value and error are then infinite, so that value - error is NaN and no
// inequality against it can hold.
math::Estimate bound_integral(const math::Estimated& source, const math::Estimated& rate, const std::vector<double>& edges,
                              math::Estimate terminal);
math::Estimate bound_integral(const math::Function& source, const math::Function& rate, const std::vector<double>& edges,
                              math::Estimate terminal);

// The corollary in terms of a loss: (int h^2 I^2 / weight dt)^{1/2} (int weight eps^2 dt)^{1/2} + I(T) terminal, for any weight(t) > 0, by
// Cauchy-Schwarz. Equal to the integral above where weight eps is proportional to h I. With h = weight = g^2 and
// J = 1/2 int weight eps^2 dt the first product is (2 int g^2 I^2 dt)^{1/2} J^{1/2}.
math::Estimate weighted_bound(const math::Estimated& h, const math::Estimated& eps, const math::Estimated& weight,
                              const math::Estimated& rate, const std::vector<double>& edges, math::Estimate terminal);

} // namespace assay::score
