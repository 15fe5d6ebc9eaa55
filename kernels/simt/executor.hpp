// Executes CUDA kernels on the CPU: the threads of a block are fibers of one operating-system thread, and blocks run one after
// another. What is seen here and by kernels/device/gpu.hpp; what kernels may use is listed in README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace assay::simt {

// Order in which the threads of a block run to their next barrier or warp operation.
enum class Order : std::uint8_t {
  ascending,
  descending,
  random,      // anew in every pass
  warp_greedy, // one random warp as far as it can, then the next
};
inline constexpr Order orders[] = {Order::ascending, Order::descending, Order::random, Order::warp_greedy};
std::string_view name_of(Order order);

// Every detector can be switched off, so that it can be shown what it alone finds.
struct Options {
  Order order = Order::ascending;
  std::uint64_t seed = 1;  // of the order of blocks, of refills, of late completion and of perturbation
  bool poison = true;      // shared memory starts as NaN (even seeds) or as large finite numbers; false: as zeros
  bool convergence = true; // masks and source lines of barriers and warp operations
  bool late = true;        // asynchronous copies and tensor operations take effect as late as allowed; false: at once
  bool access = true;      // reports of the access checker, for kernels compiled with its hooks
  bool perturb = false;    // approximate instructions err at random within their documented error, mma sums in random order
};

// What a launch is enqueued on: Launch::stream of a simt variant points to one. A launch without it is an error, as a kernel
// that forgets its stream is one on a device.
struct Stream {
  Options options;
  std::uint64_t launches = 0, blocks = 0, barriers = 0, collectives = 0; // barriers and collectives count threads
};

enum class Finding : std::uint8_t {
  launch,     // impossible or wrong shape, shared memory not as asked for, null stream
  divergence, // threads of a block at different barriers, or some gone
  collective, // lane not in its mask, lanes at different source lines, source lane outside the mask
  deadlock,   // no thread can go on
  race,
  unwritten, // read of memory that nothing has written
  outside,   // access to memory that is no live device or shared allocation
  misaligned,
  pending,     // asynchronous operations that are in flight when their block ends
  unsupported, // a tensor or copy operation outside the supported set
  memory,      // the host's misuse of device memory: unknown pointer, past the end
};
std::string_view name_of(Finding finding);

struct Site {
  const char* file = nullptr;
  unsigned line = 0;
};

// Thrown out of gpu::launch; the rest of the launch is abandoned. what() is one line with everything known:
// "race: step<float>, block (2,0,0), thread (33,0,0), kernels/...:88: <detail>".
class Error : public std::runtime_error {
public:
  Error(Finding finding, const std::string& text) : std::runtime_error(text), finding(finding) {}
  Finding finding;
};

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

struct Grid {
  Extent blocks, threads;
  std::size_t shared = 0; // dynamic shared memory in bytes
};

// Runs body(arguments) once for each thread of the grid; `bytes` of arguments may be read by all. kernel: the address of its code, named
// in errors. checked: whether it was compiled with the access checker's hooks. Limits are those of compute capability 9.0: 1024 threads,
// 227 KiB shared memory.
void launch(Stream* stream, const Grid& grid, const void* kernel, bool checked, void (*body)(void* arguments), void* arguments,
            std::size_t bytes);

} // namespace assay::simt
