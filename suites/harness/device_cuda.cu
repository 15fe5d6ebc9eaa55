// The CUDA device. One stream, plain allocations, events for time.
#include <cuda_runtime.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/device/peak.hpp"
#include "suites/harness/device.hpp"

namespace assay::device {
namespace {

bool is_lost = false;

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError(); // forgets an error that does not stay
  is_lost = cudaDeviceSynchronize() != cudaSuccess;
  throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}

// What one launch passes over; more arrays take another.
struct PassList {
  static constexpr std::size_t most = 16;
  PassArray arrays[most];
  std::size_t count;
};

__global__ void bare_pass(const __grid_constant__ PassList list) {
  const std::size_t start = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x,
                    stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  float4 sum = make_float4(0, 0, 0, 0);
  for (std::size_t k = 0; k < list.count; ++k) {
    const auto [role, floats, n] = list.arrays[k];
    auto* const data = reinterpret_cast<float4*>(floats);
    for (std::size_t i = start; i < n / 4; i += stride) {
      if (role != Role::out) {
        const float4 x = data[i];
        sum = make_float4(sum.x + x.x, sum.y + x.y, sum.z + x.z, sum.w + x.w);
      }
      if (role != Role::in) data[i] = sum;
    }
  }
  // A pass that writes nothing must still read: this store never happens, which the compiler cannot know.
  if (sum.x == 1e38f) *reinterpret_cast<float4*>(list.arrays[0].data) = sum;
}

constexpr int chains = 8, steps = 4096; // chains hide the latency of an operation
constexpr unsigned rate_threads = 256, blocks_per_processor = 8;

struct MultiplyAdd {
  template <class T> __device__ static T apply(T x) { return fma(x, T(0.999), T(1e-3)); }
};
struct Exponential {
  __device__ static float apply(float x) { return __expf(-x); }
};

template <class Step, class T> __global__ void repeat(T* never) {
  T x[chains];
  for (int k = 0; k < chains; ++k) x[k] = T(threadIdx.x + k) * T(1e-3);
  for (int i = 0; i < steps; ++i)
#pragma unroll
    for (int k = 0; k < chains; ++k) x[k] = Step::apply(x[k]);
  T sum = 0;
  for (int k = 0; k < chains; ++k) sum += x[k];
  if (sum == T(-1)) *never = sum; // it never is, which the compiler cannot know
}

__global__ void multiply(float* never) {
  if (const float sum = gpu::peak_products(steps); sum == -1) *never = sum;
}

unsigned processors() {
  int count = 0;
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, 0), "reading the device's attributes");
  return static_cast<unsigned>(count);
}

} // namespace

Facts facts() {
  Facts facts;
  int count = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&count); status != cudaSuccess || count == 0) {
    facts.reason = "no CUDA device";
    return facts;
  }
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "reading the device's properties");
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "reading the driver's version");
  facts.present = true;
  facts.name = properties.name;
  facts.driver = std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  facts.memory = properties.totalGlobalMem;
  facts.l2 = static_cast<std::size_t>(properties.l2CacheSize);
  return facts;
}

bool lost() { return is_lost; }

void* allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "allocating device memory");
  return memory;
}
void release(void* memory) { cudaFree(memory); }
void upload(void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "copying to the device");
}
void download(void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "copying from the device");
}
void fill(void* memory, int byte, std::size_t bytes) { check(cudaMemset(memory, byte, bytes), "filling device memory"); }

void* stream() {
  static cudaStream_t stream = [] {
    cudaStream_t made = nullptr;
    check(cudaStreamCreate(&made), "creating a stream");
    return made;
  }();
  return stream;
}

void synchronise() {
  check(cudaGetLastError(), "launching");
  check(cudaDeviceSynchronize(), "running on the device");
}

double seconds(const std::function<void()>& calls) {
  struct Events {
    cudaEvent_t before{}, after{};
    Events() {
      check(cudaEventCreate(&before), "creating an event");
      check(cudaEventCreate(&after), "creating an event");
    }
    ~Events() {
      cudaEventDestroy(before);
      cudaEventDestroy(after);
    }
  };
  static const Events events;
  const auto on = static_cast<cudaStream_t>(stream());
  check(cudaEventRecord(events.before, on), "recording an event");
  calls();
  check(cudaEventRecord(events.after, on), "recording an event");
  check(cudaEventSynchronize(events.after), "running on the device");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, events.before, events.after), "reading events");
  return static_cast<double>(milliseconds) * 1e-3;
}

void pass(const std::vector<PassArray>& arrays) {
  for (std::size_t from = 0; from < arrays.size(); from += PassList::most) {
    PassList list{{}, std::min(arrays.size() - from, PassList::most)};
    std::copy_n(arrays.begin() + static_cast<std::ptrdiff_t>(from), list.count, list.arrays);
    bare_pass<<<processors() * 8, 256, 0, static_cast<cudaStream_t>(stream())>>>(list);
    check(cudaGetLastError(), "launching a bare pass");
  }
}

double rate(Loop loop) {
  const auto on = static_cast<cudaStream_t>(stream());
  if (loop == Loop::mma_f16) {
    const unsigned blocks = processors() * 2; // two, so that one multiplies while the other one begins
    const double passed = seconds([&] {
      multiply<<<blocks, gpu::peak_block, gpu::peak_shared, on>>>(nullptr);
      check(cudaGetLastError(), "launching a loop");
    });
    return gpu::peak_flops * blocks * steps / passed;
  }
  const unsigned blocks = processors() * blocks_per_processor;
  const double passed = seconds([&] {
    if (loop == Loop::fma_f32) repeat<MultiplyAdd, float><<<blocks, rate_threads, 0, on>>>(nullptr);
    if (loop == Loop::fma_f64) repeat<MultiplyAdd, double><<<blocks, rate_threads, 0, on>>>(nullptr);
    if (loop == Loop::exp_f32) repeat<Exponential, float><<<blocks, rate_threads, 0, on>>>(nullptr);
    check(cudaGetLastError(), "launching a loop");
  });
  return (loop == Loop::exp_f32 ? 1.0 : 2.0) * blocks * rate_threads * chains * steps / passed;
}

} // namespace assay::device
