// bf16 and fp16 for compute capability 9.0: one warp brings tiles of keys and values by TMA into a ring of stages; groups of four warps,
// three at width 64 and two at 128, have 64 rows each, multiply by wgmma, and make weights while another one multiplies. Tiles may reach
// into the next head: what is found there is hidden like everything else that a row does not see. Limit: for wide windows the tensor cores,
// at width 64 together with the powers of two; for narrow ones bytes, of which too few are in flight: a multiprocessor holds one block,
// whose first tiles are waited for. Weights pass through shared memory. Widths: multiples of 8 up to 128; with positions before heads 64 or
// 128, since a box of TMA, 64 columns, must not reach into another head's.
#include "kernels/attention/forward.cuh"
#include "kernels/device/streaming_hopper.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

// Keys or values as one matrix: [batch, head, position] x width, or [batch, position] x (head, width).
struct Matrix {
  int per_batch, per_head, column; // rows of a batch, and of a head; columns of a head
};

template <class Products> struct Tiles {
  const gpu::TensorMap &key_map, &value_map;
  Matrix key, value;
  const int &b, &head;

  static __device__ void load(void* to, const gpu::TensorMap& map, const Matrix& matrix, int b, int head, int tile,
                              gpu::Mbarrier& barrier) {
    auto* const at = static_cast<typename Products::Element*>(to);
    for (int c = 0; c < Products::width; c += 64)
      gpu::load_tile(at + c * Products::keys, map, b * matrix.per_batch + head * matrix.per_head + tile, head * matrix.column + c, barrier);
  }
  __device__ void keys(void* to, int tile, gpu::Mbarrier& barrier) const { load(to, key_map, key, b, head, tile, barrier); }
  __device__ void values(void* to, int tile, gpu::Mbarrier& barrier) const { load(to, value_map, value, b, head, tile, barrier); }
};

template <class Products, class T> __global__ void __launch_bounds__(Products::block, Products::blocks)
    attend(const __grid_constant__ Forward<T> f, const __grid_constant__ gpu::TensorMap key_map,
           const __grid_constant__ gpu::TensorMap value_map, Matrix key, Matrix value) {
  using Rows = AttentionRows<T, Products>;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<gpu::HopperShared<Rows, Products>>(1, 1024);
  if (threadIdx.x == 0) shared.block = Rows::block_of(f);
  __syncthreads();
  gpu::stream_hopper<Products>(Rows{f, shared.block}, Tiles<Products>{key_map, value_map, key, value, shared.block.b, shared.block.kv_head},
                               shared);
}

template <class Products, class T> void launch(const attention::Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch) {
  const BiasTerm bias = bias_term(p, a.bias, launch.scratch.data(), launch.stream);
  const auto f = forward<T, Products::rows>(p, Arrays<T>{a.q, a.k, a.v, a.o, a.lse, extras(p, a.row_scale, a.length)}, bias);
  if (blocks(f) == 0) return; // nor are there maps of empty arrays
  const bool heads_first = p.layout == attention::Layout::bhsd;
  const auto size = [](int x) { return static_cast<std::size_t>(x); };
  const auto map = [&](const T* base, int width) {
    const std::size_t rows = size(p.batch) * size(p.keys) * size(heads_first ? p.kv_heads : 1),
                      columns = size(heads_first ? 1 : p.kv_heads) * size(width);
    return gpu::tensor_map(reinterpret_cast<const typename Products::Half*>(base), rows, columns, columns, Products::keys);
  };
  const auto matrix = [&](int width) { return heads_first ? Matrix{p.kv_heads * p.keys, p.keys, 0} : Matrix{p.keys, 0, width}; };
  gpu::launch(
      {static_cast<unsigned>(blocks(f)), Products::block, sizeof(gpu::HopperShared<AttentionRows<T, Products>, Products>), launch.stream},
      attend<Products, T>, f, map(a.k, p.dim), map(a.v, p.value_dim), matrix(p.dim), matrix(p.value_dim));
}

bool accepts(const AttentionFwd::Problem& p) {
  const auto fits = [](int width, int multiple) { return width <= 128 && width % multiple == 0; };
  const bool whole = p.layout == attention::Layout::bhsd ? fits(p.dim, 8) && fits(p.value_dim, 8) : fits(p.dim, 64) && p.value_dim == p.dim;
  return whole && p.keys > 0 && static_cast<std::int64_t>(p.batch) * p.kv_heads * p.keys < 1 << 30;
}

// Up to this window a block waits for bytes more than for products, and several small blocks of a multiprocessor wait for each other's.
constexpr int narrow = 512;

template <class T> void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<T>& a, const Launch& to) {
  if (p.dim <= 64 && p.value_dim <= 64) {
    if (p.window <= narrow)
      launch<gpu::HopperProducts<T, 64, 64, 1, 2, 3>>(p, a, to);
    else
      launch<gpu::HopperProducts<T, 64, 64, 3, 4, 1>>(p, a, to);
  } else if (p.window <= narrow)
    launch<gpu::HopperProducts<T, 128, 64, 1, 2, 2>>(p, a, to);
  else
    launch<gpu::HopperProducts<T, 128, 128, 2, 2, 1>>(p, a, to);
}

template <class T> constexpr Variant<AttentionFwd, T> variant(const Numerics& numerics) {
  return {.name = "cuda_hopper",
          .idea = "TMA, wgmma, a warp that only loads",
          .numerics = numerics,
          .repeatable = true,
          .run = run<T>,
          .accepts = accepts,
          .scratch = bias_scratch};
}

} // namespace

ASSAY_VARIANT(variant<Bf16>(numerics::bf16_mma));
ASSAY_VARIANT(variant<Fp16>(numerics::f16_mma));

} // namespace assay
