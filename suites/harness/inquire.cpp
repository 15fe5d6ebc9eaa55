#include "suites/harness/inquire.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "suites/harness/device.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double clear = 5; // a sampled control must miss its threshold by this many standard errors

bool rejects(const Check& check) { return check.alpha > 0 ? !(check.lhs < check.rhs + check.slack + clear) : !holds(check); }

// How far a failing check is beyond its limit, to name the clearest one.
double excess(const Check& check) {
  const double beyond = check.lhs - check.rhs - check.slack;
  return std::isnan(beyond) ? inf : beyond / std::max({std::fabs(check.rhs), check.slack, std::numeric_limits<double>::min()});
}

} // namespace

double share_used(const Check& check) {
  if (std::isnan(check.lhs) || std::isnan(check.rhs) || std::isnan(check.slack)) return inf;
  if (check.rhs > 0) return check.lhs <= 0 ? 0 : check.lhs / (check.rhs + check.slack);
  const double beyond = check.lhs - check.rhs;
  return beyond <= 0 ? 0 : check.slack > 0 ? beyond / check.slack : inf;
}

Outcome ask(const std::vector<std::string_view>& broken_by, const std::function<void(Inquiry&)>& question, std::uint64_t seed,
            bool thorough) {
  Outcome outcome;
  Inquiry truth{.seed = seed, .broken = 0, .thorough = thorough, .checks = {}, .series = {}};
  question(truth);
  outcome.checks = std::move(truth.checks);
  outcome.series = std::move(truth.series);
  for (const Check& check : outcome.checks) {
    outcome.alpha += check.alpha;
    outcome.used = std::max(outcome.used, share_used(check));
  }
  std::vector<std::string> proven;
  for (std::size_t k = 0; k < broken_by.size(); ++k) {
    Inquiry twin{.seed = seed, .broken = static_cast<int>(k) + 1, .thorough = thorough, .checks = {}, .series = {}};
    question(twin);
    Control control{std::string(broken_by[k]), false, std::nullopt};
    for (const Check& check : twin.checks) {
      if (!rejects(check)) continue;
      control.rejected = true;
      proven.push_back(check.what);
      if (!control.check || excess(check) > excess(*control.check)) control.check = check;
    }
    outcome.controls.push_back(std::move(control));
  }
  for (const Check& check : outcome.checks)
    if (std::find(proven.begin(), proven.end(), check.what) == proven.end()) outcome.unproven.push_back(check.what);

  const auto failed = std::find_if(outcome.checks.begin(), outcome.checks.end(), [](const Check& check) { return !holds(check); });
  const auto passed =
      std::find_if(outcome.controls.begin(), outcome.controls.end(), [](const Control& control) { return !control.rejected; });
  if (failed != outcome.checks.end()) {
    outcome.status = Status::fail;
    outcome.message = fmt::format("{}: {:.6g} <= {:.6g} + {:.2g} is false by {:.3g}", failed->what, failed->lhs, failed->rhs, failed->slack,
                                  failed->lhs - failed->rhs - failed->slack);
  } else if (outcome.checks.empty()) {
    outcome.status = Status::vacuous;
    outcome.message = "it checks nothing";
  } else if (outcome.controls.empty()) {
    outcome.status = Status::vacuous;
    outcome.message = "it has no control";
  } else if (passed != outcome.controls.end()) {
    outcome.status = Status::vacuous;
    outcome.message = "control '" + passed->breaks + "' also passes";
  }
  return outcome;
}

Outcome ask_law(const LawEntry& law, const VariantEntry& variant, std::uint64_t seed, bool thorough) {
  const auto apply = [&](const void* problem, void* args) {
    if (const std::string reason = variant.op->refuse(problem); !reason.empty())
      throw std::logic_error("the law asks an invalid problem: " + reason);
    if (variant.accepts && !variant.accepts(problem)) throw NotAccepted("variant does not accept this size");
    const std::vector<Array> wide = variant.op->arrays(problem, args);
    Arguments arguments = variant_arguments(variant, problem);
    const auto data_of = [](const Array& array) {
      void* data = nullptr;
      std::memcpy(&data, array.at, sizeof data);
      return data;
    };
    std::vector<std::vector<std::byte>> bytes(wide.size());
    for (std::size_t i = 0; i < wide.size(); ++i) {
      const Type type = arguments.arrays()[i].type;
      bytes[i].resize(arguments.bytes(i));
      if (wide[i].role != Role::out)
        for (std::int64_t e = 0; e < elements(wide[i]); ++e) store(type, bytes[i].data(), e, load(wide[i].type, data_of(wide[i]), e));
    }
    reset(arguments, bytes, 0xFF);
    Buffer scratch(variant.backend, variant.scratch ? variant.scratch(problem) : 0);
    scratch.poison(0xFF);
    simt::Stream executor;
    const Launch launch{stream_of(variant.backend, executor), {static_cast<std::byte*>(scratch.data()), scratch.size()}};
    if (variant.prepare) variant.prepare(problem, launch);
    variant.run(problem, arguments.get(), launch);
    if (variant.backend == Backend::cuda) device::synchronise();
    for (std::size_t i = 0; i < wide.size(); ++i) {
      if (wide[i].role == Role::in) continue;
      arguments.buffer(i).read(bytes[i].data());
      for (std::int64_t e = 0; e < elements(wide[i]); ++e)
        store(wide[i].type, data_of(wide[i]), e, load(arguments.arrays()[i].type, bytes[i].data(), e));
    }
  };
  const auto question = [&](Inquiry& inquiry) {
    inquiry.numerics = variant.numerics;
    law.ask(inquiry, apply);
  };
  return ask(law.broken_by, question, seed, thorough);
}

