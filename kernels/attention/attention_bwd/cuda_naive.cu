// P and dS of all visible pairs go through memory, as in a framework without fusion: one thread per pair computes them, then one thread per
// element of each gradient adds up its column or row. A query's pairs are stored by distance: [row][distance], zeros where it sees nothing.
// Limit: 8 bytes a pair written, and read again by every element of a gradient.
#include "kernels/attention/backward_rows.cuh"
#include "kernels/attention/bias_gradient.cuh"
#include "kernels/variant.hpp"
#include "reference/attention/attention_bwd.hpp"

namespace assay {
namespace {

constexpr int threads = 256;

struct Scratch {
  BiasTable bias;
  Row* rows;
  float *p, *ds; // [batch, head, query, distance]
  std::size_t bytes;

  Scratch(const AttentionBwd::Problem& p, Carver carver) : bias(p, carver) {
    const std::int64_t count = std::int64_t{p.batch} * p.heads * p.queries;
    rows = carver.take<Row>(count);
    this->p = carver.take<float>(count * attention::distances_of(p));
    ds = carver.take<float>(count * attention::distances_of(p));
    bytes = carver.used();
  }
};

// Which item of a flat launch this thread has.
__device__ std::int64_t item() { return static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; }

template <class T> struct Arrays { // AttentionBwd::Args with the device's types
  const T *q, *k, *v, *d_o;
  const std::int32_t* length;
  T *d_q, *d_k, *d_v;
  __device__ int keys_of(int batch, const Sizes& z) const { return length == nullptr ? z.keys : length[batch]; }
};

template <class T> __global__ void __launch_bounds__(threads)
    find_pairs(Sizes z, Arrays<T> a, const float* bias, const Row* rows, float* p, float* ds) {
  const std::int64_t pair = item();
  if (pair >= std::int64_t{z.batch} * z.heads * z.queries * z.window) return;
  const int distance = static_cast<int>(pair % z.window);
  const std::int64_t row = pair / z.window;
  const int query = static_cast<int>(row % z.queries), head = static_cast<int>(row / z.queries % z.heads);
  const int batch = static_cast<int>(row / z.queries / z.heads), key = query + z.offset - distance;
  if (key < 0 || !z.sees(query, key, a.keys_of(batch, z))) {
    p[pair] = ds[pair] = 0;
    return;
  }
  const T *const q = a.q + z.q.row(batch, head, query), *const d_o = a.d_o + z.o.row(batch, head, query);
  const T *const k = a.k + z.k.row(batch, head / z.group, key), *const v = a.v + z.v.row(batch, head / z.group, key);
  float score = 0, dp = 0;
  for (int l = 0; l < z.dim; ++l) score = fmaf(widened(q[l]), widened(k[l]), score);
  for (int e = 0; e < z.value_dim; ++e) dp = fmaf(widened(d_o[e]), widened(v[e]), dp);
  const Row of = rows[row];
  const float factor = static_cast<float>(log2_e * z.scale) * of.scale;
  score = fmaf(score, factor, bias == nullptr ? 0 : bias[std::int64_t{head} * z.window + distance]);
  const float weight = exp2f(score - of.high - of.low);
  p[pair] = weight;
  ds[pair] = weight * (dp - of.d);
}

template <class T> __global__ void __launch_bounds__(threads) sum_dq(Sizes z, Arrays<T> a, const Row* rows, const float* ds) {
  if (item() >= std::int64_t{z.batch} * z.heads * z.queries * z.dim) return;
  const int l = static_cast<int>(item() % z.dim);
  const std::int64_t row = item() / z.dim;
  const int query = static_cast<int>(row % z.queries), head = static_cast<int>(row / z.queries % z.heads);
  const int batch = static_cast<int>(row / z.queries / z.heads);
  float sum = 0;
  for (int key = z.first_key(query); key < z.past_key(query, a.keys_of(batch, z)); ++key)
    sum = fmaf(ds[row * z.window + query + z.offset - key], widened(a.k[z.k.row(batch, head / z.group, key) + l]), sum);
  a.d_q[z.q.row(batch, head, query) + l] = narrowed<T>(sum * (static_cast<float>(z.scale) * rows[row].scale));
}

// dk where `of_key`, else dv.
template <bool of_key, class T> __global__ void __launch_bounds__(threads)
    sum_dkv(Sizes z, Arrays<T> a, const Row* rows, const float* weights) {
  const int width = of_key ? z.dim : z.value_dim;
  if (item() >= std::int64_t{z.batch} * z.kv_heads * z.keys * width) return;
  const int l = static_cast<int>(item() % width);
  const std::int64_t of = item() / width;
  const int key = static_cast<int>(of % z.keys), kv_head = static_cast<int>(of / z.keys % z.kv_heads);
  const int batch = static_cast<int>(of / z.keys / z.kv_heads);
  float sum = 0;
  const int first = z.first_query(key), past = key < a.keys_of(batch, z) ? z.past_query(key) : 0;
  for (int head = kv_head * z.group; head < (kv_head + 1) * z.group; ++head) {
    const T* const from = of_key ? a.q + z.q.row(batch, head, 0) : a.d_o + z.o.row(batch, head, 0);
    const std::int64_t apart = of_key ? z.q.position : z.o.position, row = (std::int64_t{batch} * z.heads + head) * z.queries;
    for (int query = first; query < past; ++query) {
      const float weight = weights[(row + query) * z.window + query + z.offset - key];
      sum = fmaf(of_key ? weight * rows[row + query].scale : weight, widened(from[query * apart + l]), sum);
    }
  }
  if constexpr (of_key)
    a.d_k[z.k.row(batch, kv_head, key) + l] = narrowed<T>(sum * static_cast<float>(z.scale));
  else
    a.d_v[z.v.row(batch, kv_head, key) + l] = narrowed<T>(sum);
}

__global__ void __launch_bounds__(threads) sum_diagonals(Sizes z, const float* ds, float* diagonal) {
  if (item() >= std::int64_t{z.heads} * z.window) return;
  const int distance = static_cast<int>(item() % z.window), head = static_cast<int>(item() / z.window);
  float sum = 0;
  for (int batch = 0; batch < z.batch; ++batch)
    for (int query = 0; query < z.queries; ++query)
      sum += ds[((std::int64_t{batch} * z.heads + head) * z.queries + query) * z.window + distance];
  diagonal[item()] = sum;
}

template <class T> void run(const AttentionBwd::Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) {
  using D = typename OnDevice<T>::type;
  const Sizes z = sizes(p);
  const Scratch at(p, Carver(launch.scratch.data()));
  const Arrays<D> arrays{on_device(a.q), on_device(a.k),   on_device(a.v),   on_device(a.d_o),
                         a.length,       on_device(a.d_q), on_device(a.d_k), on_device(a.d_v)};
  const auto shape = [&](std::int64_t items) { return gpu::Shape{blocks(items, threads), threads, 0, launch.stream}; };
  const std::int64_t rows = std::int64_t{z.batch} * z.heads * z.queries, keys = std::int64_t{z.batch} * z.kv_heads * z.keys;
  find_rows<D>(z, a, at.rows, launch.stream);
  make_bias(at.bias, a.bias, launch.stream);
  gpu::launch(shape(rows * z.window), find_pairs<D>, z, arrays, at.bias.table, at.rows, at.p, at.ds);
  gpu::launch(shape(rows * z.dim), sum_dq<D>, z, arrays, at.rows, at.ds);
  gpu::launch(shape(keys * z.dim), sum_dkv<true, D>, z, arrays, at.rows, at.ds);
  gpu::launch(shape(keys * z.value_dim), sum_dkv<false, D>, z, arrays, at.rows, at.p);
  if (at.bias.table == nullptr) return;
  gpu::launch(shape(std::int64_t{z.heads} * z.window), sum_diagonals, z, at.ds, a.diagonal);
  bias_gradient(at.bias, a.diagonal, a.bias, a.d_bias, launch.stream);
}

std::size_t scratch(const AttentionBwd::Problem& p) { return Scratch(p, Carver(nullptr)).bytes; }

template <class T> constexpr Variant<AttentionBwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "P and dS of all pairs through memory, a thread per element",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const AttentionBwd::Problem& p) { return scratch(p) <= std::size_t{1} << 33; },
          .scratch = scratch,
          .prepare = [](const AttentionBwd::Problem& p,
                        const Launch& launch) { prepare_bias(Scratch(p, Carver(launch.scratch.data())).bias, p.dim, launch.stream); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
