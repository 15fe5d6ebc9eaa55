#include "suites/harness/ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>
#include <tuple>

#include "suites/harness/arrays.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "suites/harness/ceilings.cpp"
#include <hwy/foreach_target.h>
// clang-format off
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
#include "kernels/exp2-inl.h"
// clang-format on

#ifndef ASSAY_PASS_ARRAY // this file is included once per instruction set
#define ASSAY_PASS_ARRAY
namespace assay {
namespace {
struct PassArray {
  Role role;
  float* data;
  std::size_t block; // floats of one block, a multiple of four of the widest vectors
};
} // namespace
} // namespace assay
#endif

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// The hardware's own prefetching stops at every page; asking ahead keeps more lines in flight.
void Ahead(const float* x, std::size_t floats, std::size_t ahead) {
  if (ahead == 0) return;
  for (std::size_t k = 0; k < floats; k += 16) hwy::Prefetch(x + ahead + k);
}

// Four independent sums, so that the reads are never limited by the latency of an addition.
void Read(const float* x, std::size_t floats, std::size_t ahead) {
  const hn::ScalableTag<float> d;
  const std::size_t n = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  for (std::size_t i = 0; i < floats; i += 4 * n) {
    Ahead(x + i, 4 * n, ahead);
    s0 = hn::Add(s0, hn::Load(d, x + i)), s1 = hn::Add(s1, hn::Load(d, x + i + n));
    s2 = hn::Add(s2, hn::Load(d, x + i + 2 * n)), s3 = hn::Add(s3, hn::Load(d, x + i + 3 * n));
  }
  volatile float kept = hn::GetLane(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))); // the reads must not be removed
  (void)kept;
}

void Write(float* x, std::size_t floats, bool bypass) {
  const hn::ScalableTag<float> d;
  const auto value = hn::Set(d, 1.0f);
  for (std::size_t i = 0; i < floats; i += hn::Lanes(d)) {
    if (bypass)
      hn::Stream(value, d, x + i);
    else
      hn::Store(value, d, x + i);
  }
}

void Update(float* x, std::size_t floats, std::size_t ahead) {
  const hn::ScalableTag<float> d;
  const std::size_t n = hn::Lanes(d);
  const auto value = hn::Set(d, 1.0f);
  for (std::size_t i = 0; i < floats; i += 4 * n) {
    Ahead(x + i, 4 * n, ahead);
    for (std::size_t k = i; k < i + 4 * n; k += n) hn::Store(hn::Add(value, hn::Load(d, x + k)), d, x + k);
  }
}

// Block by block through all arrays, as a kernel goes through its own.
void RunPass(const std::vector<PassArray>& arrays, std::size_t blocks, bool bypass, std::size_t ahead) {
  for (std::size_t b = 0; b < blocks; ++b)
    for (const PassArray& array : arrays) {
      float* const at = array.data + b * array.block;
      if (array.role == Role::in)
        Read(at, array.block, ahead);
      else if (array.role == Role::out)
        Write(at, array.block, bypass);
      else
        Update(at, array.block, ahead);
    }
  if (bypass) hwy::FlushStream();
}

// Twelve independent chains hide the latency of the multiply-add. Returns flops done.
template <class T> double Fma(std::size_t steps) {
  const hn::ScalableTag<T> d;
  // Different starts: equal chains would be computed once.
  const auto start = [&](int k) { return hn::Set(d, T(1) + T(0.01) * static_cast<T>(k)); };
  auto a0 = start(0), a1 = start(1), a2 = start(2), a3 = start(3), a4 = start(4), a5 = start(5), a6 = start(6), a7 = start(7),
       a8 = start(8), a9 = start(9), a10 = start(10), a11 = start(11);
  const auto x = hn::Set(d, T(0.999)), y = hn::Set(d, T(1e-3));
  for (std::size_t i = 0; i < steps; ++i) {
    a0 = hn::MulAdd(a0, x, y), a1 = hn::MulAdd(a1, x, y), a2 = hn::MulAdd(a2, x, y), a3 = hn::MulAdd(a3, x, y);
    a4 = hn::MulAdd(a4, x, y), a5 = hn::MulAdd(a5, x, y), a6 = hn::MulAdd(a6, x, y), a7 = hn::MulAdd(a7, x, y);
    a8 = hn::MulAdd(a8, x, y), a9 = hn::MulAdd(a9, x, y), a10 = hn::MulAdd(a10, x, y), a11 = hn::MulAdd(a11, x, y);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                           hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)), hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
  volatile T kept = hn::GetLane(sum);
  (void)kept;
  return 2.0 * 12 * static_cast<double>(steps * hn::Lanes(d));
}

double RunFmaF32(std::size_t steps) { return Fma<float>(steps); }
double RunFmaF64(std::size_t steps) { return Fma<double>(steps); }

