#include "suites/harness/perform.hpp"

#include <fmt/core.h>

#include <exception>
#include <limits>

#include "reference/random.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/peers.hpp"
#include "suites/harness/timing.hpp"

namespace assay {
namespace {

constexpr std::int64_t timed_sample = 1 << 20; // elements of each output that the truth covers at benchmark size
constexpr int calls = 3;                       // of every verdict: two poisons and one more

const char* kind_of(const Task& task) {
  switch (task.what) {
    case What::claim: return "claim";
    case What::law:
    case What::power: return "law";
    default: return "verdict";
  }
}

Json head(const Task& task, const Request& request) {
  if (task.what == What::claim)
    return {{"kind", "claim"},
            {"run_id", ""},
            {"id", task.id},
            {"subject", task.subject},
            {"statement", task.claim->statement},
            {"source", task.claim->source},
            {"claim_kind",
             std::vector<const char*>{"exact", "bound", "rate", "sampled", "observed"}[static_cast<std::size_t>(task.claim->kind)]},
            {"repro", repro_of(task, request)}};
  Json row = variant_row(kind_of(task), task.id, task.subject, *task.variant);
  if (task.what == What::power) {
    row["variant"] = "reference";
    row["idea"] = "the truth against decoys";
    row["backend"] = name_of(task.backend);
    row["law"] = "power";
    row["statement"] = "Every decoy is rejected by at least one case.";
  }
  if (task.what == What::law) {
    row["law"] = task.law->name;
    row["statement"] = task.law->statement;
  }
  if (task.what == What::peer) {
    row["variant"] = "peer_" + task.peer;
    row["idea"] = task.version;
    row["role"] = "peer";
  }
  if (task.one != nullptr) add_case(row, *task.one);
  row["repro"] = repro_of(task, request);
  return row;
}

Json skip_row(const Task& task, const std::string& reason) {
  return {{"kind", "skip"},
          {"run_id", ""},
          {"id", task.id},
          {"subject", task.subject},
          {"op", task.op},
          {"variant", task.name},
          {"backend", name_of(task.backend)},
          {"reason", reason}};
}

Outcome outcome_of(const Task& task, const Request& request) {
  if (task.what == What::claim) return ask(task.claim->broken_by, task.claim->ask, request.seed, request.thorough);
  if (task.what == What::law) return ask_law(*task.law, *task.variant, request.seed, request.thorough);
  std::vector<const CaseEntry*> list;
  for (const CaseEntry& one : cases())
    if (one.op == task.variant->op->name && one.use == Use::edge) list.push_back(&one);
  const auto arrays = [&](const void* problem) { return task.variant->arrays(problem, task.variant->make_args().get()); };
  return ask_power(*task.variant->op, task.variant->numerics, list, arrays, request.seed);
}

std::vector<Json> inquiry_rows(const Task& task, const Request& request) {
  Json row = head(task, request);
  const Outcome outcome = outcome_of(task, request);
  add_outcome(row, outcome);
  if (task.what != What::claim) row["evidence"] = task.what == What::power ? evidence_of(Backend::cpu) : evidence_of(task.backend);
  std::vector<Json> rows{std::move(row)};
  for (const Series& series : outcome.series) rows.push_back(series_row(task.id, series));
  return rows;
}

Json verdict_row(const Task& task, const Request& request, const Verdict& verdict, std::uint64_t input_hash) {
  Json row = head(task, request);
  add_verdict(row, verdict, task.variant->numerics, evidence_of(task.backend));
  row["input_hash"] = hexadecimal(input_hash);
  return row;
}

// Invalid problems are asked before any variant sees them.
std::string refusal_of(const Task& task) {
  const std::string reason = task.variant->op->refuse(task.one->problem.get());
  return reason.empty() ? reason : "the op refuses this problem: " + reason;
}

std::vector<Json> verdict_rows(const Task& task, const Request& request) {
  Trial trial(*task.variant, *task.one, request.seed);
  const Sample sample{key_of(case_key(*task.one, request.seed), "sample"), is_timed(task.one->use) ? timed_sample : 0};
  return {verdict_row(task, request, trial.verify(sample, calls), trial.input_hash())};
}

std::vector<Json> measure_rows(const Task& task, const Request& request, double seconds) {
  Trial trial(*task.variant, *task.one, request.seed);
  const std::uint64_t key = case_key(*task.one, request.seed);
  Verdict verdict = trial.verify({key_of(key, "sample before timing"), timed_sample}, calls);
  std::vector<Measurement> measured;
  if (verdict.status == Status::pass) {
    {
      const Pinned pinned;
      measured = believable([&] { return measure(*task.variant, *task.one, trial, seconds); });
    }
    Verdict after = trial.verify({key_of(key, "sample after timing"), timed_sample}, calls);
    if (after.status != Status::pass) {
      verdict = std::move(after);
      verdict.message += "; it was right before it was timed";
    } else if (after.ratio > verdict.ratio)
      verdict = std::move(after);
    for (const Measurement& row : measured)
      if (too_fast(row)) {
        verdict.status = Status::fail;
        verdict.message =
            fmt::format("too fast: {:.3g} s a call, but {} was never seen to need less than {:.3g} s, in the last of {} measurements",
                        median(row.seconds), row.ceiling, row.best_floor_seconds, row.disbelieved + 1);
      }
  }
  std::vector<Json> rows{verdict_row(task, request, verdict, trial.input_hash())};
  if (verdict.status != Status::pass) return rows; // no time without a passing verdict
  for (const Measurement& measurement : measured) {
    Json row = head(task, request);
    row["kind"] = "measurement";
    add_measurement(row, measurement);
    rows.push_back(std::move(row));
  }
  return rows;
}

// What of ours a peer is timed against: the fastest variant of the same types on the same device.
const VariantEntry& fastest(const Task& task, const Request& request) {
  const VariantEntry* best = task.variant;
  double least = std::numeric_limits<double>::infinity();
  for (const VariantEntry& variant : variants()) {
    if (variant.op != task.variant->op || variant.types != task.variant->types || variant.backend != task.backend) continue;
    if (variant.accepts && !variant.accepts(task.one->problem.get())) continue;
    Trial trial(variant, *task.one, request.seed);
    trial.restore();
    trial.call();
    const double seconds = elapsed(task.backend, [&] { trial.call(); });
    if (seconds < least) best = &variant, least = seconds;
  }
  return *best;
}

std::vector<Json> peer_rows(const Task& task, const Request& request, double seconds) {
  const Pinned pinned; // the peer's process too
  const VariantEntry& ours = fastest(task, request);
  Trial trial(ours, *task.one, request.seed);
  Peer peer(task, trial);
  const Sample sample{key_of(case_key(*task.one, request.seed), "sample"), timed_sample};
  const Verdict verdict = judge_outputs(*ours.op, task.one->problem.get(), ours.numerics, task.one->fill, trial.before(),
                                        trial.arguments().arrays(), peer.after(), sample);
  std::vector<Json> rows{verdict_row(task, request, verdict, trial.input_hash())};
  if (verdict.status != Status::pass) return rows;
  trial.restore();
  Json row = head(task, request);
  row["kind"] = "measurement";
  row["peer_of"] = ours.op->name;
  add_measurement(row, measure_beside(
                           ours, *task.one, trial, [&] { return peer.sample(); }, seconds));
  rows.push_back(std::move(row));
  return rows;
}

Json error_row(const Task& task, const Request& request, const std::string& message) {
  Json row = head(task, request);
  if (task.what == What::claim || task.what == What::law || task.what == What::power) {
    Outcome outcome;
    outcome.status = Status::error;
    outcome.message = message;
    add_outcome(row, outcome);
    if (task.what != What::claim) row["evidence"] = evidence_of(task.backend);
    return row;
  }
  Verdict verdict;
  verdict.status = Status::error;
  verdict.message = message;
  add_verdict(row, verdict, task.variant->numerics, evidence_of(task.backend));
  row["input_hash"] = "";
  return row;
}

} // namespace

std::string repro_of(const Task& task, const Request& request) {
  const bool timed = task.what == What::measure || task.what == What::peer;
  const std::string command = task.what == What::peer ? "bench --peers" : timed ? "bench" : "verify";
  return repro(command, task.id, task.what == What::claim ? "" : name_of(task.backend), request.seed, request.thorough);
}

Json crash_row(const Task& task, const Request& request, const std::string& cause) {
  return error_row(task, request, "its process was " + cause);
}

std::vector<Json> perform(const Task& task, const Request& request, double seconds) {
  try {
    if (task.what == What::claim || task.what == What::law || task.what == What::power) return inquiry_rows(task, request);
    if (task.what == What::skip) return {skip_row(task, task.reason)};
    if (const std::string refusal = refusal_of(task); !refusal.empty()) return {error_row(task, request, refusal)};
    if (task.what == What::verdict) return verdict_rows(task, request);
    if (task.what == What::peer) return peer_rows(task, request, seconds);
    return measure_rows(task, request, seconds);
  } catch (const NotAccepted& refusal) {
    return {skip_row(task, refusal.what())};
  } catch (const std::exception& error) {
    return {error_row(task, request, error.what())};
  } catch (...) {
    return {error_row(task, request, "it threw something that is no std::exception")};
  }
}

} // namespace assay
