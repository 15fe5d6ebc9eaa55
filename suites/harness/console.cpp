#include "suites/harness/console.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/inquire.hpp"
#include "suites/harness/timing.hpp"

namespace assay {
namespace {

double real(const Json& value) { // numbers, or the words that stand for non-finite ones
  if (value.is_number()) return value.get<double>();
  const std::string word = value.is_string() ? value.get<std::string>() : "nan";
  return word == "inf" ? HUGE_VAL : word == "-inf" ? -HUGE_VAL : std::nan("");
}

std::string plural(std::int64_t count, const char* noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

std::string times_bound(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:.2g} x bound", ratio) : "no finite multiple of the bound";
}

constexpr std::size_t most_inquiries = 12; // whose controls are shown one by one: what fits a screen

// The check that rejected a control most clearly.
Check rejecting(const Json& control) {
  const Json& check = control.at("check");
  return {check.at("what"), real(check.at("lhs")), real(check.at("rhs")), real(check.at("slack"))};
}

std::string excess(const Check& check) {
  const double ratio = share_used(check);
  return std::isfinite(ratio) ? times_bound(ratio) : fmt::format("{:.3g} <= {:.3g} + {:.2g} is false", check.lhs, check.rhs, check.slack);
}

} // namespace

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string engineering(double seconds) {
  for (const auto& [unit, scale] : {std::pair{"s", 1.0}, std::pair{"ms", 1e3}, std::pair{"us", 1e6}})
    if (seconds * scale >= 1) return fmt::format("{:.3g} {}", seconds * scale, unit);
  return fmt::format("{:.3g} ns", seconds * 1e9);
}

Console::Console(const Request& request, std::size_t planned)
    : request_(request), planned_(planned), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Console::head(const std::string& gpu) const {
  const Environment& known = environment();
  fmt::print("assay {} · commit {}{} · {}, {}, {} · {} · seed {} · effort {}{}\n\n", ASSAY_VERSION, known.commit.substr(0, 7),
             known.dirty ? " (dirty)" : "", known.cpu.model, plural(known.cpu.cores, "core"), best_simd(), gpu.empty() ? "no GPU" : gpu,
             request_.seed, request_.thorough ? "thorough" : "ci", known.sanitised ? " · ASan+UBSan" : "");
  std::fflush(stdout);
}

void Console::clear_line() {
  if (terminal_) fmt::print("\r\033[K");
}

void Console::say(const std::string& line) {
  clear_line();
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Console::progress(std::size_t finished, const Task& current) {
  if (!terminal_) return;
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double share = static_cast<double>(finished) / static_cast<double>(planned_);
  const auto filled = static_cast<std::size_t>(share * 10);
  const std::string left = finished < 5 ? "" : fmt::format(", about {} left", duration(passed / share - passed));
  std::string id = current.id;
  const std::string front = fmt::format("[{}{}] {}/{}  ", std::string(filled, '#'), std::string(10 - filled, '-'), finished, planned_);
  const std::string back = fmt::format("   {}{}", duration(passed), left);
  const std::size_t room = 99 - std::min<std::size_t>(front.size() + back.size(), 90);
  if (id.size() > room) id = id.substr(0, room - 1) + "~"; // the live line is no place to copy an id from
  fmt::print("\r\033[K{}{}{}", front, id, back);
  std::fflush(stdout);
}

void Console::ceilings(const std::vector<Ceiling>& list) {
  std::vector<std::string> parts;
  double noise = 0;
  for (const Ceiling& ceiling : list) {
    noise = std::max(noise, ceiling.spread);
    parts.push_back(fmt::format("{} {:.1f} G{}", ceiling.name, ceiling.value / 1e9, ceiling.unit));
  }
  say(fmt::format("  ceilings, one pinned thread: {}", fmt::join(parts, " · ")));
  say(fmt::format("  fastest pass above the median pass: up to {:.1f} %\n", 100 * noise));
}

void Console::explain(const Task& task, const Json& row) {
  const std::string status = row.at("status"), message = row.value("message", "");
  say(fmt::format("{} {}{}", status == "vacuous" ? "?" : "✗", task.id, status == "fail" ? "" : "   " + status));
  const bool element = row.contains("output") && !row.at("output").get<std::string>().empty() && status != "error";
  if (element) {
    const double got = real(row.at("got")), want = real(row.at("want")), bound = real(row.at("bound"));
    const std::int64_t at = row.at("at");
    if (at >= 0)
      say(fmt::format("    {}[{}] = {:.9g}   truth {:.9g}   |error| {:.3g} = {} {:.3g}", row.at("output").get<std::string>(), at, got, want,
                      std::fabs(got - want), times_bound(real(row.at("ratio"))), bound));
    else
      say(fmt::format("    {}: {:.9g} <= {:.9g} + {:.3g} is false", row.at("output").get<std::string>(), got, want, bound));
  }
  const bool listed = row.contains("checks") && status == "fail"; // the message repeats the first of them
  if (!message.empty() && !listed) say("    " + message);
  if (listed)
    for (const Json& check : row.at("checks"))
      if (!check.at("holds").get<bool>())
        say(fmt::format("    {}:   {:.6g} <= {:.6g} + {:.2g}   is false by {:.3g}", check.at("what").get<std::string>(),
                        real(check.at("lhs")), real(check.at("rhs")), real(check.at("slack")),
                        real(check.at("lhs")) - real(check.at("rhs")) - real(check.at("slack"))));
  say("    rerun   " + row.at("repro").get<std::string>() + "\n");
}

void Console::add(const Task& task, const std::vector<Json>& rows) {
  for (const Json& row : rows) {
    const std::string kind = row.at("kind");
    if (kind == "skip") ++skips_[row.at("reason")];
    if (kind == "measurement") timings_.push_back(row);
    if (kind != "verdict" && kind != "law" && kind != "claim") continue;
    const std::string status = row.at("status");
    if (status != "pass") explain(task, row);
    auto& groups = kind == "verdict" ? ops_ : kind == "law" ? laws_ : claims_;
    const std::string heading = kind == "verdict" ? family_of(*task.variant) : kind == "law" ? "laws" : task.subject;
    const std::string name = kind == "verdict" ? std::string(task.op) : kind == "law" ? row.at("law").get<std::string>() : "";
    if (!groups.contains({heading, name})) order_.emplace_back(heading, name);
    Group& group = groups[{heading, name}];
    ++group.cases;
    group.bad = group.bad || status != "pass";
    if (row.contains("variant")) group.variants.insert(row.at("variant").get<std::string>());
    if (row.contains("evidence")) group.evidence.insert(row.at("evidence").get<std::string>());
    const double worst = kind == "verdict" ? real(row.at("ratio")) : kind == "claim" ? real(row.at("used")) : 0;
    group.worst = std::isnan(worst) ? worst : std::max(group.worst, worst);
    if (kind == "verdict") continue;
    if (!row.at("controls").empty()) inquiries_.push_back(row);
    for (const Json& control : row.at("controls")) {
      if (!control.at("rejected").get<bool>()) continue;
      ++group.controls;
      group.nearest = std::min(group.nearest, share_used(rejecting(control)));
    }
    group.unproven += static_cast<std::int64_t>(row.at("unproven").size());
  }
}

void Console::add_static(const Json& row) {
  statics_.push_back(row);
  if (row.at("status") != "fail") return;
  say(fmt::format("✗ {}\n    {}", row.at("id").get<std::string>(), row.at("message").get<std::string>()));
  say("    look    " + row.at("repro").get<std::string>() + "\n");
}

void Console::controls_table() const {
  if (inquiries_.size() > most_inquiries) return;
  for (const Json& row : inquiries_) {
    fmt::print("  {}\n", row.at("id").get<std::string>());
    for (const Json& control : row.at("controls")) {
      if (!control.at("rejected").get<bool>()) continue;
      const Check check = rejecting(control);
      fmt::print("    control '{}' rejected: {}   {}\n", control.at("breaks").get<std::string>(), excess(check), check.what);
    }
  }
  if (!inquiries_.empty()) fmt::print("\n");
}

void Console::timing_table() const {
  if (timings_.empty()) return;
  fmt::print("  {:<62} {:>10} {:>21} {:>7} {:>8} {:>9}\n", "timed, one pinned thread", "median", "[quartiles]", "GB/s", "Gflop/s",
             "of floor");
  std::vector<double> noise; // how far halves of the same samples differ
  for (const Json& row : timings_) {
    const std::vector<double> seconds = row.at("seconds");
    std::vector<double> sorted = seconds, even, odd;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < seconds.size(); ++k) (k % 2 == 0 ? even : odd).push_back(seconds[k]);
    if (seconds.size() >= 10) noise.push_back(std::fabs(std::log(median(even) / median(odd))));
    const auto at = [&](std::size_t quarter) { return sorted[(sorted.size() - 1) * quarter / 4]; };
    fmt::print("    {}\n", row.at("id").get<std::string>());
    fmt::print("  {:<62} {:>10} {:>21} {:>7.1f} {:>8.1f} {:>9.2f}\n",
               fmt::format("    {}, {}{}{}", row.at("cold").get<bool>() ? "cold" : "hot",
                           plural(static_cast<std::int64_t>(seconds.size()), "sample"),
                           row.at("converged").get<bool>() ? "" : ", not converged: more --budget",
                           row.contains("disbelieved") ? fmt::format(", measured {} times", row.at("disbelieved").get<int>() + 1) : ""),
               engineering(at(2)), fmt::format("[{}, {}]", engineering(at(1)), engineering(at(3))), real(row.at("bytes")) / at(2) * 1e-9,
               real(row.at("flops")) / at(2) * 1e-9, real(row.at("efficiency")));
    if (!row.contains("beside")) continue;
    const std::vector<double> ours = row.at("beside").at("seconds");
    std::vector<double> ratios;
    for (std::size_t k = 0; k < seconds.size(); ++k) ratios.push_back(seconds[k] / ours[k]);
    const double ratio = median(ratios), half = relative_half_width(ratios);
    fmt::print("      {}, in turn with {}: {:.3g} times its {}{}\n", row.at("idea").get<std::string>(),
               row.at("beside").at("variant").get<std::string>(), ratio, engineering(median(ours)),
               std::isfinite(half) ? fmt::format(" [{:.3g}, {:.3g}]", ratio * (1 - half), ratio * (1 + half)) : "");
  }
  std::sort(noise.begin(), noise.end());
  if (!noise.empty())
    fmt::print("  noise floor: two measurements of the same thing differ by {:.1f} % at the 95th percentile of these rows\n",
               100 * noise[static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(noise.size()))) - 1]);
  fmt::print("\n");
}

