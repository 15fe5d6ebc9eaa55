// Asking a claim or a law: the true form must hold, and every control must fail.
#pragma once

#include <optional>

#include "suites/harness/inquiry.hpp"
#include "suites/harness/verify.hpp"

namespace assay {

struct Control {
  std::string breaks;
  bool rejected = false;
  std::optional<Check> check; // the check that rejected it most clearly
};

struct Outcome {
  Status status = Status::pass;
  std::vector<Check> checks;
  std::vector<Control> controls;
  std::vector<std::string> unproven; // checks that no control ever fails
  std::vector<Series> series;
  double used = 0;  // largest share of its allowance that a check uses; 1 = at the limit
  double alpha = 0; // chance of a false alarm: the sum over checks
  std::string message;
};

// Share of the allowance: lhs / (rhs + slack) for a bound, |difference| / slack for an identity.
double share_used(const Check& check);

Outcome ask(const std::vector<std::string_view>& broken_by, const std::function<void(Inquiry&)>& question, std::uint64_t seed,
            bool thorough);

// Asked of a variant that refuses one of the law's problems: the law is skipped for it.
struct NotAccepted : std::runtime_error {
  using std::runtime_error::runtime_error;
};
Outcome ask_law(const LawEntry& law, const VariantEntry& variant, std::uint64_t seed, bool thorough);

// The power of a case list: zeros, a shift by one, the truth of another seed and of parameters off by one must each be
// rejected by at least one case, or passing them says nothing. Computed from truths alone.
Outcome ask_power(const OpEntry& op, const Numerics& numerics, const std::vector<const CaseEntry*>& list,
                  const std::function<std::vector<Array>(const void* problem)>& arrays, std::uint64_t seed);

} // namespace assay
