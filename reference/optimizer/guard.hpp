// What to do about gradients that are not finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::optimizer {

// Which gradients make a tensor's micro-step bad. nan_only is what the article's own implementation tests, and lets
// infinities through; the granularity is the tensor, so the others still move.
enum class Guard : std::uint8_t { off, nan_only, finite };

// What a bad micro-step does.
// immediate (the article): the momentum stays as it is, even the decay of a first micro-step is skipped, and the parameters
//   shrink at once, theta <- c + s (theta - c), also in mid-window; on a last micro-step this replaces the update.
// window (recommended): a bad gradient counts as zero, the momentum still decays on a first micro-step, and a sticky flag
//   makes the last micro-step shrink instead of update, so that theta is constant inside a window. The article's policy
//   skips the decay whenever a first micro-step is bad, and momentum can then grow without limit.
enum class Policy : std::uint8_t { window, immediate };

// cached: sums of squares of theta and bad flags are inputs, kept up to date by whoever wrote theta and g, so that one pass
// suffices; full: the variant computes both itself, in extra passes.
enum class Passes : std::uint8_t { cached, full };

inline std::string_view name_of(Guard guard) {
  constexpr std::string_view names[] = {"off", "nan_only", "finite"};
  return guard <= Guard::finite ? names[static_cast<std::size_t>(guard)] : std::string_view();
}
inline std::string_view name_of(Policy policy) {
  constexpr std::string_view names[] = {"window", "immediate"};
  return policy <= Policy::immediate ? names[static_cast<std::size_t>(policy)] : std::string_view();
}
inline std::string_view name_of(Passes passes) {
  constexpr std::string_view names[] = {"cached", "full"};
  return passes <= Passes::full ? names[static_cast<std::size_t>(passes)] : std::string_view();
}

} // namespace assay::optimizer