void Console::summary(const Counts& counts, std::size_t ran, std::size_t planned, const std::string& records, double seconds,
                      bool stopped) {
  clear_line();
  controls_table();
  std::string last;
  for (const auto& [heading, name] : order_) {
    const std::string shown = heading == last ? "" : heading;
    last = heading;
    for (const auto* groups : {&ops_, &laws_, &claims_}) {
      const auto found = groups->find({heading, name});
      if (found == groups->end()) continue;
      const Group& group = found->second;
      const std::string worst = group.worst == 0 ? "exact" : fmt::format("{:.2g}", group.worst);
      const std::string rejected = plural(group.controls, "control") + " rejected" +
                                   (std::isfinite(group.nearest) ? fmt::format(", the nearest at {:.2g} x bound", group.nearest) : "");
      std::string text;
      if (groups == &ops_)
        text = fmt::format("{:<17} {:<12} {:<12} worst {} of bound   {}", name,
                           plural(static_cast<std::int64_t>(group.variants.size()), "variant"), plural(group.cases, "case"), worst,
                           fmt::join(group.evidence, ", "));
      else if (groups == &laws_)
        text = fmt::format("{:<17} {:<12} {:<12} {}", name, plural(static_cast<std::int64_t>(group.variants.size()), "variant"),
                           plural(group.cases, "row"), rejected);
      else
        text = fmt::format("{:<30} {} of the allowance used at most, {}{}", plural(group.cases, "claim"), worst, rejected,
                           group.unproven == 0 ? "" : fmt::format(", {} unproven", plural(group.unproven, "check")));
      fmt::print("  {:<18} {}{}\n", shown, text, group.bad ? "   <- see above" : "");
    }
  }
  if (!statics_.empty()) {
    std::vector<std::string> architectures;
    std::int64_t spilling = 0;
    bool bad = false, unheld = false;
    for (const Json& row : statics_) {
      const std::string arch = row.at("arch");
      if (std::find(architectures.begin(), architectures.end(), arch) == architectures.end()) architectures.push_back(arch);
      spilling += row.at("spills").get<int>() > 0 ? 1 : 0;
      bad = bad || row.at("status") == "fail";
      unheld = unheld || row.at("status").is_null();
    }
    fmt::print("  {:<18} {:<30} {}, {} with spills{}{}\n", "compiled", plural(static_cast<std::int64_t>(statics_.size()), "kernel"),
               fmt::join(architectures, " "), spilling, unheld ? ", budgets are of another toolkit" : "", bad ? "   <- see above" : "");
  }
  if (!order_.empty() || !statics_.empty()) fmt::print("\n");
  timing_table();
  for (const auto& [reason, count] : skips_)
    fmt::print("  skipped          {}: {}{}\n", plural(count, "row"), reason,
               reason == "no CUDA device" ? " (run on a machine with one; --require cuda makes this fail)" : "");
  if (!skips_.empty()) fmt::print("\n");
  const auto device_rows = skips_.contains("no CUDA device") ? skips_.at("no CUDA device") : 0;
  if (stopped) fmt::print(" stopped after {} of {}; the records hold what was done\n", ran, planned);
  fmt::print(" {} pass · {} fail · {} vacuous · {} skipped · {} error        {} of {} planned{}      {}\n", counts.pass, counts.fail,
             counts.vacuous, counts.skipped, counts.error, ran, planned,
             device_rows > 0 ? fmt::format("; {} more need a CUDA device", device_rows) : "", duration(seconds));
  if (!records.empty()) fmt::print(" records: {}\n", records);
  std::fflush(stdout);
}

} // namespace assay
