#include "suites/harness/verify.hpp"

#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "reference/random.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/recall.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr int poisons[] = {0xFF, 0x5A}; // all ones is a NaN in every floating type; a second pattern decides for integers

// Error over bound. A NaN never matches a number; where the truth is NaN the output has to be NaN too.
double ratio_of(double got, double want, double bound) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : inf;
  if (std::isinf(want) || std::isinf(got)) return got == want ? 0 : inf;
  const double error = std::fabs(got - want);
  if (error == 0) return 0;
  return bound > 0 ? error / bound : inf; // a NaN in `got` gives NaN, which the caller counts as a failure
}

void judge_output(Verdict& verdict, const Truth& truth, const Array& array, const std::vector<std::byte>& bytes, Fill fill) {
  const std::int64_t n = elements(array);
  const auto covered = static_cast<std::int64_t>(truth.value.size());
  if (truth.bound.size() != truth.value.size() || (truth.at.empty() ? covered != n : truth.at.size() != truth.value.size()))
    throw std::logic_error(fmt::format("truth of {} covers {} of {} elements without saying which", array.name, covered, n));
  for (std::int64_t k = 0; k < covered; ++k) {
    const auto i = static_cast<std::size_t>(k);
    const double bound = fill == Fill::integers ? 0 : truth.bound[i]; // small integers: every sum is exact
    if (std::isinf(bound)) {
      ++verdict.undecided;
      continue;
    }
    const std::int64_t at = truth.at.empty() ? k : truth.at[i];
    if (at < 0 || at >= n) throw std::logic_error(fmt::format("truth of {} lists element {} of {}", array.name, at, n));
    const double got = load(array.type, bytes.data(), at), ratio = ratio_of(got, truth.value[i], bound);
    ++verdict.covered;
    if (!(ratio <= 1)) ++verdict.over;
    const bool worse = std::isnan(ratio) ? !std::isnan(verdict.ratio) : ratio > verdict.ratio;
    if (worse || verdict.at < 0) {
      verdict.ratio = ratio;
      verdict.output = array.name;
      verdict.at = at;
      verdict.got = got;
      verdict.want = truth.value[i];
      verdict.bound = bound;
    }
  }
}

void judge_certificate(Verdict& verdict, const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    double ratio = check.lhs <= check.rhs ? 0 : check.slack > 0 ? (check.lhs - check.rhs) / check.slack : inf;
    ++verdict.covered;
    ++verdict.elements; // a certificate is one more thing to be right
    if (!holds(check)) {
      ++verdict.over;
      ratio = std::max(ratio, std::nextafter(1.0, 2.0)); // the quotient may round to 1, and a negative slack be missed
    }
    const bool worse = std::isnan(ratio) ? !std::isnan(verdict.ratio) : ratio > verdict.ratio;
    if (verdict.output.empty() || worse) {
      verdict.ratio = ratio;
      verdict.output = check.what;
      verdict.at = -1;
      verdict.got = check.lhs;
      verdict.want = check.rhs;
      verdict.bound = check.slack;
    }
  }
}

void conclude(Verdict& verdict, Fill fill) {
  if (verdict.over > 0) {
    verdict.status = Status::fail;
    verdict.message =
        fmt::format("{} of {} {} over the bound", verdict.over, verdict.covered, verdict.covered == 1 ? "element is" : "elements are");
  } else if (verdict.covered == 0 && verdict.elements > 0) {
    verdict.status = Status::vacuous;
    verdict.message = "no element has a finite bound";
  } else if (fill != Fill::hostile && verdict.undecided > (verdict.undecided + verdict.covered) / 10) {
    verdict.status = Status::vacuous;
    verdict.message =
        fmt::format("{} of {} elements are undecidable; at most a tenth may be", verdict.undecided, verdict.undecided + verdict.covered);
  }
}

// Outputs that no call wrote keep both poisons.
std::string unwritten(const Array& array, const std::vector<std::byte>& first, const std::vector<std::byte>& second) {
  const auto width = static_cast<std::size_t>(size_of(array.type));
  std::int64_t count = 0, at = -1;
  for (std::size_t i = 0; i < first.size(); i += width) {
    bool kept = true;
    for (std::size_t b = 0; b < width && kept; ++b)
      kept = first[i + b] == static_cast<std::byte>(poisons[0]) && second[i + b] == static_cast<std::byte>(poisons[1]);
    if (kept && count++ == 0) at = static_cast<std::int64_t>(i / width);
  }
  if (count == 0) return {};
  return fmt::format("{} of {} elements of {} are never written, first at {}", count, elements(array), array.name, at);
}

} // namespace

