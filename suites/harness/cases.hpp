// Case lists: which problems a suite asks of every variant of an op, each with its reason.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "kernels/variant.hpp"
#include "reference/op.hpp"

namespace assay {

// edge: verified in every run; thorough: verified with --effort thorough only; bench: timed by `bench`, verified then and by `verify`, but
// not in sanitised builds; device: the same for CUDA variants on a device alone, of sizes that fill it.
enum class Use : std::uint8_t { edge, thorough, bench, device };
constexpr bool is_timed(Use use) { return use == Use::bench || use == Use::device; }

template <class Op> struct Case {
  typename Op::Problem problem;
  std::string_view why; // the reason for this size or option
  Fill fill = Fill::normal;
  Use use = Use::edge;
};

struct CaseEntry {
  std::string_view op, subject;
  std::shared_ptr<const void> problem;
  std::string_view why;
  Fill fill;
  Use use;
};

std::vector<CaseEntry>& cases();

// Cases of one op, asked for by one subject; entries keep the order of the list.
template <class Op> bool add_cases(std::string_view subject, std::vector<Case<Op>> list) {
  add_op(op_entry<Op>());
  for (Case<Op>& one : list)
    cases().push_back(
        {Op::name, subject, std::make_shared<const typename Op::Problem>(std::move(one.problem)), one.why, one.fill, one.use});
  return true;
}

} // namespace assay

#define ASSAY_CASES(Op, subject, ...)                                                                                                      \
  [[maybe_unused]] static const bool ASSAY_JOIN(assay_cases_, __COUNTER__) = ::assay::add_cases<Op>(subject, __VA_ARGS__)
