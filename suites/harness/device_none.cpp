// Built without a CUDA toolkit: there is no device, and nothing may ask for its memory.
#include <stdexcept>

#include "suites/harness/device.hpp"

namespace assay::device {
namespace {
[[noreturn]] void absent() { throw std::logic_error("this program was built without a CUDA toolkit"); }
} // namespace

Facts facts() { return {.present = false, .reason = "not built: no CUDA toolkit", .name = {}, .driver = {}}; }
bool lost() { return false; }
void* allocate(std::size_t) { absent(); }
void release(void*) { absent(); }
void upload(void*, const void*, std::size_t) { absent(); }
void download(void*, const void*, std::size_t) { absent(); }
void fill(void*, int, std::size_t) { absent(); }
void* stream() { absent(); }
void synchronise() { absent(); }
double seconds(const std::function<void()>&) { absent(); }
void pass(const std::vector<PassArray>&) { absent(); }
double rate(Loop) { absent(); }

} // namespace assay::device
