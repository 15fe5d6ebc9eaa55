// All threads write the same number to the same place: the result is right in every order, so that the access checker alone finds it.
#include "kernels/device/gpu.hpp"
#include "tests/toys/bad/simt/racing.hpp"

namespace assay {
namespace {

__global__ void __launch_bounds__(32) racing(const float* x, float* y, int n) {
  const int i = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  if (i < n) y[i] = x[i];
  if (blockIdx.x == 0) y[0] = x[0];
}

ASSAY_VARIANT(Variant<ToyRacing, float>{.name = "cuda_races",
                                        .idea = "everybody writes the first element",
                                        .numerics = numerics::f32,
                                        .repeatable = true,
                                        .run = [](const ToyRacing::Problem& p, const ToyRacing::Args<float>& a, const Launch& launch) {
                                          gpu::launch({static_cast<unsigned>(p.n + 31) / 32, 32, 0, launch.stream}, racing, a.x, a.y, p.n);
                                        }});

} // namespace
} // namespace assay
