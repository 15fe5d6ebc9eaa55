// Rows sorted on a device by compare-exchange: Batcher's bitonic network in the form that needs no directions. Level k makes sorted runs of
// 2^k numbers out of sorted halves, in k steps: the first compares i with its mirror image i ^ (2^k - 1) in the run, the others numbers
// 2^(k-2), ..., 2, 1 apart; the smaller number always goes to the front.
#pragma once

#include <bit>
#include <type_traits>

#include "kernels/transport/line.cuh"

namespace assay {
namespace {

// A NaN may be lost here: its row is known as odd before it is sorted.
template <class T> __device__ void exchange(T& first, T& second) {
  if constexpr (std::is_same_v<T, float>) { // one instruction each, and no predicate
    const T smaller = fminf(first, second);
    second = fmaxf(first, second);
    first = smaller;
  } else {
    const bool swap = second < first;
    const T smaller = swap ? second : first;
    second = swap ? first : second;
    first = smaller;
  }
}

// Steps of a level in registers, for each `size` neighbours of x: from the mirror images on, or from size / 2 apart on.
template <int size, bool mirrored, class T, int count> __device__ void merge(T (&x)[count]) {
  static_assert(size <= count);
  if constexpr (mirrored)
#pragma unroll
    for (int k = 0; k < count; ++k)
      if ((k & size / 2) == 0) exchange(x[k], x[k ^ (size - 1)]);
#pragma unroll
  for (int half = mirrored ? size / 4 : size / 2; half > 0; half /= 2)
#pragma unroll
    for (int k = 0; k < count; ++k)
      if ((k & half) == 0) exchange(x[k], x[k + half]);
}

// `steps` steps for `count` numbers in memory, `apart` from each other. Where the first is with mirror images, those in the second half of
// a group stand behind `far`, and the others behind `near`.
template <int count, int steps, bool mirrored, class T, class Index> __device__ void exchange_apart(T* near, T* far, Index apart) {
  constexpr int size = 1 << steps;
  const auto at = [&](int k) -> T& { return (mirrored && (k & size / 2) != 0 ? far : near)[static_cast<Index>(k) * apart]; };
  T x[count];
#pragma unroll
  for (int k = 0; k < count; ++k) x[k] = at(k);
  merge<size, mirrored>(x);
#pragma unroll
  for (int k = 0; k < count; ++k) at(k) = x[k];
}

// Steps of a level from `distance` on (mirror images: the run is twice as long), one thread a group of 2^steps numbers.
template <class T, int steps, bool mirrored> __global__ void __launch_bounds__(threads) exchange_rows(Rows<T> r, std::int64_t distance) {
  const std::int64_t i = global_index();
  if (i << steps >= r.rows * r.length) return;
  const std::int64_t apart = distance >> (steps - 1), within = i & (apart - 1), first = ((i - within) << steps) + within;
  exchange_apart<(1 << steps), steps, mirrored>(r.at + first, r.at + (first ^ (apart - 1)), apart);
}

template <class T> void sort_by_steps(Rows<T> r, void* stream) {
  const gpu::Shape shape{blocks_for(r.rows * r.length / 2), threads, 0, stream};
  for (std::int64_t run = 2; run <= r.length; run *= 2) {
    gpu::launch(shape, exchange_rows<T, 1, true>, r, run / 2);
    for (std::int64_t distance = run / 4; distance > 0; distance /= 2) gpu::launch(shape, exchange_rows<T, 1, false>, r, distance);
  }
}

// A tile: 32 numbers for each lane of some warps, in shared memory in the order of the row. A thread holds 32 of them between two barriers,
// which is five steps; which ones depends on the distance: neighbours, numbers 32 apart in the 1024 of its warp, or numbers `lanes` apart
// in the tile. All are reached without bank conflicts, for 16 bytes stand between 32 numbers and the next.
template <class T, int warps> class Tile {
public:
  static constexpr int numbers = 32, steps_of_warp = 10, steps = steps_of_warp + std::countr_zero(unsigned{warps});
  static constexpr int lanes = 32 * warps, length = numbers * lanes;
  static constexpr int line = numbers + 16 / sizeof(T);
  static constexpr std::size_t bytes = sizeof(T) * line * lanes;

  __device__ explicit Tile(Rows<T> r) {
    gpu::Dynamic dynamic;
    T* const memory = dynamic.take<T>(line * lanes);
    const int t = static_cast<int>(threadIdx.x), lane = t % 32, warp = t / 32;
    const std::int64_t begin = std::int64_t{blockIdx.x} * length, left = r.rows * r.length - begin;
    const int first = warp * (numbers * 32) + lane;
    from_first_ = static_cast<int>(left < length ? left : length) - first;
    tile_ = r.at + begin, warp_ = tile_ + first;
    own_ = memory + t * line;
    in_warp_ = memory + warp * 32 * line + lane, in_warp_far_ = in_warp_ + 31 - 2 * lane;
    in_tile_ = memory + warp * line + lane, in_tile_far_ = memory + (warps - 1 - warp) * line + 31 - lane;
  }

  // Sorts runs of 2^last numbers, last <= steps. Behind the last row stand numbers that are not read again.
  __device__ void sort(int last) {
#pragma unroll
    for (int k = 0; k < numbers; ++k) in_warp_[k * line] = k * 32 < from_first_ ? warp_[k * 32] : static_cast<T>(INFINITY);
    __syncwarp();
    with_neighbours([&](T(&x)[numbers]) {
      if (last >= 1) merge<2, true>(x);
      if (last >= 2) merge<4, true>(x);
      if (last >= 3) merge<8, true>(x);
      if (last >= 4) merge<16, true>(x);
      if (last >= 5) merge<32, true>(x);
    });
    for (int level = 6; level <= last; ++level) {
      if (warps == 1 || level <= steps_of_warp) {
        __syncwarp();
        begin_level(level - 5, in_warp_, in_warp_far_, line);
      } else {
        __syncthreads();
        begin_level(level - (steps - 5), in_tile_, in_tile_far_, warps * line);
        end_in_warp();
      }
      end_with_neighbours();
    }
    store();
  }

  // The steps of a level of longer runs that stay within a tile: of numbers length / 2, ..., 1 apart.
  __device__ void end_level() {
    const T* const from = tile_ + threadIdx.x;
    T x[numbers];
#pragma unroll
    for (int k = 0; k < numbers; ++k) x[k] = from[k * lanes];
    merge<numbers, false>(x);
#pragma unroll
    for (int k = 0; k < numbers; ++k) in_tile_[k * (warps * line)] = x[k];
    end_in_warp();
    end_with_neighbours();
    store();
  }

private:
  struct alignas(16) Pack {
    T of[16 / sizeof(T)];
  };

  __device__ void begin_level(int with_steps, T* near, T* far, int apart) {
    switch (with_steps) {
      case 1: return exchange_apart<numbers, 1, true>(near, far, apart);
      case 2: return exchange_apart<numbers, 2, true>(near, far, apart);
      case 3: return exchange_apart<numbers, 3, true>(near, far, apart);
      case 4: return exchange_apart<numbers, 4, true>(near, far, apart);
      default: return exchange_apart<numbers, 5, true>(near, far, apart);
    }
  }

  // Between the steps of a tile and those of neighbours.
  __device__ void end_in_warp() {
    __syncthreads();
    exchange_apart<numbers, steps - steps_of_warp, false>(in_warp_, in_warp_, line);
  }

  __device__ void end_with_neighbours() {
    __syncwarp();
    with_neighbours([](T(&x)[numbers]) { merge<numbers, false>(x); });
  }

  template <class Steps> __device__ void with_neighbours(const Steps& take) {
    constexpr int packed = 16 / sizeof(T);
    Pack* const packs = reinterpret_cast<Pack*>(own_);
    T x[numbers];
#pragma unroll
    for (int k = 0; k < numbers; k += packed) {
      const Pack pack = packs[k / packed];
#pragma unroll
      for (int e = 0; e < packed; ++e) x[k + e] = pack.of[e];
    }
    take(x);
#pragma unroll
    for (int k = 0; k < numbers; k += packed) {
      Pack pack;
#pragma unroll
      for (int e = 0; e < packed; ++e) pack.of[e] = x[k + e];
      packs[k / packed] = pack;
    }
  }

  __device__ void store() const {
    __syncwarp();
#pragma unroll
    for (int k = 0; k < numbers; ++k)
      if (k * 32 < from_first_) warp_[k * 32] = in_warp_[k * line];
  }

  T *tile_, *warp_, *own_, *in_warp_, *in_warp_far_, *in_tile_, *in_tile_far_;
  int from_first_; // numbers of all rows from warp_ on
};

template <class T> constexpr int warps_of_tile = 64 / sizeof(T); // 64 KiB of numbers: two tiles on a multiprocessor

// Tiles on a multiprocessor: there are twice the registers that their numbers take. No device of today holds more than 32 blocks, some 24.
template <class T, int warps> constexpr int tiles_at_once = warps == 1 ? 16 : 4096 / static_cast<int>(sizeof(T)) / (32 * warps);

template <class T, int warps> __global__ void __launch_bounds__(32 * warps, tiles_at_once<T, warps>) sort_tiles(Rows<T> r, int last) {
  Tile<T, warps>(r).sort(last);
}

template <class T> __global__ void __launch_bounds__(32 * warps_of_tile<T>, tiles_at_once<T, warps_of_tile<T>>) end_level(Rows<T> r) {
  Tile<T, warps_of_tile<T>>(r).end_level();
}

template <class Tile, class T> gpu::Shape shape_of_tiles(Rows<T> r, void* stream) {
  return {static_cast<unsigned>((r.rows * r.length + Tile::length - 1) / Tile::length), Tile::lanes, Tile::bytes, stream};
}

// Runs as long as a tile, or as a row, in one launch; then two or three launches a level (up to 2^10 tiles a row). Rows of up to 1024
// numbers are left to a warp each, or several to one.
template <class T> void sort_by_tiles(Rows<T> r, void* stream) {
  using OfWarp = Tile<T, 1>;
  using OfBlock = Tile<T, warps_of_tile<T>>;
  const int levels = std::countr_zero(static_cast<std::uint64_t>(r.length));
  if (levels <= OfWarp::steps) return gpu::launch(shape_of_tiles<OfWarp>(r, stream), sort_tiles<T, 1>, r, levels);
  const gpu::Shape shape = shape_of_tiles<OfBlock>(r, stream);
  gpu::launch(shape, sort_tiles<T, warps_of_tile<T>>, r, levels < OfBlock::steps ? levels : OfBlock::steps);
  constexpr int most = 5;
  constexpr void (*begin[most])(Rows<T>, std::int64_t) = {exchange_rows<T, 1, true>, exchange_rows<T, 2, true>, exchange_rows<T, 3, true>,
                                                          exchange_rows<T, 4, true>, exchange_rows<T, 5, true>};
  const auto groups = [&](int steps) -> gpu::Shape { return {blocks_for(r.rows * r.length >> steps), threads, 0, stream}; };
  for (int level = OfBlock::steps + 1; level <= levels; ++level) {
    int left = level - OfBlock::steps;
    const int first = (left - 1) % most + 1;
    gpu::launch(groups(first), begin[first - 1], r, std::int64_t{1} << (level - 1));
    for (left -= first; left > 0; left -= most)
      gpu::launch(groups(most), exchange_rows<T, most, false>, r, std::int64_t{1} << (OfBlock::steps + left - 1));
    gpu::launch(shape, end_level<T>, r);
  }
}

} // namespace
} // namespace assay
