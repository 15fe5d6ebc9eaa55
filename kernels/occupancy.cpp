// occupancy MAJOR MINOR THREADS REGISTERS SHARED: the share of a multiprocessor's threads that can be resident with blocks of THREADS
// threads, as NVIDIA's own calculator has it, without dynamic shared memory. Prints "unknown" for architectures that it or the table below
// does not know.
#include <cuda_occupancy.h>

#include <cstdio>
#include <cstdlib>

namespace {

// CUDA C++ Programming Guide 13.0, "Compute Capabilities", technical specifications.
struct Architecture {
  int major, minor, threads, shared; // of a multiprocessor; shared in KiB
};
constexpr Architecture known[] = {{8, 0, 2048, 164},  {8, 6, 1536, 100},  {8, 9, 1536, 100},  {9, 0, 2048, 228},
                                  {10, 0, 2048, 228}, {10, 3, 2048, 228}, {12, 0, 1536, 100}, {12, 1, 1536, 100}};

cudaOccDeviceProp properties(const Architecture& one) {
  cudaOccDeviceProp p;
  p.computeMajor = one.major;
  p.computeMinor = one.minor;
  p.maxThreadsPerBlock = 1024;
  p.maxThreadsPerMultiprocessor = one.threads;
  p.regsPerBlock = p.regsPerMultiprocessor = 64 * 1024;
  p.warpSize = 32;
  p.sharedMemPerBlock = 48 * 1024;
  p.sharedMemPerMultiprocessor = static_cast<std::size_t>(one.shared) * 1024;
  p.sharedMemPerBlockOptin = p.sharedMemPerMultiprocessor - 1024;
  p.reservedSharedMemPerBlock = 1024;
  p.numSms = 1;
  return p;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "occupancy MAJOR MINOR THREADS REGISTERS SHARED\n");
    return 2;
  }
  const int major = std::atoi(argv[1]), minor = std::atoi(argv[2]), threads = std::atoi(argv[3]);
  for (const Architecture& one : known) {
    if (one.major != major || one.minor != minor) continue;
    const cudaOccDeviceProp device = properties(one);
    cudaOccFuncAttributes kernel;
    kernel.maxThreadsPerBlock = threads;
    kernel.numRegs = std::atoi(argv[4]);
    kernel.sharedSizeBytes = static_cast<std::size_t>(std::atoi(argv[5]));
    kernel.partitionedGCConfig = PARTITIONED_GC_OFF;
    kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = 0;
    kernel.numBlockBarriers = 1;
    cudaOccDeviceState state;
    state.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
    cudaOccResult result;
    if (cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state, threads, 0) != CUDA_OCC_SUCCESS) break;
    std::printf("%.6g\n", static_cast<double>(result.activeBlocksPerMultiprocessor * threads) / one.threads);
    return 0;
  }
  std::puts("unknown");
  return 0;
}