// Powers of two that are added up, as in every softmax here, of an array that stays in the first cache. Returns exponentials done.
double RunExpF32(void* values, std::size_t bytes, std::size_t rounds) {
  const hn::ScalableTag<float> d;
  const auto* const from = static_cast<const float*>(values);
  const std::size_t count = bytes / sizeof(float), lanes = hn::Lanes(d);
  auto even = hn::Zero(d), odd = hn::Zero(d);
  for (std::size_t r = 0; r < rounds; ++r) {
    const auto shift = hn::Set(d, static_cast<float>(r % 2)); // or all rounds would be one
    for (std::size_t i = 0; i < count; i += 2 * lanes) {
      even = hn::Add(even, exp2(d, hn::Sub(hn::Load(d, from + i), shift)));
      odd = hn::Add(odd, exp2(d, hn::Sub(hn::Load(d, from + i + lanes), shift)));
    }
  }
  volatile float kept = hn::GetLane(hn::Add(even, odd));
  (void)kept;
  return static_cast<double>(rounds * count);
}
// Highway's exp over an array that stays in the first cache.
double RunExpF64(void* values, std::size_t bytes, std::size_t rounds) {
  const hn::ScalableTag<double> d;
  auto* const at = static_cast<double*>(values);
  const std::size_t count = bytes / sizeof(double);
  for (std::size_t r = 0; r < rounds; ++r)
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) hn::Store(hn::Exp(d, hn::Neg(hn::Load(d, at + i))), d, at + i);
  return static_cast<double>(rounds * count);
}

const char* Name() { return hwy::TargetName(HWY_TARGET); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(RunPass);
HWY_EXPORT(RunFmaF32);
HWY_EXPORT(RunFmaF64);
HWY_EXPORT(RunExpF32);
HWY_EXPORT(RunExpF64);
HWY_EXPORT(Name);

constexpr int repetitions = 15;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// rate() returns work per second of one repetition.
template <class Rate> Ceiling ceiling(std::string name, std::string unit, Rate rate) {
  rate(); // warm-up
  std::vector<double> rates;
  for (int r = 0; r < repetitions; ++r) rates.push_back(rate());
  std::sort(rates.begin(), rates.end());
  const double median = rates[repetitions / 2];
  return {std::move(name), median, std::move(unit), rates.back() / median - 1};
}

} // namespace

std::string name_of(const Mix& mix) {
  return "stream in=" + std::to_string(mix.in) + " out=" + std::to_string(mix.out) + " inout=" + std::to_string(mix.inout);
}

Traffic traffic_of(const std::vector<Array>& arrays) {
  Traffic traffic;
  const auto bytes = [](const Array& array) { return static_cast<double>(elements(array) * size_of(array.type)); };
  for (const Array& array : arrays) {
    traffic.footprint += bytes(array);
    traffic.bytes += bytes(array) * (array.role == Role::inout ? 2 : 1);
  }
  for (const Array& array : arrays) {
    if (bytes(array) < 0.01 * traffic.footprint) continue;
    ++(array.role == Role::in ? traffic.mix.in : array.role == Role::out ? traffic.mix.out : traffic.mix.inout);
    traffic.arrays.emplace_back(array.role, bytes(array));
  }
  return traffic;
}

Traffic equal_traffic(const Mix& mix, double footprint) {
  Traffic traffic{mix, 0, footprint, {}};
  const double each = footprint / (mix.in + mix.out + mix.inout);
  for (const auto& [role, count] : {std::pair{Role::in, mix.in}, std::pair{Role::out, mix.out}, std::pair{Role::inout, mix.inout}})
    for (int k = 0; k < count; ++k) {
      traffic.arrays.emplace_back(role, each);
      traffic.bytes += each * (role == Role::inout ? 2 : 1);
    }
  return traffic;
}

Stream::Stream(Backend backend, const Traffic& traffic, double footprint, bool bypass)
    : backend_(backend), bypass_(bypass && footprint > static_cast<double>(environment().cpu.cache_bytes)) {
  constexpr std::size_t unit = 64, most_parts = 4; // unit: floats, four of the widest vectors
  double smallest = std::numeric_limits<double>::infinity();
  for (const auto& [role, bytes] : traffic.arrays) smallest = std::min(smallest, bytes);
  for (const auto& [role, bytes] : traffic.arrays) {
    roles_.push_back(role);
    block_.push_back(static_cast<std::size_t>(bytes / smallest + 0.5) * unit);
    total_block_ += block_.back() * sizeof(float);
  }
  blocks_ = std::max<std::size_t>(
                static_cast<std::size_t>(footprint / static_cast<double>(std::max<std::size_t>(total_block_, 1))) / most_parts, 1) *
            most_parts;
  for (const std::size_t block : block_) memory_.emplace_back(backend, blocks_ * block * sizeof(float)).poison(0);
  if (backend_ != Backend::cpu) return;
  // A ceiling is the best way known to do nothing: some places at once, some way ahead. In turn, so that a busy moment strikes all alike.
  std::map<std::pair<std::size_t, std::size_t>, double> least;
  for (int round = 0; round < 4; ++round)
    for (const std::size_t parts : {1, 2, 4})
      for (const std::size_t ahead : {0, 256, 1024}) {
        parts_ = parts, ahead_ = ahead;
        double& known = least.try_emplace({parts, ahead}, std::numeric_limits<double>::infinity()).first->second;
        known = std::min(known, seconds());
      }
  const auto chosen = std::min_element(least.begin(), least.end(), [](const auto& x, const auto& y) { return x.second < y.second; })->first;
  std::tie(parts_, ahead_) = chosen;
}

