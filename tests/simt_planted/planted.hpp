// Classic bugs of kernels, each planted in a small kernel that is right without it. All data are small integers, so that results are
// compared for equality and no bound can hide anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/device/gpu.hpp"
#include "suites/harness/arrays.hpp"

namespace assay::planted {

// What the host sees after a launch. Empty: nothing.
struct Seen {
  std::string wrong;  // results that differ
  std::string guards; // guard bands that were written
};

struct Bug {
  std::string_view name, what; // name: stem of its file
  std::string_view flavour;    // how its kernel was compiled: simt, simt_checked, simt_sanitised
  Seen (*run)(bool planted, simt::Stream& stream);
};

std::vector<Bug>& bugs();
bool add(std::string_view file, std::string_view what, std::string_view flavour, Seen (*run)(bool, simt::Stream&));

// Device memory between guard bands.
template <class T> class Device {
public:
  explicit Device(const std::vector<T>& values) : count_(values.size()), buffer_(Backend::simt, count_ * sizeof(T)) {
    buffer_.write(values.data());
  }
  // Never written, as cudaMalloc leaves it.
  explicit Device(std::size_t count) : count_(count), buffer_(Backend::simt, count * sizeof(T)) { buffer_.poison(0xFF); }
  T* data() const { return static_cast<T*>(buffer_.data()); }
  std::vector<T> host() const {
    std::vector<T> values(count_);
    buffer_.read(values.data());
    return values;
  }
  std::string guards() const { return buffer_.guards(); }

private:
  std::size_t count_;
  Buffer buffer_;
};

template <class T> Seen compare(const Device<T>& got, const std::vector<T>& want) {
  const std::vector<T> values = got.host();
  std::size_t differ = 0;
  for (std::size_t i = 0; i < want.size(); ++i) differ += values[i] == want[i] ? 0 : 1;
  return {differ == 0 ? "" : std::to_string(differ) + " of " + std::to_string(want.size()) + " elements differ", got.guards()};
}

// 0, 1, 2, ... modulo `period`.
template <class T> std::vector<T> counting(std::size_t count, std::size_t period) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i % period);
  return values;
}

// One kernel<true> or kernel<false>, as asked for.
#define ASSAY_EITHER(planted, kernel) ((planted) ? kernel<true> : kernel<false>)

} // namespace assay::planted

#define ASSAY_TEXT_(word) #word
#define ASSAY_TEXT(word) ASSAY_TEXT_(word)
#define ASSAY_PLANTED(what, run)                                                                                                           \
  [[maybe_unused]] static const bool assay_planted = ::assay::planted::add(__FILE__, what, ASSAY_TEXT(ASSAY_BACKEND), run)