std::string_view name_of(Status status) {
  constexpr std::string_view names[] = {"pass", "fail", "vacuous", "skipped", "error"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(Fill fill) {
  constexpr std::string_view names[] = {"normal", "integers", "hostile"};
  return names[static_cast<std::size_t>(fill)];
}

std::string_view name_of(Backend backend) {
  constexpr std::string_view names[] = {"cpu", "simt", "cuda", "simt, checked"};
  return names[static_cast<std::size_t>(backend)];
}

namespace {

std::string text_of(const Axis& axis) {
  return axis.name + "=" + std::visit([](const auto& value) { return fmt::format("{}", value); }, axis.value);
}

const OpEntry& op_of(const CaseEntry& one) {
  for (const OpEntry* op : ops())
    if (op->name == one.op) return *op;
  throw std::logic_error("no op " + std::string(one.op));
}

std::string axes_text(const CaseEntry& one, bool all) {
  const OpEntry& op = op_of(one);
  const std::vector<Axis> axes = op.axes(one.problem.get()), usual = op.axes(op.default_problem().get());
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (all || axes[i].value != usual[i].value) text += text_of(axes[i]) + ",";
  return text;
}

} // namespace

std::string case_name(const CaseEntry& one) { return axes_text(one, false) + "fill=" + std::string(name_of(one.fill)); }

std::string verdict_id(const VariantEntry& variant, const CaseEntry& one) {
  return fmt::format("{}/{}/{}/{}", variant.op->name, variant.name, variant.types, case_name(one));
}

std::uint64_t case_key(const CaseEntry& one, std::uint64_t seed) {
  return key_of(seed, fmt::format("{}/{}fill={}", one.op, axes_text(one, true), name_of(one.fill)));
}

namespace {

Verdict judge(const OpEntry& op, const void* problem, const Numerics& numerics, Fill fill, const Arguments& before,
              const std::vector<Array>& types, const std::vector<std::vector<std::byte>>& after, const Truths* truths) {
  Verdict verdict;
  for (const Array& array : types)
    if (array.role != Role::in) verdict.elements += elements(array);
  if (truths != nullptr) {
    verdict.truth_hash = truths->hash;
    std::size_t k = 0;
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (types[i].role == Role::in) continue;
      if (k == truths->outputs.size())
        throw std::logic_error(fmt::format("truth() of {} has no entry for output {}", op.name, types[i].name));
      judge_output(verdict, truths->outputs[k++], types[i], after[i], fill);
    }
  }
  if (op.judge != nullptr) {
    Arguments wide = double_arguments(op, problem);
    for (std::size_t i = 0; i < types.size(); ++i)
      for (std::int64_t e = 0; e < elements(types[i]); ++e)
        store(wide.arrays()[i].type, wide.buffer(i).data(), e, load(types[i].type, after[i].data(), e));
    judge_certificate(verdict, op.judge(problem, before.get(), wide.get(), numerics));
  }
  conclude(verdict, fill);
  return verdict;
}

} // namespace

Verdict judge_outputs(const OpEntry& op, const void* problem, const Numerics& numerics, Fill fill, const Arguments& before,
                      const std::vector<Array>& types, const std::vector<std::vector<std::byte>>& after, Sample sample) {
  if (op.truth == nullptr) return judge(op, problem, numerics, fill, before, types, after, nullptr);
  const Truths truths = truths_of(op, problem, before, numerics, sample);
  return judge(op, problem, numerics, fill, before, types, after, &truths);
}

Trial::Trial(const VariantEntry& variant, const CaseEntry& one, std::uint64_t seed)
    : variant_(variant),
      case_(one),
      seed_(seed),
      before_(double_arguments(*variant.op, one.problem.get())),
      arguments_(variant_arguments(variant, one.problem.get())),
      scratch_(variant.backend, variant.scratch ? variant.scratch(one.problem.get()) : 0),
      launch_{nullptr, {}} {
  recall_inputs(*variant.op, one.problem.get(), before_, one.fill, case_key(one, seed));
  stored_ = round_to_storage(before_, arguments_.arrays());
  for (std::size_t i = 0; i < stored_.size(); ++i)
    if (arguments_.arrays()[i].role != Role::out) input_hash_ = hash_of(stored_[i], input_hash_);
  scratch_.poison(poisons[0]);
  launch_ = {stream_of(variant.backend, executor_), {static_cast<std::byte*>(scratch_.data()), scratch_.size()}};
  if (variant.prepare) {
    const auto start = std::chrono::steady_clock::now();
    variant.prepare(one.problem.get(), launch_);
    if (variant.backend == Backend::cuda) device::synchronise();
    prepare_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
}

void* stream_of(Backend backend, simt::Stream& executor) {
  if (backend == Backend::cuda) return device::stream();
  return backend == Backend::cpu ? nullptr : &executor;
}

void Trial::call() { variant_.run(case_.problem.get(), arguments_.get(), launch_); }

std::vector<std::vector<std::byte>> Trial::download() const {
  std::vector<std::vector<std::byte>> bytes(arguments_.count());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i].resize(arguments_.bytes(i));
    arguments_.buffer(i).read(bytes[i].data());
  }
  return bytes;
}