double Stream::bytes() const {
  double bytes = 0;
  for (std::size_t k = 0; k < roles_.size(); ++k)
    bytes += 4.0 * static_cast<double>(blocks_ * block_[k]) * (roles_[k] == Role::inout ? 2 : 1);
  return bytes;
}

double Stream::seconds(int passes) {
  if (backend_ == Backend::cuda) { // one part
    std::vector<device::PassArray> arrays;
    for (std::size_t k = 0; k < roles_.size(); ++k)
      arrays.push_back({roles_[k], static_cast<float*>(memory_[k].data()), blocks_ * block_[k]});
    return device::seconds([&] {
             for (int k = 0; k < passes; ++k) device::pass(arrays);
           }) /
           passes;
  }
  std::vector<PassArray> arrays;
  for (std::size_t part = 0; part < parts_; ++part)
    for (std::size_t k = 0; k < roles_.size(); ++k)
      arrays.push_back({roles_[k], static_cast<float*>(memory_[k].data()) + part * (blocks_ / parts_) * block_[k], block_[k]});
  const double start = now();
  for (int k = 0; k < passes; ++k) HWY_DYNAMIC_DISPATCH(RunPass)(arrays, blocks_ / parts_, bypass_, ahead_);
  return (now() - start) / passes;
}

std::string ceiling_name(Backend backend, const std::string& what) { return (backend == Backend::cuda ? "cuda " : "") + what; }

double loop_rate(const std::string& ceiling) {
  for (const auto& [name, loop] : {std::pair{"fma f32", device::Loop::fma_f32},
                                   {"fma f64", device::Loop::fma_f64},
                                   {"exp f32", device::Loop::exp_f32},
                                   {"mma f16", device::Loop::mma_f16}})
    if (ceiling == ceiling_name(Backend::cuda, name)) return device::rate(loop);
  static Buffer values(Backend::cpu, 16384);
  values.poison(0); // zeros: floats and doubles of each other would be odd numbers
  const double start = now();
  double done = 0;
  const std::size_t rounds = environment().sanitised ? 1 : 1000; // a sanitised build is not timed, only walked through
  if (ceiling == "fma f32") done = HWY_DYNAMIC_DISPATCH(RunFmaF32)(1000 * rounds);
  if (ceiling == "fma f64") done = HWY_DYNAMIC_DISPATCH(RunFmaF64)(1000 * rounds);
  if (ceiling == "exp f32") done = HWY_DYNAMIC_DISPATCH(RunExpF32)(values.data(), values.size(), rounds);
  if (ceiling == "exp f64") done = HWY_DYNAMIC_DISPATCH(RunExpF64)(values.data(), values.size(), rounds);
  return done / (now() - start);
}

std::vector<Ceiling> measure_ceilings(const std::vector<std::pair<Backend, Mix>>& mixes) {
  const double caches = static_cast<double>(environment().cpu.cache_bytes), on_device = 1e9;
  std::vector<Ceiling> list;
  const auto bandwidth = [&](Backend backend, const std::string& name, const Mix& mix, bool bypass) {
    const double footprint = backend == Backend::cuda ? on_device : std::max(4.0 * caches, 96e6);
    Stream stream(backend, equal_traffic(mix, footprint), footprint, bypass);
    list.push_back(ceiling(ceiling_name(backend, name), "B/s", [&] { return stream.bytes() / stream.seconds(); }));
  };
  const auto loop = [&](const std::string& name, const char* unit) {
    list.push_back(ceiling(name, unit, [&] { return loop_rate(name); }));
  };
  bandwidth(Backend::cpu, "copy", {1, 1, 0}, false); // for context: what a plain and a streaming memcpy can do
  bandwidth(Backend::cpu, "copy, streaming stores", {1, 1, 0}, true);
  for (const auto& [backend, mix] : mixes) bandwidth(backend, name_of(mix), mix, true);
  loop("fma f32", "flop/s");
  loop("fma f64", "flop/s");
  loop("exp f32", "exp/s");
  loop("exp f64", "exp/s");
  if (std::none_of(mixes.begin(), mixes.end(), [](const auto& one) { return one.first == Backend::cuda; })) return list;
  bandwidth(Backend::cuda, "copy", {1, 1, 0}, false);
  loop(ceiling_name(Backend::cuda, "fma f32"), "flop/s");
  loop(ceiling_name(Backend::cuda, "fma f64"), "flop/s");
  loop(ceiling_name(Backend::cuda, "exp f32"), "exp/s");
  loop(ceiling_name(Backend::cuda, "mma f16"), "flop/s");
  return list;
}

const char* best_simd() { return HWY_DYNAMIC_DISPATCH(Name)(); }

} // namespace assay
#endif // HWY_ONCE