namespace {

// The largest ratio that `decoy` reaches against the truth; infinity where a NaN stands for a number.
double decoy_ratio(const std::vector<Truth>& truth, const std::vector<Truth>& decoy, Fill fill) {
  double worst = 0;
  for (std::size_t k = 0; k < truth.size(); ++k)
    for (std::size_t i = 0; i < truth[k].value.size(); ++i) {
      const double want = truth[k].value[i], got = decoy[k].value[i], bound = fill == Fill::integers ? 0 : truth[k].bound[i];
      if (std::isinf(bound) || got == want || (std::isnan(got) && std::isnan(want))) continue;
      const double error = std::fabs(got - want);
      worst = std::max(worst, std::isfinite(error) && bound > 0 ? error / bound : inf);
    }
  return worst;
}

bool same_shapes(const std::vector<Array>& a, const std::vector<Array>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const Array& x, const Array& y) { return x.shape == y.shape; });
}

} // namespace

Outcome ask_power(const OpEntry& op, const Numerics& numerics, const std::vector<const CaseEntry*>& list,
                  const std::function<std::vector<Array>(const void* problem)>& arrays, std::uint64_t seed) {
  std::map<std::string, double> decoys; // best ratio over all cases
  const auto keep = [&](const std::string& name, double ratio) {
    double& best = decoys.try_emplace(name, 0).first->second;
    best = std::max(best, ratio);
  };
  for (const CaseEntry* one : list) {
    const void* problem = one->problem.get();
    if (!op.refuse(problem).empty()) continue; // has an error row of its own
    Arguments inputs = double_arguments(op, problem);
    const auto inputs_of = [&](std::uint64_t key) {
      fill_inputs(op, problem, inputs, one->fill, key);
      round_to_storage(inputs, arrays(problem));
    };
    if (op.truth == nullptr) { // judged by a certificate: only an output that needs no truth can be a decoy
      inputs_of(case_key(*one, seed));
      Arguments zeros = double_arguments(op, problem);
      for (std::size_t i = 0; i < zeros.count(); ++i) zeros.buffer(i).poison(0);
      const std::vector<Check> checks = op.judge(problem, inputs.get(), zeros.get(), numerics);
      keep("zeros", std::all_of(checks.begin(), checks.end(), holds) ? 0 : inf);
      continue;
    }
    inputs_of(case_key(*one, seed + 1));
    const std::vector<Truth> other = op.truth(problem, inputs.get(), numerics, {});
    inputs_of(case_key(*one, seed));
    const std::vector<Truth> truth = op.truth(problem, inputs.get(), numerics, {});
    std::vector<Truth> zeros = truth, shifted = truth;
    for (std::size_t k = 0; k < truth.size(); ++k) {
      std::fill(zeros[k].value.begin(), zeros[k].value.end(), 0.0);
      if (!shifted[k].value.empty()) std::rotate(shifted[k].value.begin(), shifted[k].value.begin() + 1, shifted[k].value.end());
    }
    keep("zeros", decoy_ratio(truth, zeros, one->fill));
    keep("shift by one", decoy_ratio(truth, shifted, one->fill));
    keep("truth of another seed", decoy_ratio(truth, other, one->fill));
    for (const auto& [axis, changed] : op.neighbours(problem)) {
      const std::shared_ptr<void> args = op.make_args();
      if (!same_shapes(op.arrays(changed.get(), args.get()), inputs.arrays())) continue; // a wrong shape shows by itself
      keep("parameter " + axis + " off by one", decoy_ratio(truth, op.truth(changed.get(), inputs.get(), numerics, {}), one->fill));
    }
  }
  Outcome outcome;
  for (const auto& [name, ratio] : decoys) {
    const Check check{"a decoy is within the bound of every case", ratio, 1, 0};
    outcome.controls.push_back({name, !holds(check), check});
    if (!holds(check)) continue;
    outcome.status = Status::vacuous;
    outcome.message = fmt::format("decoy '{}' is within the bound of every case", name);
  }
  if (decoys.empty()) {
    outcome.status = Status::vacuous;
    outcome.message = "no case";
  }
  return outcome;
}

} // namespace assay
