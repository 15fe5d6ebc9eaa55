// What the particle claims share: the generators believed in, the numbers of particles, the checks and the rows of the figure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "reference/particles/weak_residual.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay::continuity {

// The true generator, then one per control; broken_by of a particle claim names them in this order.
inline constexpr std::array<particles::Belief, 5> beliefs = {{{}, {.diffusion = 1.05}, {.drift = 1.05}, {.diffusion = 2}, {.drift = -1}}};
inline constexpr double alpha = 1e-6; // of a whole claim

using Residuals =
    std::function<std::vector<std::vector<particles::Residual>>(std::span<const particles::Belief>, std::span<const std::int64_t>)>;

// One check for each of the K functions, at alpha / K. z grows as sqrt(N): the 5 % controls reach about 15 with 3 * 2^16
// particles, which is 10 above the threshold of 5.5.
inline void judge(Inquiry& inquiry, const std::vector<particles::TestFunction>& functions, const Residuals& residuals) {
  std::vector<std::int64_t> counts = {1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 17, 3 << 16};
  if (inquiry.thorough) counts.push_back(1 << 19);
  const double share = alpha / static_cast<double>(functions.size());
  const auto check = [&](const particles::Residual& all) {
    for (std::size_t k = 0; k < functions.size(); ++k)
      inquiry.check(sampled("mean residual of " + name_of(functions[k]), all.mean[k] / all.error[k], share));
  };
  if (inquiry.broken > 0) {
    check(residuals(std::span(beliefs).subspan(static_cast<std::size_t>(inquiry.broken), 1), std::span(counts).last(1))[0][0]);
    return;
  }
  const auto all = residuals(beliefs, counts); // the controls too, for the figure
  check(all[0].back());
  for (std::size_t n = 0; n < counts.size(); ++n)
    inquiry.row("max_z", {{"particles", static_cast<double>(counts[n])},
                          {"true_form", largest_z(all[0][n])},
                          {"noise_variance_5_percent", largest_z(all[1][n])},
                          {"drift_5_percent", largest_z(all[2][n])},
                          {"half_missing", largest_z(all[3][n])},
                          {"velocity_sign", largest_z(all[4][n])},
                          {"threshold", normal_threshold(share)}});
}

} // namespace assay::continuity
