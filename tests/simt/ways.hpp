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

} // namespace assay
