// The examples for a device: what nvcc makes of them.
#include "tests/simt/examples/attention.cuh"
#include "tests/simt/examples/product.cuh"

namespace assay::examples {

void attend(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v, float* out, int length, int window, void* stream) {
  assay::attend(q, k, v, out, length, window, stream);
}
void multiply(const __nv_bfloat16* a, const __nv_bfloat16* b, float* c, int m, int n, int k, void* stream) {
  assay::multiply<__nv_bfloat16, false>(a, b, c, m, n, k, stream);
}
void multiply_k_major(const __half* a, const __half* b, float* c, int m, int n, int k, void* stream) {
  assay::multiply<__half, true>(a, b, c, m, n, k, stream);
}

} // namespace assay::examples
