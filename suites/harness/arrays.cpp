#include "suites/harness/arrays.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>

#include "kernels/simt/memory.hpp"
#include "reference/parallel.hpp"
#include "reference/random.hpp"
#include "suites/harness/device.hpp"

namespace assay {
namespace {

constexpr int guard_byte = 0xA5;
constexpr std::size_t guard = 4096; // bytes of a band

bool on_device(Backend backend) { return backend == Backend::cuda; }
bool on_executor(Backend backend) { return backend == Backend::simt || backend == Backend::simt_checked; }

std::unique_ptr<std::byte[], void (*)(std::byte*)> allocate(Backend backend, std::size_t bytes) {
  if (on_device(backend)) return {static_cast<std::byte*>(device::allocate(bytes)), [](std::byte* p) { device::release(p); }};
  // The guard bands of the executor's memory are not part of the allocation: kernels that touch them are found at once.
  if (on_executor(backend))
    return {static_cast<std::byte*>(simt::allocate(bytes - 2 * guard, guard)) - guard, [](std::byte* p) { simt::release(p + guard); }};
  // Large arrays ask for huge pages, as NumPy's do: else where small pages happen to lie decides how fast a pass over them is.
  constexpr std::size_t huge = std::size_t{2} << 20;
  const std::size_t unit = bytes < 2 * huge ? 256 : huge, whole = (bytes + unit - 1) / unit * unit;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(unit, whole));
  if (memory == nullptr) throw std::bad_alloc();
  if (unit == huge) madvise(memory, whole, MADV_HUGEPAGE); // a wish: where it is not granted, nothing changes
  return {memory, [](std::byte* p) { std::free(p); }};
}

void set(Backend backend, std::byte* to, int byte, std::size_t bytes) {
  if (on_device(backend))
    device::fill(to, byte, bytes);
  else
    std::memset(to, byte, bytes);
}

void hostile(std::uint64_t key, std::uint32_t stream, std::span<double> out) {
  fill_normal(key, stream, out);
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double odd[] = {std::numeric_limits<double>::quiet_NaN(), inf, -inf, 0.0, -0.0, 0x1p-149, 0x1p100, -0x1p100, 1.0, 1.0};
  for (std::size_t i = 0; i < out.size(); ++i)
    if (philox({static_cast<std::uint32_t>(i), 0, 0, stream}, {static_cast<std::uint32_t>(key), 1})[0] % 8 == 0)
      out[i] = odd[i / 8 % std::size(odd)];
}

} // namespace

Buffer::Buffer(Backend backend, std::size_t bytes) : backend_(backend), bytes_(bytes), memory_(allocate(backend, bytes + 2 * guard)) {
  set(backend_, memory_.get(), guard_byte, guard);
  set(backend_, memory_.get() + guard + bytes_, guard_byte, guard);
}

void Buffer::write(const void* host) {
  if (bytes_ == 0) return;
  if (on_device(backend_))
    device::upload(data(), host, bytes_);
  else if (on_executor(backend_))
    simt::upload(data(), host, bytes_);
  else
    std::memcpy(data(), host, bytes_);
}

void Buffer::read(void* host) const {
  if (bytes_ == 0) return;
  if (on_device(backend_))
    device::download(host, data(), bytes_);
  else if (on_executor(backend_))
    simt::download(host, data(), bytes_);
  else
    std::memcpy(host, data(), bytes_);
}

void Buffer::poison(int byte) {
  if (on_executor(backend_))
    simt::poison(data(), byte, bytes_);
  else
    set(backend_, memory_.get() + guard, byte, bytes_);
}

void* Buffer::data() const { return memory_.get() + guard; }

std::string Buffer::guards() const {
  std::vector<unsigned char> band(guard);
  for (const bool after : {false, true}) {
    const std::byte* at = memory_.get() + (after ? guard + bytes_ : 0);
    if (on_device(backend_))
      device::download(band.data(), at, guard);
    else
      std::memcpy(band.data(), at, guard);
    if (!after) std::reverse(band.begin(), band.end()); // so that both are searched from the array outwards
    const auto touched = std::find_if(band.begin(), band.end(), [](unsigned char b) { return b != guard_byte; });
    if (touched != band.end()) return std::to_string(touched - band.begin()) + " bytes " + (after ? "past its end" : "before its start");
  }
  return {};
}

