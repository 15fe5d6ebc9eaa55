// Every way in which a launch may run: on the CPU all orders of threads, with asynchronous operations late and at once, and with errors on
// purpose; on a device the one it has.
#pragma once

#include <string>

#include "kernels/device/gpu.hpp"

namespace assay {

// run(stream, what it is called)
template <class F> void in_every_way(F run) {
#ifdef __CUDACC__
  run(static_cast<void*>(nullptr), std::string("on the device"));
  gpu::check(cudaDeviceSynchronize(), "waiting");
#else
  const auto once = [&](const simt::Options& options, const char* more) {
    simt::Stream stream{options};
    run(static_cast<void*>(&stream), std::string(simt::name_of(options.order)) + more);
  };
  for (const simt::Order order : simt::orders) once({.order = order}, "");
  once({.late = false}, ", nothing late");
  once({.order = simt::Order::random, .seed = 2, .perturb = true}, ", perturbed");
#endif
}

// Why this machine cannot run what needs compute capability 9.0; empty if it can. The executor can.
inline std::string lacks_hopper() {
#ifdef __CUDACC__
  cudaDeviceProp device{};
  gpu::check(cudaGetDeviceProperties(&device, 0), "asking for the device");
  if (device.major != 9) return std::string(device.name) + " has not compute capability 9.0";
#endif
  return {};
}

} // namespace assay
