// Why a problem of the optimizer's ops is invalid: the axis, its value and the reason.
#pragma once

#include <cmath>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>

#include "reference/optimizer/tensors.hpp"

namespace assay::optimizer {

template <class T> std::string refusal(const char* axis, const T& value, const std::string& reason) {
  std::ostringstream text;
  text << axis << '=' << value << ": " << reason;
  return text.str();
}

// The axes that every micro-step has.
template <class Problem> std::string refuse_momentum(const Problem& p) {
  if (!(p.beta >= 0 && p.beta < 1)) return refusal("beta", p.beta, "must be in [0, 1)");
  if (!(p.shrink >= 0 && p.shrink <= 1)) return refusal("shrink", p.shrink, "must be in [0, 1]");
  if (p.window < 1) return refusal("window", p.window, "must be at least 1");
  if (p.step < 0) return refusal("step", p.step, "must not be negative");
  try {
    layout(p.tensors);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

} // namespace assay::optimizer