Arguments::Arguments(std::shared_ptr<void> args, std::vector<Array> arrays, Backend backend)
    : args_(std::move(args)), arrays_(std::move(arrays)) {
  buffers_.reserve(arrays_.size());
  for (const Array& array : arrays_) {
    Buffer& buffer = buffers_.emplace_back(backend, static_cast<std::size_t>(elements(array) * size_of(array.type)));
    void* data = buffer.data();
    std::memcpy(array.at, static_cast<const void*>(&data), sizeof data);
  }
}

std::string Arguments::guards() const {
  for (std::size_t i = 0; i < count(); ++i)
    if (const std::string touched = buffers_[i].guards(); !touched.empty()) return std::string(arrays_[i].name) + " was written " + touched;
  return {};
}

Arguments double_arguments(const OpEntry& op, const void* problem) {
  std::shared_ptr<void> args = op.make_args();
  std::vector<Array> arrays = op.arrays(problem, args.get());
  return {std::move(args), std::move(arrays), Backend::cpu};
}

Arguments variant_arguments(const VariantEntry& variant, const void* problem) {
  std::shared_ptr<void> args = variant.make_args();
  std::vector<Array> arrays = variant.arrays(problem, args.get());
  return {std::move(args), std::move(arrays), variant.backend};
}

void fill_inputs(const OpEntry& op, const void* problem, Arguments& doubles, Fill fill, std::uint64_t key) {
  for (std::size_t i = 0; i < doubles.count(); ++i) {
    const Array& array = doubles.arrays()[i];
    doubles.buffer(i).poison(0);
    if (array.role == Role::out || array.type != Type::f64 || op.fill != nullptr) continue;
    const std::span<double> values(static_cast<double*>(doubles.buffer(i).data()), static_cast<std::size_t>(elements(array)));
    const auto stream = static_cast<std::uint32_t>(i);
    if (fill == Fill::normal) fill_normal(key, stream, values);
    if (fill == Fill::integers) fill_integers(key, stream, -8, 8, values);
    if (fill == Fill::hostile) hostile(key, stream, values);
  }
  if (op.fill != nullptr) op.fill(problem, doubles.get(), fill, Random{key});
}

std::vector<std::vector<std::byte>> round_to_storage(Arguments& doubles, const std::vector<Array>& types) {
  if (types.size() != doubles.count()) throw std::logic_error("arrays() lists another number of arrays for this list of types");
  std::vector<std::vector<std::byte>> stored(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Array &wide = doubles.arrays()[i], &narrow = types[i];
    if (wide.name != narrow.name || wide.shape != narrow.shape || wide.role != narrow.role)
      throw std::logic_error("arrays() lists " + std::string(narrow.name) + " otherwise for this list of types");
    const std::int64_t n = elements(wide);
    stored[i].resize(static_cast<std::size_t>(n * size_of(narrow.type)));
    void* values = doubles.buffer(i).data();
    if (wide.type == narrow.type) {
      if (n > 0) std::memcpy(stored[i].data(), values, stored[i].size());
      continue;
    }
    in_parts(static_cast<std::size_t>(n), [&, to = stored[i].data()](std::size_t begin, std::size_t end) {
      for (auto k = static_cast<std::int64_t>(begin); k < static_cast<std::int64_t>(end); ++k) {
        store(narrow.type, to, k, load(wide.type, values, k));
        store(wide.type, values, k, load(narrow.type, to, k));
      }
    });
  }
  return stored;
}

void reset(Arguments& arguments, const std::vector<std::vector<std::byte>>& stored, int poison) {
  for (std::size_t i = 0; i < arguments.count(); ++i) {
    if (arguments.arrays()[i].role == Role::out)
      arguments.buffer(i).poison(poison);
    else
      arguments.buffer(i).write(stored[i].data());
  }
}

std::uint64_t hash_of(std::span<const std::byte> bytes, std::uint64_t hash) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * odd;
    hash ^= hash >> 29;
  }
  for (; i < bytes.size(); ++i) hash = (hash ^ static_cast<std::uint64_t>(bytes[i])) * odd;
  return hash ^ (hash >> 32);
}

} // namespace assay
