// What the executor finds in a launch.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "kernels/device/gpu.hpp"

namespace assay {

// The message, nothing if nothing was found; another finding than `finding` fails the test.
template <class F> std::string found(simt::Finding finding, F launch) {
  try {
    launch();
  } catch (const simt::Error& error) {
    EXPECT_EQ(error.finding, finding) << error.what();
    return error.what();
  }
  return {};
}

template <class Kernel, class... Arguments>
std::string found(gpu::Shape shape, simt::Finding finding, Kernel kernel, Arguments... arguments) {
  return found(finding, [&] {
    simt::Stream stream;
    shape.stream = &stream;
    gpu::launch(shape, kernel, arguments...);
  });
}

} // namespace assay
