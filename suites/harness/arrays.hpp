// The arrays of one op on one problem: their memory between guard bands, their filling, poisoning, hashing and restoring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/variant.hpp"
#include "reference/op.hpp"

namespace assay {

// Bytes of a backend's memory between two guard bands. Aligned to 256 bytes, as cudaMalloc aligns.
class Buffer {
public:
  Buffer(Backend backend, std::size_t bytes);
  void* data() const;
  std::size_t size() const { return bytes_; }
  void write(const void* host);
  void read(void* host) const;
  void poison(int byte); // counts as never written, where the backend can tell
  // Empty, or which band was written, and how far from the array.
  std::string guards() const;

private:
  Backend backend_;
  std::size_t bytes_;
  std::unique_ptr<std::byte[], void (*)(std::byte*)> memory_;
};

// An op's arguments of erased type with every array allocated. `doubles`: Args<>; otherwise the types of the variant.
class Arguments {
public:
  // In the memory of `backend`.
  Arguments(std::shared_ptr<void> args, std::vector<Array> arrays, Backend backend);
  const void* get() const { return args_.get(); }
  void* get() { return args_.get(); }
  const std::vector<Array>& arrays() const { return arrays_; }
  Buffer& buffer(std::size_t i) { return buffers_[i]; }
  const Buffer& buffer(std::size_t i) const { return buffers_[i]; }
  std::size_t count() const { return arrays_.size(); }
  std::size_t bytes(std::size_t i) const { return buffers_[i].size(); }
  std::string guards() const; // empty, or the first array whose guard band was written

private:
  std::shared_ptr<void> args_;
  std::vector<Array> arrays_;
  std::vector<Buffer> buffers_;
};

Arguments double_arguments(const OpEntry& op, const void* problem);
Arguments variant_arguments(const VariantEntry& variant, const void* problem);

// Fills the inputs of double arguments: by the op's own law, or normal numbers, small integers, or a hostile mixture.
// Outputs and integer arrays that the op does not fill are zero.
void fill_inputs(const OpEntry& op, const void* problem, Arguments& doubles, Fill fill, std::uint64_t key);

// Rounds every array of `doubles` to the storage type of the same array in `types`, and returns the stored bytes.
std::vector<std::vector<std::byte>> round_to_storage(Arguments& doubles, const std::vector<Array>& types);

// Restores inputs, poisons outputs.
void reset(Arguments& arguments, const std::vector<std::vector<std::byte>>& stored, int poison);

std::uint64_t hash_of(std::span<const std::byte> bytes, std::uint64_t hash = 0);

} // namespace assay
