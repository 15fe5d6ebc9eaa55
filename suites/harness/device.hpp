// The accelerator behind Backend::cuda, and what the build knows about itself. The build picks device_cuda.cu or
// device_none.cpp; nothing else asks whether CUDA exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/variant.hpp"

namespace assay {

namespace build {
struct Unbuilt {
  const char *op, *variant;
  Backend backend;
  const char* reason;
};
extern const char* const toolkit;                    // CUDA toolkit, "13.0"; empty when built without
extern const std::vector<std::string> architectures; // for which CUDA sources were compiled, "sm_80"
extern const char* const compiler;
extern const char *const type, *const flags;
extern const char* const libraries; // "Eigen 3.4.0, Boost 1.74.0, ..."
extern const char* const source_dir;
extern const char* const binary_dir;
const std::vector<Unbuilt>& unbuilt(); // variants whose CUDA sources exist but were not built for this backend
} // namespace build

namespace device {

struct Facts {
  bool present = false;
  std::string reason; // why there is none
  std::string name, driver;
  std::size_t memory = 0, l2 = 0;
};

// Initialises the driver: call it in a process that forks no longer.
Facts facts();

// Whether an error of the device has left this process without it: all that is asked of it fails until the process ends.
bool lost();

// All of these throw std::runtime_error with the driver's words.
void* allocate(std::size_t bytes);
void release(void* memory);
void upload(void* to, const void* from, std::size_t bytes);
void download(void* to, const void* from, std::size_t bytes);
void fill(void* memory, int byte, std::size_t bytes);
void* stream();
void synchronise();
// Seconds between two events around `calls` on stream().
double seconds(const std::function<void()>& calls);
// A bare pass over arrays, each read, written, or updated in place: one launch, enqueued on stream().
struct PassArray {
  Role role;
  float* data;
  std::size_t floats; // a multiple of 4
};
void pass(const std::vector<PassArray>& arrays);
// Operations per second of a loop on the whole device that waits for no memory: of multiply-adds two flops each, of __expf one exponential;
// of products of fp16 numbers, added in fp32 by the tensor cores, two flops a pair.
enum class Loop : std::uint8_t { fma_f32, fma_f64, exp_f32, mma_f16 };
double rate(Loop loop);

} // namespace device
} // namespace assay
