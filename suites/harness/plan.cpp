#include "suites/harness/plan.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <regex>
#include <set>

#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"

namespace assay {
namespace {

std::vector<const VariantEntry*> sorted_variants() {
  std::vector<const VariantEntry*> list;
  for (const VariantEntry& variant : variants()) list.push_back(&variant);
  std::sort(list.begin(), list.end(), [](const VariantEntry* a, const VariantEntry* b) {
    return std::tuple(family_of(*a), a->op->name, a->name, a->backend, a->types) <
           std::tuple(family_of(*b), b->op->name, b->name, b->backend, b->types);
  });
  return list;
}

// Why a variant cannot run here; empty if it can.
std::string why_not(const VariantEntry& variant, const std::string& device_reason) {
  return variant.backend == Backend::cuda ? device_reason : std::string();
}

// A problem that the op refuses is shown to no variant: it becomes an error.
bool accepted(const VariantEntry& variant, const CaseEntry& one) {
  return !variant.accepts || !variant.op->refuse(one.problem.get()).empty() || variant.accepts(one.problem.get());
}

// The executor is never timed.
bool is_timed_by(Use use, Backend backend) {
  return use == Use::bench ? backend != Backend::simt : use == Use::device && backend == Backend::cuda;
}

Task row(What what, std::string id, std::string_view subject, const VariantEntry& variant) {
  Task task{.what = what, .id = std::move(id), .subject = std::string(subject), .backend = variant.backend};
  task.variant = &variant;
  task.op = variant.op->name;
  task.name = variant.name;
  return task;
}

Task skip(std::string id, std::string_view subject, const VariantEntry& variant, std::string reason) {
  Task task = row(What::skip, std::move(id), subject, variant);
  task.reason = std::move(reason);
  return task;
}

void plan_op(std::vector<Task>& plan, const std::vector<const VariantEntry*>& list, const Request& request,
             const std::string& device_reason) {
  const OpEntry& op = *list.front()->op;
  std::set<std::string_view> seen;
  for (const VariantEntry* variant : list)
    if (seen.insert(variant->types).second) {
      Task power = row(What::power, fmt::format("{}/reference/{}/law=power", op.name, variant->types), subject_of(op.name), *variant);
      power.backend = Backend::cpu; // computed from truths alone, whatever runs the variant
      plan.push_back(std::move(power));
    }
  for (const VariantEntry* variant : list) {
    const std::string absent = why_not(*variant, device_reason);
    for (const CaseEntry& one : cases()) {
      if (one.op != op.name || (one.use == Use::thorough && !request.thorough)) continue;
      // Timed cases are verified before and after their timing; a sanitised build is not timed.
      if (is_timed(one.use) && (request.bench || !is_timed_by(one.use, variant->backend) || environment().sanitised)) continue;
      std::string id = verdict_id(*variant, one);
      if (!absent.empty())
        plan.push_back(skip(std::move(id), one.subject, *variant, absent));
      else if (!accepted(*variant, one))
        plan.push_back(skip(std::move(id), one.subject, *variant, "variant does not accept this size"));
      else {
        plan.push_back(row(What::verdict, std::move(id), one.subject, *variant));
        plan.back().one = &one;
      }
    }
  }
  std::vector<const LawEntry*> asked;
  for (const LawEntry& law : laws())
    if (law.op == op.name) asked.push_back(&law);
  std::sort(asked.begin(), asked.end(), [](const LawEntry* a, const LawEntry* b) { return a->name < b->name; });
  for (const LawEntry* law : asked)
    for (const VariantEntry* variant : list) {
      const std::string absent = why_not(*variant, device_reason);
      plan.push_back(absent.empty() ? row(What::law, law_id(*law, *variant), subject_of(op.name), *variant)
                                    : skip(law_id(*law, *variant), subject_of(op.name), *variant, absent));
      plan.back().law = law;
    }
}

void plan_timing(std::vector<Task>& plan, const std::vector<const VariantEntry*>& list, const Request& request,
                 const std::string& device_reason) {
  std::string failure;
  const std::vector<KnownPeer> peers = request.peers ? list_peers(failure) : std::vector<KnownPeer>();
  const std::string unfit = environment().sanitised ? "timings need the release build" : "";
  std::set<std::tuple<const CaseEntry*, std::string, Backend>> asked; // peers run once per case, types and device, not once per variant
  for (const CaseEntry& one : cases()) {
    for (const VariantEntry* variant : list) {
      if (variant->op->name != one.op || !is_timed_by(one.use, variant->backend)) continue;
      const std::string absent = unfit.empty() ? why_not(*variant, device_reason) : unfit;
      std::string id = verdict_id(*variant, one);
      if (!absent.empty())
        plan.push_back(skip(std::move(id), one.subject, *variant, absent));
      else if (!accepted(*variant, one))
        plan.push_back(skip(std::move(id), one.subject, *variant, "variant does not accept this size"));
      else
        plan.push_back(row(What::measure, std::move(id), one.subject, *variant));
      plan.back().one = &one;
    }
    for (const VariantEntry* variant : list) {
      if (variant->op->name != one.op || !is_timed_by(one.use, variant->backend)) continue;
      if (!asked.insert({&one, variant->types, variant->backend}).second) continue;
      const auto has = [](const std::vector<std::string>& list, std::string_view item) {
        return std::find(list.begin(), list.end(), item) != list.end();
      };
      for (const KnownPeer& peer : peers) {
        if (peer.op != one.op || !has(peer.types, variant->types) || !has(peer.devices, name_of(variant->backend))) continue;
        std::string id = fmt::format("{}/peer_{}/{}/{}", one.op, peer.name, variant->types, case_name(one));
        std::string absent = unfit.empty() ? why_not(*variant, device_reason) : unfit;
        if (absent.empty() && !peer.reason.empty()) absent = "peer absent: " + peer.reason;
        plan.push_back(absent.empty() ? row(What::peer, std::move(id), one.subject, *variant)
                                      : skip(std::move(id), one.subject, *variant, absent));
        plan.back().one = &one;
        plan.back().peer = peer.name;
        plan.back().version = peer.version;
      }
    }
  }
  if (!failure.empty()) {
    Task task{.what = What::skip, .id = "peers", .reason = "peer absent: " + failure};
    plan.push_back(std::move(task));
  }
}

std::size_t edits(const std::string& a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string family_of(const VariantEntry& variant) { // kernels/<family>/<op>/<file>
  const std::size_t start = variant.file.rfind("kernels/");
  if (start == std::string::npos) return "tests";
  const std::size_t from = start + std::string_view("kernels/").size();
  return variant.file.substr(from, variant.file.find('/', from) - from);
}

std::string law_id(const LawEntry& law, const VariantEntry& variant) {
  return fmt::format("{}/{}/{}/law={}", variant.op->name, variant.name, variant.types, law.name);
}

std::string_view subject_of(std::string_view op) {
  for (const CaseEntry& one : cases())
    if (one.op == op) return one.subject;
  return {};
}

std::string nearest_names(const std::string& text) {
  std::set<std::string> names;
  for (const OpEntry* op : ops()) names.emplace(op->name);
  for (const Claim& claim : claims()) {
    names.emplace(claim.id);
    names.emplace(claim.id.substr(claim.id.rfind('/') + 1));
  }
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) {
    std::size_t distance = edits(text, name); // against the name, or its beginning: a filter is often cut short
    distance = std::min(distance, edits(text, std::string_view(name).substr(0, text.size())));
    if (distance <= std::max<std::size_t>(text.size() / 2, 2)) ranked.emplace_back(distance, name);
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > 3) ranked.resize(3);
  std::string list;
  for (const auto& [distance, name] : ranked) list += (list.empty() ? "nearest: " : ", ") + name;
  return list;
}

std::vector<Task> make_plan(const Request& request, const std::string& device_reason) {
  std::regex filter;
  try {
    filter.assign(request.filter);
  } catch (const std::regex_error& error) {
    throw BadInput(fmt::format("--filter '{}' is not a regular expression: {}", request.filter, error.what()));
  }
  if (request.require == Backend::cuda && !device_reason.empty())
    throw Unusable("--require cuda: " + device_reason + "; run on a machine with a GPU and a CUDA toolkit, or leave the flag out");
  for (const build::Unbuilt& unbuilt : build::unbuilt())
    if (request.require == Backend::simt && unbuilt.backend == Backend::simt)
      throw Unusable(fmt::format("--require simt: {}/{} is {}", unbuilt.op, unbuilt.variant, unbuilt.reason));
  const std::vector<const VariantEntry*> list = sorted_variants();
  if (request.require == Backend::simt &&
      std::none_of(list.begin(), list.end(), [](const VariantEntry* variant) { return variant->backend == Backend::simt; }))
    throw Unusable("--require simt: this program has no CUDA sources to execute on the CPU");
  std::vector<Task> plan;
  if (request.verify) {
    for (std::size_t i = 0, end = 0; i < list.size(); i = end) {
      while (end < list.size() && list[end]->op == list[i]->op) ++end;
      plan_op(plan, {list.begin() + static_cast<std::ptrdiff_t>(i), list.begin() + static_cast<std::ptrdiff_t>(end)}, request,
              device_reason);
    }
    for (const build::Unbuilt& unbuilt : build::unbuilt()) {
      Task task{.what = What::skip,
                .id = fmt::format("{}/{}", unbuilt.op, unbuilt.variant),
                .subject = std::string(subject_of(unbuilt.op)),
                .backend = unbuilt.backend,
                .reason = unbuilt.reason};
      task.op = unbuilt.op;
      task.name = unbuilt.variant;
      plan.push_back(std::move(task));
    }
    std::vector<const Claim*> asked;
    for (const Claim& claim : claims()) asked.push_back(&claim);
    std::sort(asked.begin(), asked.end(), [](const Claim* a, const Claim* b) { return a->id < b->id; });
    for (const Claim* claim : asked) {
      const std::string_view path = claim->id.substr(std::min(claim->id.find('/') + 1, claim->id.size()));
      Task task{.what = What::claim, .id = std::string(claim->id), .subject = std::string(path.substr(0, path.find('/')))};
      task.claim = claim;
      plan.push_back(std::move(task));
    }
  }
  if (request.bench) plan_timing(plan, list, request, device_reason);

  const std::size_t all = plan.size();
  std::erase_if(plan, [&](const Task& task) {
    return (request.backend && task.backend != *request.backend) || (!request.filter.empty() && !std::regex_search(task.id, filter));
  });
  if (plan.empty() && !request.filter.empty()) {
    const std::string nearest = nearest_names(request.filter);
    throw NothingToDo(
        fmt::format("--filter '{}' matches none of {} rows{}; see assay list", request.filter, all, nearest.empty() ? "" : "; " + nearest));
  }
  if (plan.empty())
    throw NothingToDo(request.backend ? fmt::format("no row has backend {}", name_of(*request.backend)) : "there is nothing to run");
  std::size_t index = 0;
  std::erase_if(
      plan, [&](const Task&) { return index++ % static_cast<std::size_t>(request.shards) != static_cast<std::size_t>(request.shard - 1); });
  return plan;
}

} // namespace assay
