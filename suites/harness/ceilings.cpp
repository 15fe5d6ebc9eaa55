#include "suites/harness/ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

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
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int most = 3; // arrays of one role in a pass

template <int I, int O, int IO> void pass(float* const* in, float* const* out, float* const* inout, std::size_t floats, bool bypass) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sink = hn::Zero(d);
  for (std::size_t i = 0; i + 4 * lanes <= floats; i += 4 * lanes)
    for (std::size_t u = 0; u < 4; ++u) {
      const std::size_t at = i + u * lanes;
      auto sum = hn::Set(d, 1e-3f);
      for (int k = 0; k < I; ++k) sum = hn::Add(sum, hn::Load(d, in[k] + at));
      for (int k = 0; k < IO; ++k) hn::Store(hn::Add(sum, hn::Load(d, inout[k] + at)), d, inout[k] + at);
      for (int k = 0; k < O; ++k) {
        if (bypass)
          hn::Stream(sum, d, out[k] + at);
        else
          hn::Store(sum, d, out[k] + at);
      }
      if (O + IO == 0) sink = hn::Max(sink, sum);
    }
  if (O > 0 && bypass) hwy::FlushStream();
  if (O + IO == 0) { // the reads must not be removed
    volatile float kept = hn::GetLane(sink);
    (void)kept;
  }
}

using Pass = void (*)(float* const*, float* const*, float* const*, std::size_t, bool);
template <int... K> constexpr auto table(std::integer_sequence<int, K...>) {
  return std::array<Pass, sizeof...(K)>{pass<K % (most + 1), K / (most + 1) % (most + 1), K / (most + 1) / (most + 1)>...};
}

void RunPass(Mix mix, float* const* in, float* const* out, float* const* inout, std::size_t floats, bool bypass) {
  static constexpr auto passes = table(std::make_integer_sequence<int, (most + 1) * (most + 1) * (most + 1)>());
  passes[static_cast<std::size_t>(mix.in + (most + 1) * (mix.out + (most + 1) * mix.inout))](in, out, inout, floats, bypass);
}

// Twelve independent chains hide the latency of the multiply-add. Returns flops done.
double RunFma(std::size_t steps) {
  const hn::ScalableTag<float> d;
  // Different starts: equal chains would be computed once.
  const auto start = [&](int k) { return hn::Set(d, 1.0f + 0.01f * static_cast<float>(k)); };
  auto a0 = start(0), a1 = start(1), a2 = start(2), a3 = start(3), a4 = start(4), a5 = start(5), a6 = start(6), a7 = start(7),
       a8 = start(8), a9 = start(9), a10 = start(10), a11 = start(11);
  const auto x = hn::Set(d, 0.999f), y = hn::Set(d, 1e-3f);
  for (std::size_t i = 0; i < steps; ++i) {
    a0 = hn::MulAdd(a0, x, y), a1 = hn::MulAdd(a1, x, y), a2 = hn::MulAdd(a2, x, y), a3 = hn::MulAdd(a3, x, y);
    a4 = hn::MulAdd(a4, x, y), a5 = hn::MulAdd(a5, x, y), a6 = hn::MulAdd(a6, x, y), a7 = hn::MulAdd(a7, x, y);
    a8 = hn::MulAdd(a8, x, y), a9 = hn::MulAdd(a9, x, y), a10 = hn::MulAdd(a10, x, y), a11 = hn::MulAdd(a11, x, y);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                           hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)), hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
  volatile float kept = hn::GetLane(sum);
  (void)kept;
  return 2.0 * 12 * static_cast<double>(steps * hn::Lanes(d));
}

// Highway's exp over an array that stays in the first cache. Returns exponentials done.
double RunExp(float* values, std::size_t count, std::size_t rounds) {
  const hn::ScalableTag<float> d;
  for (std::size_t r = 0; r < rounds; ++r)
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) hn::Store(hn::Exp(d, hn::Neg(hn::Load(d, values + i))), d, values + i);
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
HWY_EXPORT(RunFma);
HWY_EXPORT(RunExp);
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
    int& count = array.role == Role::in ? traffic.mix.in : array.role == Role::out ? traffic.mix.out : traffic.mix.inout;
    count = std::min(count + 1, 3);
  }
  return traffic;
}

Stream::Stream(Backend backend, Mix mix, double footprint)
    : backend_(backend), mix_(mix), floats_(0), bypass_(footprint > static_cast<double>(environment().cpu.cache_bytes)) {
  const int count = std::max(mix.in + mix.out + mix.inout, 1);
  floats_ = std::max<std::size_t>(static_cast<std::size_t>(footprint / 4 / count) / 256 * 256, 256);
  for (int k = 0; k < count; ++k) memory_.emplace_back(backend, floats_ * sizeof(float)).poison(0);
}

double Stream::bytes() const { return 4.0 * static_cast<double>(floats_) * (mix_.in + mix_.out + 2 * mix_.inout); }

double Stream::seconds() {
  std::vector<float*> all;
  for (Buffer& buffer : memory_) all.push_back(static_cast<float*>(buffer.data()));
  float** const in = all.data();
  float** const out = in + mix_.in;
  float** const inout = out + mix_.out;
  if (backend_ == Backend::cuda)
    return device::seconds([&] { device::pass({in, out}, {out, inout}, {inout, inout + mix_.inout}, floats_); });
  const double start = now();
  HWY_DYNAMIC_DISPATCH(RunPass)(mix_, in, out, inout, floats_, bypass_);
  return now() - start;
}

std::vector<Ceiling> measure_ceilings(const std::vector<Mix>& mixes) {
  const double footprint = std::max(4.0 * static_cast<double>(environment().cpu.cache_bytes), 96e6);
  std::vector<Ceiling> list;
  std::vector<Mix> all = mixes;
  all.push_back({1, 1, 0}); // copy, for context
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const Mix& mix : all) {
    Stream stream(Backend::cpu, mix, footprint);
    list.push_back(ceiling(mix == Mix{1, 1, 0} ? "copy" : name_of(mix), "B/s", [&] { return stream.bytes() / stream.seconds(); }));
  }
  list.push_back(ceiling("fma f32", "flop/s", [] {
    const double start = now(), done = HWY_DYNAMIC_DISPATCH(RunFma)(1'000'000);
    return done / (now() - start);
  }));
  Buffer values(Backend::cpu, 4096 * sizeof(float));
  values.poison(0);
  list.push_back(ceiling("exp f32", "exp/s", [&] {
    const double start = now(), done = HWY_DYNAMIC_DISPATCH(RunExp)(static_cast<float*>(values.data()), 4096, 1000);
    return done / (now() - start);
  }));
  return list;
}

const char* best_simd() { return HWY_DYNAMIC_DISPATCH(Name)(); }

} // namespace assay
#endif // HWY_ONCE
