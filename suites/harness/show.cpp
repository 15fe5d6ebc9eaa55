// list, explain, doctor: what exists, what it means, what is missing.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "suites/harness/ceilings.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/peers.hpp"
#include "suites/harness/records.hpp"
#include "suites/harness/run.hpp"
#include "suites/harness/statics.hpp"

namespace assay {
namespace {

constexpr const char* kinds[] = {"exact", "bound", "rate", "sampled", "observed"};

std::string state_of(const Task& task) { return task.what == What::skip ? task.reason : "runs here"; }

const char* word_of(What what) {
  switch (what) {
    case What::claim: return "claim";
    case What::law:
    case What::power: return "law";
    case What::measure:
    case What::peer: return "measurement";
    default: return "verdict";
  }
}

void explain_claim(const Claim& claim) {
  fmt::print("{}\n  {}\n\n", claim.id, claim.statement);
  fmt::print("  source     {}\n  kind       {}\n", claim.source, kinds[static_cast<std::size_t>(claim.kind)]);
  for (const std::string_view control : claim.broken_by) fmt::print("  control    {}\n", control);
  fmt::print("  reproduce  {}\n", repro("verify", claim.id, "", 1, false));
}

void explain_op(const OpEntry& op, const std::string& variant_asked) {
  fmt::print("{}\n", op.name);
  std::string family;
  for (const VariantEntry& variant : variants())
    if (variant.op == &op) family = family_of(variant);
  fmt::print("  contract, truth and bound   reference/{}/{}.hpp\n", family, op.name);
  std::vector<const VariantEntry*> list;
  for (const VariantEntry& variant : variants())
    if (variant.op == &op) list.push_back(&variant);
  std::sort(list.begin(), list.end(),
            [](const auto* a, const auto* b) { return std::tuple(a->name, a->types) < std::tuple(b->name, b->types); });
  if (!list.empty() && !cases().empty()) {
    const auto any = std::find_if(cases().begin(), cases().end(), [&](const CaseEntry& one) { return one.op == op.name; });
    if (any != cases().end()) {
      fmt::print("\n  arrays\n");
      constexpr const char* roles[] = {"in", "out", "in+out"};
      const std::shared_ptr<void> args = op.make_args();
      for (const Array& array : op.arrays(any->problem.get(), args.get()))
        fmt::print("    {:<14} {:<7} [{}] of the first case\n", array.name, roles[static_cast<std::size_t>(array.role)],
                   fmt::join(array.shape, ", "));
    }
  }
  fmt::print("\n  variants\n");
  for (const VariantEntry* variant : list)
    fmt::print("    {:<11} {:<14} {:<5} {}\n", variant->name, variant->types, name_of(variant->backend), variant->idea);
  for (const build::Unbuilt& unbuilt : build::unbuilt())
    if (unbuilt.op == op.name) fmt::print("    {:<11} {:<14} {:<5} {}\n", unbuilt.variant, "", name_of(unbuilt.backend), unbuilt.reason);
  if (const std::string table = static_table(std::string(op.name), variant_asked); !table.empty())
    fmt::print("\n  compiled kernels\n{}", table);
  fmt::print("\n  cases\n");
  for (const CaseEntry& one : cases())
    if (one.op == op.name) fmt::print("    {}\n      {}\n", case_name(one), one.why);
  for (const LawEntry& law : laws())
    if (law.op == op.name) fmt::print("\n  law {}: {}\n    controls: {}\n", law.name, law.statement, fmt::join(law.broken_by, " · "));
  fmt::print("\n  reproduce  {}\n", fmt::format("assay verify --filter '^{}/'", op.name));
}

// "✓ name  what" or "✗ name  what is missing  -> what to type"
void finding(bool good, const std::string& name, const std::string& what) { fmt::print("  {} {:<18} {}\n", good ? "✓" : "✗", name, what); }

} // namespace

int list_rows(const Request& asked, bool json) {
  Request request = asked;
  request.verify = true;
  for (const Task& task : make_plan(request, probe_device().reason)) {
    if (json)
      fmt::print("{}\n", Json{{"id", task.id},
                              {"kind", word_of(task.what)},
                              {"subject", task.subject},
                              {"backend", name_of(task.backend)},
                              {"runs", task.what != What::skip},
                              {"reason", task.reason}}
                             .dump());
    else
      fmt::print("{:<5} {}   {}\n", name_of(task.backend), task.id, state_of(task));
  }
  return exit_code::ok;
}

int explain(const std::string& id) {
  for (const Claim& claim : claims())
    if (claim.id == id || claim.id.substr(claim.id.find('/') + 1) == id) {
      explain_claim(claim);
      return exit_code::ok;
    }
  const std::string name = id.substr(0, id.find('/'));
  for (const OpEntry* op : ops())
    if (op->name == name) {
      const std::size_t slash = id.find('/');
      explain_op(*op, slash == std::string::npos ? "" : id.substr(slash + 1, id.find('/', slash + 1) - slash - 1));
      return exit_code::ok;
    }
  const std::string nearest = nearest_names(id);
  throw BadInput("explain '" + id + "': no op or claim has that name" + (nearest.empty() ? "" : "; " + nearest) + "; see assay list");
}

int doctor() {
  const Environment& known = environment();
  const DeviceSummary device = probe_device();
  const std::string toolkit = build::toolkit;
  fmt::print("  machine              {}, {} cores, {}, last-level cache {} MiB\n", known.cpu.model, known.cpu.cores, best_simd(),
             known.cpu.cache_bytes >> 20);
  fmt::print("  build                {}, {}, {}{}\n", build::compiler, build::type, build::flags, known.sanitised ? ", ASan+UBSan" : "");
  fmt::print("  libraries            {}\n\n", build::libraries);
  finding(!toolkit.empty(), "CUDA compiler",
          toolkit.empty() ? "built without: CUDA sources are neither compiled nor run -> install a CUDA toolkit, then ci/run"
                          : fmt::format("toolkit {} ({})", toolkit, fmt::join(build::architectures, ", ")));
  const auto emulated = std::count_if(variants().begin(), variants().end(), [](const auto& v) { return v.backend == Backend::simt; });
  finding(emulated > 0, "CUDA on the CPU",
          emulated > 0 ? fmt::format("{} variants of CUDA sources are executed and checked without a device", emulated)
                       : "built without CUDA headers: CUDA sources are not executed -> ci/setup, then ci/run");
  finding(!device.name.empty(), "CUDA device",
          device.name.empty() ? device.reason + ": CUDA rows are skipped" : device.name + ", driver " + device.driver);
  const std::string interpreter = python();
  const bool modules =
      std::system((shell_quoted(interpreter) + " -c 'import matplotlib, jinja2, numpy, scipy, jsonschema' >/dev/null 2>&1").c_str()) == 0;
  finding(modules, "reports",
          modules ? interpreter + " has matplotlib, Jinja2, NumPy, SciPy"
                  : interpreter + " lacks matplotlib, Jinja2, NumPy, SciPy or jsonschema -> ci/setup");
  std::string failure;
  for (const KnownPeer& peer : list_peers(failure))
    finding(peer.reason.empty(), "peer of " + peer.op,
            peer.reason.empty() ? peer.name + " " + peer.version : peer.name + ": " + peer.reason);
  if (!failure.empty()) finding(false, "peers", failure);
  return exit_code::ok;
}

} // namespace assay