std::string Trial::contract(const std::vector<std::vector<std::byte>>& first, const std::vector<std::vector<std::byte>>& second) const {
  if (std::string touched = arguments_.guards(); !touched.empty()) return touched;
  if (const std::string touched = scratch_.guards(); !touched.empty()) return "scratch was written " + touched;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const Array& array = arguments_.arrays()[i];
    if (array.role == Role::in && (first[i] != stored_[i] || second[i] != stored_[i]))
      return fmt::format("input {} was changed", array.name);
    if (array.role == Role::out)
      if (std::string text = unwritten(array, first[i], second[i]); !text.empty()) return text;
  }
  return {};
}

Verdict Trial::judged(const std::vector<std::vector<std::byte>>& after, Sample sample) const {
  const OpEntry& op = *variant_.op;
  const void* const problem = case_.problem.get();
  std::shared_ptr<const Truths> truths;
  if (op.truth != nullptr)
    truths = recall_truths(op, problem, before_, variant_.numerics, sample, case_key(case_, seed_), variant_.types, input_hash_);
  return judge(op, problem, variant_.numerics, case_.fill, before_, arguments_.arrays(), after, truths.get());
}

std::string Trial::guarded_call() {
  try {
    call();
    if (variant_.backend == Backend::cuda) device::synchronise();
    return {};
  } catch (const simt::Error& error) {
    return error.what();
  }
}

namespace {

// A call that the executor ended: there is no output to show.
Verdict broken_off(Verdict verdict, std::string message) {
  verdict.status = Status::fail;
  verdict.message = std::move(message);
  verdict.ratio = inf;
  verdict.output.clear();
  verdict.at = -1;
  return verdict;
}

} // namespace

Verdict Trial::verify_checked(const VariantEntry& checked, Verdict plain, Sample sample,
                              const std::vector<std::vector<std::byte>>& expected) {
  Trial twin(checked, case_, seed_);
  twin.executor_.options = {.order = simt::Order::random, .perturb = true};
  reset(twin.arguments_, stored_, poisons[0]);
  std::string found = twin.guarded_call();
  if (found.empty()) found = twin.arguments_.guards();
  if (!found.empty()) return broken_off(std::move(plain), found + "; under the access checker");
  const std::vector<std::vector<std::byte>> now = twin.download();
  if (now == expected) return plain;
  Verdict perturbed = judged(now, sample);
  if (perturbed.status != Status::pass) perturbed.message += ", with approximate instructions and sums perturbed within what is documented";
  return perturbed.status != Status::pass || perturbed.ratio > plain.ratio ? perturbed : plain;
}

Verdict Trial::verify(Sample sample, int calls) {
  std::vector<std::vector<std::byte>> first, second;
  Verdict worst;
  const bool emulated = variant_.backend == Backend::simt;
  calls = std::max(calls, emulated ? static_cast<int>(std::size(simt::orders)) : 2);
  for (int k = 0; k < calls; ++k) {
    reset(arguments_, stored_, poisons[k % 2]);
    executor_.options.order = simt::orders[static_cast<std::size_t>(k) % std::size(simt::orders)];
    executor_.options.seed = static_cast<std::uint64_t>(k);
    if (const std::string found = guarded_call(); !found.empty())
      return broken_off(std::move(worst), fmt::format("{}; schedule {}", found, simt::name_of(executor_.options.order)));
    std::vector<std::vector<std::byte>> now = download();
    // Judging costs more than calling: a repeatable variant is judged once and then compared bit by bit.
    if (k == 0 || !variant_.repeatable) {
      Verdict verdict = judged(now, sample);
      if (k > 0 && verdict.status != Status::pass) verdict.message += fmt::format(", in call {} of {}", k + 1, calls);
      if (k == 0 || (worst.status == Status::pass && (verdict.status != Status::pass || verdict.ratio > worst.ratio)))
        worst = std::move(verdict);
    } else if (worst.status == Status::pass) {
      for (std::size_t i = 0; i < now.size(); ++i)
        if (arguments_.arrays()[i].role != Role::in && now[i] != first[i]) {
          Verdict again = judged(now, sample);
          again.status = Status::fail;
          again.message = fmt::format("{} differs between call 1 and call {}, though the variant is declared repeatable",
                                      arguments_.arrays()[i].name, k + 1) +
                          (again.message.empty() ? "" : "; " + again.message);
          worst = std::move(again);
          break;
        }
    }
    if (k == 0)
      first = std::move(now);
    else {
      second = std::move(now);
      if (std::string broken = contract(first, second); !broken.empty()) {
        worst.status = Status::fail;
        worst.message = broken + (worst.message.empty() ? "" : "; " + worst.message);
        worst.ratio = inf;
        break;
      }
    }
  }
  if (emulated) {
    const VariantEntry* const checked = checked_twin(variant_);
    if (checked != nullptr && worst.status == Status::pass) worst = verify_checked(*checked, std::move(worst), sample, first);
    worst.checkers = {"schedules", "poison", "guards"};
    if (checked != nullptr) worst.checkers.push_back("access");
    if (environment().sanitised) worst.checkers.insert(worst.checkers.end(), {"asan", "ubsan"});
  }
  return worst;
}

} // namespace assay
