// An op and a variant whose every answer a test sets: what the harness makes of it is then known beforehand.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "suites/harness/cases.hpp"

namespace assay {

struct Probe {
  static constexpr std::string_view name = "probe";
  struct Problem {
    int n = 4;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
    T* z; // in place
    std::int32_t* count;
  };
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
    v.inout("z", a.z, {p.n});
    v.out("count", a.count, {1});
  }
  static Work work(const Problem&, const Numerics&) { return {.flops = 0}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
    Truth y, z, count{{static_cast<double>(p.n)}, {0}, {}};
    for (int i = 0; i < p.n; ++i) {
      y.value.push_back(2 * before.x[i]);
      z.value.push_back(before.z[i] + 1);
    }
    y.bound.assign(y.value.size(), 0);
    z.bound.assign(z.value.size(), 0x1p-22); // |z| < 8: half a unit in the last place of the sum
    return {y, z, count};
  }
};

using ProbeArgs = Probe::Args<float>;
inline void honest(const Probe::Problem& p, const ProbeArgs& a) {
  for (int i = 0; i < p.n; ++i) {
    a.y[i] = 2 * a.x[i];
    a.z[i] += 1;
  }
  *a.count = p.n;
}

// A variant that runs `body`.
inline VariantEntry probe_variant(std::function<void(const Probe::Problem&, const ProbeArgs&, const Launch&)> body,
                                  bool repeatable = true) {
  VariantEntry entry{&op_entry<Probe>(),
                     "cpu_probe",
                     "what the test says",
                     "f32",
                     "tests/harness/probe.hpp",
                     Backend::cpu,
                     numerics::f32,
                     repeatable,
                     erase::make_args<ProbeArgs>,
                     erase::arrays<Probe::Problem, ProbeArgs, Probe>,
                     {},
                     {},
                     {},
                     {}};
  entry.run = [body = std::move(body)](const void* p, const void* a, const Launch& launch) {
    body(*static_cast<const Probe::Problem*>(p), *static_cast<const ProbeArgs*>(a), launch);
  };
  return entry;
}

inline CaseEntry probe_case(int n = 4, Fill fill = Fill::normal) {
  return {"probe", "tests", std::make_shared<const Probe::Problem>(Probe::Problem{n}), "", fill, Use::edge};
}

} // namespace assay
