// The only file that knows Google Benchmark: it drives the repetitions; samples, verdicts and exit codes are ours.
#include "suites/harness/measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <tuple>

#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/statics.hpp"
#include "suites/harness/timing.hpp"

namespace assay {
namespace {

constexpr int window = 11, most_windows = 28;
constexpr int fewest = 6;                   // samples below which no two of them hold the median with 95 %
constexpr int most_measured = 3;            // times that a row is measured before it is refused as too fast
constexpr double narrow = 0.01;             // half-width of the median's interval at which a row is done
constexpr double steady = 0.02;             // two windows whose medians agree so well are warm
constexpr double hot_sample_seconds = 1e-3; // far above the clock's resolution
constexpr double most_memory = 2e9;         // for the rotated inputs of cold samples
constexpr double wakes_itself = 0.05;       // seconds of a call beside which it does not matter what the processor did before

class Silent : public benchmark::BenchmarkReporter {
public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

// Calls `sample` `count` times under Google Benchmark; each returns the seconds to account for.
void repeat(int count, const std::function<double()>& sample) {
  benchmark::RegisterBenchmark("sample",
                               [&sample](benchmark::State& state) {
                                 for ([[maybe_unused]] auto _ : state) state.SetIterationTime(sample());
                               })
      ->UseManualTime()
      ->Iterations(1) // manual time of several iterations would be averaged
      ->Repetitions(count);
  Silent silent;
  benchmark::RunSpecifiedBenchmarks(&silent, "sample");
  benchmark::ClearRegisteredBenchmarks();
}

// The arithmetic of a row beside the loop of its ceiling, timed once with every sample.
struct Loop {
  std::string ceiling;
  double amount;             // of one call
  std::vector<double> rates; // amount per second
};

// Those that may limit a row whose bytes take `floor` seconds. Others are not timed: they would only warm the machine.
std::vector<Loop> limiting_loops(const VariantEntry& variant, const Work& work, double floor) {
  const bool in_double = variant.numerics.add <= numerics::u64, on_tensor_cores = variant.numerics.operand > 0;
  std::vector<Loop> list;
  for (const auto& [amount, what] : {std::pair{work.flops, on_tensor_cores ? "mma f16"
                                                           : in_double     ? "fma f64"
                                                                           : "fma f32"},
                                     {work.exps, in_double ? "exp f64" : "exp f32"}}) {
    const std::string name = ceiling_name(variant.backend, what);
    if (amount <= 0) continue;
    const double rate = loop_rate(name);
    if (rate > 0 && amount / rate > floor / 2) list.push_back({name, amount, {}});
  }
  return list;
}

// The least time of `amount` at the median of `rates`, and one that is less by as much as they scatter.
std::pair<double, double> floors(double amount, const std::vector<double>& rates) {
  const double best = *std::max_element(rates.begin(), rates.end()), middle = median(rates);
  return {amount / middle, amount / best * (middle / best)};
}

} // namespace

std::vector<Measurement> measure(const VariantEntry& variant, const CaseEntry& one, Trial& trial, double budget) {
  const Traffic traffic = traffic_of(trial.arguments().arrays());
  Work work = variant.op->work(one.problem.get(), variant.numerics);
  if (work.bytes == 0) work.bytes = traffic.bytes;
  const auto caches = static_cast<double>(variant.backend == Backend::cuda ? device::facts().l2 : environment().cpu.cache_bytes);
  const bool fits = traffic.footprint < caches;

  // Copies of the arrays, so many that a call finds none of its own in a cache.
  std::vector<Arguments> copies;
  // A sanitised build is not timed, only walked through.
  const double room = environment().sanitised ? 1e6 : std::min(3 * caches, most_memory);
  for (double used = traffic.footprint; used < room && copies.size() < 255; used += std::max(traffic.footprint, 1.0)) {
    copies.push_back(variant_arguments(variant, one.problem.get()));
    reset(copies.back(), trial.stored(), 0xFF);
  }
  std::vector<const void*> sets{trial.arguments().get()};
  for (const Arguments& copy : copies) sets.push_back(copy.get());
  trial.restore();

  const double share = budget / (fits ? 2 : 1);
  std::vector<Measurement> list;
  for (const bool cold : {true, false}) {
    if (!cold && !fits) continue; // nothing of the arrays would be found in a cache
    Stream stream(variant.backend, traffic, cold ? std::max(traffic.footprint, room) : traffic.footprint);
    std::size_t next = 0;
    const auto call = [&] { variant.run(one.problem.get(), sets[cold ? next++ % sets.size() : 0], trial.launch()); };
    double once = elapsed(variant.backend, call);
    once = std::min(once, elapsed(variant.backend, call)); // the first call also warms up
    const int batch = std::clamp(static_cast<int>(std::ceil(hot_sample_seconds / std::max(once, 1e-9))), 1,
                                 cold ? static_cast<int>(sets.size()) : 100'000);
    const double pass = stream.seconds();
    const int passes = cold ? 1 : std::clamp(static_cast<int>(std::ceil(hot_sample_seconds / std::max(pass, 1e-9))), 1, batch);
    std::vector<Loop> loops = limiting_loops(variant, work, work.bytes * pass / stream.bytes());
    Measurement row{
        {}, work, cold, batch, 1, trial.prepare_seconds(), ceiling_name(variant.backend, name_of(traffic.mix)), 0, 0, code_hash(variant)};
    std::vector<double> rates; // bytes per second of the bare pass beside each sample
    const auto sample = [&] {
      for (Loop& loop : loops) loop.rates.push_back(loop_rate(loop.ceiling));
      rates.push_back(stream.bytes() / stream.seconds(passes));
      const double seconds = elapsed(variant.backend, [&] {
        for (int k = 0; k < batch; ++k) call();
      });
      row.seconds.push_back(seconds / batch);
      return seconds;
    };
    const auto start = std::chrono::steady_clock::now();
    const auto spent = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > share; };
    const int first = once * batch * window > share ? fewest : window;
    double before = 0;
    do { // warm-up
      before = median(row.seconds);
      row.seconds.clear();
      rates.clear();
      for (Loop& loop : loops) loop.rates.clear();
      repeat(first, sample);
    } while (!(std::fabs(median(row.seconds) / before - 1) < steady) && !spent());
    for (int windows = 1; windows < most_windows && relative_half_width(row.seconds) > narrow && !spent(); ++windows)
      repeat(window, sample);
    row.converged = relative_half_width(row.seconds) <= narrow;
    std::tie(row.floor_seconds, row.best_floor_seconds) = floors(work.bytes, rates);
    for (const Loop& loop : loops) {
      const auto [floor, best] = floors(loop.amount, loop.rates);
      if (floor <= row.floor_seconds) continue;
      row.ceiling = loop.ceiling;
      row.floor_seconds = floor;
      row.best_floor_seconds = best;
    }
    list.push_back(std::move(row));
  }
  return list;
}

bool too_fast(const Measurement& row) { return median(row.seconds) < row.best_floor_seconds; }

std::vector<Measurement> believable(const std::function<std::vector<Measurement>()>& measure) {
  std::vector<Measurement> rows = measure();
  for (int again = 1; again < most_measured && std::any_of(rows.begin(), rows.end(), too_fast); ++again) {
    rows = measure();
    for (Measurement& row : rows) row.disbelieved = again;
  }
  return rows;
}

Measurement measure_beside(const VariantEntry& ours, const CaseEntry& one, Trial& trial, const std::function<double()>& peer,
                           double budget) {
  const Traffic traffic = traffic_of(trial.arguments().arrays());
  Work work = ours.op->work(one.problem.get(), ours.numerics);
  if (work.bytes == 0) work.bytes = traffic.bytes;
  Measurement row{{}, work, true, 1, 1, 0, ceiling_name(ours.backend, name_of(traffic.mix)), 0, 0};
  row.beside = ours.name;
  const bool on_device = ours.backend == Backend::cuda;
  const std::size_t swept = 2 * (on_device ? device::facts().l2 : environment().cpu.cache_bytes) / sizeof(double);
  Buffer sweep(ours.backend, swept * sizeof(double)); // read before every sample: writing would leave dirty lines behind
  sweep.poison(0);
  Stream stream(ours.backend, traffic, traffic.footprint);
  std::vector<double> rates, ratios;
  double last = 0;
  const auto own = [&] {
    // The processor comes from another process: its vector units and branch predictors wake in a call that does not count.
    if (last < wakes_itself) trial.call();
    const auto* const begin = static_cast<const double*>(sweep.data());
    if (on_device)
      device::pass({{Role::in, static_cast<float*>(sweep.data()), swept * sizeof(double) / sizeof(float)}});
    else [[maybe_unused]]
      volatile double sum = std::accumulate(begin, begin + swept, 0.0);
    last = elapsed(ours.backend, [&] { trial.call(); });
    row.beside_seconds.push_back(last);
  };
  std::mt19937_64 coin(1);
  const auto turn = [&] {
    const bool own_first = (coin() & 1) != 0;
    if (own_first) own();
    row.seconds.push_back(peer());
    if (!own_first) own();
    rates.push_back(stream.bytes() / stream.seconds());
    ratios.push_back(row.seconds.back() / row.beside_seconds.back());
    return row.seconds.back();
  };
  turn(); // warm-up; a peer compiles at its first call, which its process has made
  row.seconds.clear(), row.beside_seconds.clear(), ratios.clear();
  const auto start = std::chrono::steady_clock::now();
  for (int windows = 0; windows < most_windows; ++windows) {
    repeat(window, turn);
    row.converged = relative_half_width(ratios) <= narrow;
    if (row.converged || std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > budget) break;
  }
  row.floor_seconds = work.bytes / median(rates);
  return row;
}

} // namespace assay
