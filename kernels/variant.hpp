// A variant: one way to compute an op. This header erases ops and variants to function pointers, so that the harness is
// not a template. It is included by CUDA sources: standard library only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "reference/op.hpp"

#ifndef ASSAY_BACKEND // set by the build for every library of variants; sources never name it
#define ASSAY_BACKEND cpu
#endif

namespace assay {

// simt: a CUDA source executed on the CPU. simt_checked: the same, compiled with the hooks of the access checker; it has no rows of its
// own and is called by those of its simt twin.
enum class Backend : std::uint8_t { cpu, simt, cuda, simt_checked };

// What one call gets besides its arguments. stream: a cudaStream_t, for simt a simt::Stream*, null on the CPU; scratch lives where the
// arrays do.
struct Launch {
  void* stream;
  std::span<std::byte> scratch;
};

// T...: storage types, the template arguments of Op::Args.
template <class Op, class... T> struct Variant {
  using P = typename Op::Problem;
  using A = typename Op::template Args<T...>;
  std::string_view name; // stem of its file: <backend>_<idea>
  std::string_view idea; // what is done differently, in one line
  Numerics numerics;
  bool repeatable; // the same bits at every call: compared
  void (*run)(const P&, const A&, const Launch&);
  bool (*accepts)(const P&) = nullptr;                // assumptions on sizes; a refusal is printed as skipped
  std::size_t (*scratch)(const P&) = nullptr;         // bytes; allocated and poisoned once, outside the clock
  void (*prepare)(const P&, const Launch&) = nullptr; // tables and plans: untimed, sees no data, may fill scratch
};

// --- erased forms -------------------------------------------------------------------------------------------------------

struct Axis {
  std::string name;
  std::variant<std::int64_t, double, std::string> value;
};

using AnyProblem = std::shared_ptr<const void>;

struct OpEntry {
  std::string_view name;
  AnyProblem (*default_problem)();
  std::vector<Axis> (*axes)(const void* problem);
  // The problem with one axis off by one (1 % for real axes), where that leaves it valid: (axis, problem).
  std::vector<std::pair<std::string, AnyProblem>> (*neighbours)(const void* problem);
  std::shared_ptr<void> (*make_args)();                          // Args<>: every templated array in double
  std::vector<Array> (*arrays)(const void* problem, void* args); // of Args<>
  std::string (*refuse)(const void* problem);                    // empty: valid
  Work (*work)(const void* problem, const Numerics&);
  void (*fill)(const void* problem, void* args, Fill, Random) = nullptr; // optional, as are the next two
  std::vector<Truth> (*truth)(const void* problem, const void* before, const Numerics&, Sample) = nullptr;
  std::vector<Check> (*judge)(const void* problem, const void* before, const void* after, const Numerics&) = nullptr;
};

struct VariantEntry {
  const OpEntry* op;
  std::string_view name, idea;
  std::string types; // "f32", or "bf16-bf16-f32" where they differ
  std::string file;  // source path, relative to the repository
  Backend backend;
  Numerics numerics;
  bool repeatable;
  std::shared_ptr<void> (*make_args)(); // Args<T...>
  std::vector<Array> (*arrays)(const void* problem, void* args);
  std::function<void(const void* problem, const void* args, const Launch&)> run;
  std::function<bool(const void* problem)> accepts;
  std::function<std::size_t(const void* problem)> scratch;
  std::function<void(const void* problem, const Launch&)> prepare;
};

// Registered in link order, which is not defined: users sort by name.
std::vector<VariantEntry>& variants();
std::vector<VariantEntry>& checked_twins();                    // of backend simt_checked
const VariantEntry* checked_twin(const VariantEntry& variant); // null where there is none
std::vector<const OpEntry*>& ops();
const OpEntry* add_op(const OpEntry& op); // the first entry of a name stays

// --- how an op's own templates become those functions ---------------------------------------------------------------------

namespace erase {

struct ArrayList {
  std::vector<Array> arrays;
  template <class T> void in(std::string_view name, const T*& at, std::vector<std::int64_t> shape) {
    add(name, Role::in, at, std::move(shape));
  }
  template <class T> void out(std::string_view name, T*& at, std::vector<std::int64_t> shape) {
    add(name, Role::out, at, std::move(shape));
  }
  template <class T> void inout(std::string_view name, T*& at, std::vector<std::int64_t> shape) {
    add(name, Role::inout, at, std::move(shape));
  }

private:
  template <class T> void add(std::string_view name, Role role, T*& at, std::vector<std::int64_t> shape) {
    arrays.push_back({name, role, type_of<std::remove_const_t<T>>, std::move(shape), static_cast<void*>(&at)});
  }
};

template <class Problem, class Args, class Op> std::vector<Array> arrays(const void* problem, void* args) {
  ArrayList list;
  Op::arrays(*static_cast<const Problem*>(problem), *static_cast<Args*>(args), list);
  return std::move(list.arrays);
}

template <class Args> std::shared_ptr<void> make_args() { return std::make_shared<Args>(); }

// Enumerations name themselves by name_of(E), which is empty past the last enumerator.
template <class T> Axis axis(std::string_view name, const T& value) {
  if constexpr (std::is_enum_v<T>)
    return {std::string(name), std::string(name_of(value))};
  else if constexpr (std::is_integral_v<T>)
    return {std::string(name), static_cast<std::int64_t>(value)};
  else if constexpr (std::is_floating_point_v<T>)
    return {std::string(name), static_cast<double>(value)};
  else
    return {std::string(name), std::string(value)};
}

template <class T> bool off_by_one(T& value) {
  if constexpr (std::is_same_v<T, bool>)
    value = !value;
  else if constexpr (std::is_enum_v<T>) {
    const T next = static_cast<T>(static_cast<int>(value) + 1);
    value = name_of(next).empty() ? T{} : next;
  } else if constexpr (std::is_integral_v<T>)
    value += 1;
  else if constexpr (std::is_floating_point_v<T>)
    value = value == 0 ? T(0.01) : value * T(1.01);
  else
    return false;
  return true;
}

template <class Op> std::vector<Axis> axes(const void* problem) {
  std::vector<Axis> list;
  Op::axes(*static_cast<const typename Op::Problem*>(problem),
           [&](std::string_view name, const auto& value) { list.push_back(axis(name, value)); });
  return list;
}

template <class Op> std::string refuse(const void* problem) {
  if constexpr (requires(const typename Op::Problem& p) { Op::refuse(p); })
    return Op::refuse(*static_cast<const typename Op::Problem*>(problem));
  else
    return {};
}

template <class Op> std::vector<std::pair<std::string, AnyProblem>> neighbours(const void* problem) {
  std::vector<std::pair<std::string, AnyProblem>> list;
  const auto& original = *static_cast<const typename Op::Problem*>(problem);
  const std::size_t count = axes<Op>(problem).size();
  for (std::size_t k = 0; k < count; ++k) {
    auto changed = std::make_shared<typename Op::Problem>(original);
    std::string moved;
    std::size_t i = 0;
    Op::axes(*changed, [&](std::string_view name, auto& value) {
      if (i++ == k && off_by_one(value)) moved = name;
    });
    if (!moved.empty() && refuse<Op>(changed.get()).empty()) list.emplace_back(std::move(moved), std::move(changed));
  }
  return list;
}

} // namespace erase

template <class Op> const OpEntry& op_entry() {
  using P = typename Op::Problem;
  using A = typename Op::template Args<>;
  static const OpEntry entry = [] {
    OpEntry op{Op::name,
               []() -> AnyProblem { return std::make_shared<const P>(); },
               erase::axes<Op>,
               erase::neighbours<Op>,
               erase::make_args<A>,
               erase::arrays<P, A, Op>,
               erase::refuse<Op>,
               [](const void* p, const Numerics& n) { return Op::work(*static_cast<const P*>(p), n); }};
    if constexpr (requires(const P& p, A& a) { Op::fill(p, a, Fill{}, Random{}); })
      op.fill = [](const void* p, void* a, Fill fill, Random random) {
        Op::fill(*static_cast<const P*>(p), *static_cast<A*>(a), fill, random);
      };
    if constexpr (requires(const P& p, const A& a, const Numerics& n) { Op::truth(p, a, n, Sample{}); })
      op.truth = [](const void* p, const void* before, const Numerics& n, Sample sample) {
        return Op::truth(*static_cast<const P*>(p), *static_cast<const A*>(before), n, sample);
      };
    if constexpr (requires(const P& p, const A& a, const Numerics& n) { Op::judge(p, a, a, n); })
      op.judge = [](const void* p, const void* before, const void* after, const Numerics& n) {
        return Op::judge(*static_cast<const P*>(p), *static_cast<const A*>(before), *static_cast<const A*>(after), n);
      };
    return op;
  }();
  return entry;
}

template <class... T> std::string types_name() {
  const std::vector<Type> types = {type_of<T>...};
  std::string text(types.empty() ? "none" : name_of(types.front()));
  for (const Type type : types)
    if (type != types.front()) {
      text.clear();
      for (const Type each : types) text += (text.empty() ? "" : "-") + std::string(name_of(each));
      break;
    }
  return text;
}

template <class Op, class... T> bool add_variant(const Variant<Op, T...>& variant, Backend backend, std::string_view file) {
  using P = typename Op::Problem;
  using A = typename Op::template Args<T...>;
  VariantEntry entry{add_op(op_entry<Op>()),
                     variant.name,
                     variant.idea,
                     types_name<T...>(),
                     std::string(file),
                     backend,
                     variant.numerics,
                     variant.repeatable,
                     erase::make_args<A>,
                     erase::arrays<P, A, Op>,
                     {},
                     {},
                     {},
                     {}};
  entry.run = [run = variant.run](const void* p, const void* a, const Launch& launch) {
    run(*static_cast<const P*>(p), *static_cast<const A*>(a), launch);
  };
  if (variant.accepts != nullptr) entry.accepts = [f = variant.accepts](const void* p) { return f(*static_cast<const P*>(p)); };
  if (variant.scratch != nullptr) entry.scratch = [f = variant.scratch](const void* p) { return f(*static_cast<const P*>(p)); };
  if (variant.prepare != nullptr)
    entry.prepare = [f = variant.prepare](const void* p, const Launch& launch) { f(*static_cast<const P*>(p), launch); };
  (backend == Backend::simt_checked ? checked_twins() : variants()).push_back(std::move(entry));
  return true;
}

} // namespace assay

// Ends the file of a variant, once per list of types: ASSAY_VARIANT(assay::Variant<Op, float>{.name = "cpu_naive", ...});
#define ASSAY_JOIN_(a, b) a##b
#define ASSAY_JOIN(a, b) ASSAY_JOIN_(a, b)
#define ASSAY_VARIANT(...)                                                                                                                 \
  [[maybe_unused]] static const bool ASSAY_JOIN(assay_variant_, __COUNTER__) =                                                             \
      ::assay::add_variant(__VA_ARGS__, ::assay::Backend::ASSAY_BACKEND, __FILE__)
