// Relative learning rate over time: piecewise linear in the number of the micro-step, counted from 0. Not in the number of
// updates: a schedule stretches with the accumulation window. Header only, for the same reason as tensors.hpp.
// Source: Su Jianlin, "Tiger", kexue.fm/archives/9512 (2023), schedule of its reference implementation.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace assay::optimizer {

struct Knot {
  std::int64_t step;
  double rate;
};

// Linear between knots, constant after the last one. Unless there is a knot at 0 the rate starts from 0 there, so that the
// very first update of a warm-up has rate 0. Knots must be in strictly ascending order: two at one step have no slope.
inline double piecewise_linear(const std::vector<Knot>& knots, std::int64_t step) {
  Knot before{0, 0};
  bool first = true;
  for (const Knot& knot : knots) {
    if (knot.step < before.step || (knot.step == before.step && !(first && knot.step == 0)))
      throw std::invalid_argument("schedule: knot at step " + std::to_string(knot.step) + " does not follow step " +
                                  std::to_string(before.step));
    first = false;
    if (step < knot.step)
      return before.rate +
             (knot.rate - before.rate) * static_cast<double>(step - before.step) / static_cast<double>(knot.step - before.step);
    before = knot;
  }
  return before.rate;
}

// constant: 1; warmup: from 0 to 1 over 1000 micro-steps; warmup_decay: then down to 0.1 at micro-step 10000.
enum class Schedule : std::uint8_t { constant, warmup, warmup_decay };

inline std::string_view name_of(Schedule schedule) {
  constexpr std::string_view names[] = {"constant", "warmup", "warmup_decay"};
  return schedule <= Schedule::warmup_decay ? names[static_cast<std::size_t>(schedule)] : std::string_view();
}

inline std::vector<Knot> knots_of(Schedule schedule) {
  if (schedule == Schedule::warmup) return {{1000, 1}};
  if (schedule == Schedule::warmup_decay) return {{1000, 1}, {10000, 0.1}};
  return {{0, 1}};
}

} // namespace assay::optimizer
