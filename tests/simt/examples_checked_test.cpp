#include "tests/simt/examples/examples.hpp"

namespace assay {
namespace {

TEST(CheckedExamples, Product) {
  check_product<__nv_bfloat16, false>(100, 136, 200);
  check_product<__half, true>(70, 131, 264);
}

TEST(CheckedExamples, WindowedAttention) {
  check_attention(200, 50);
  check_attention(131, 200);
}

} // namespace
} // namespace assay
