#include "tests/simt/examples/examples.hpp"

namespace assay {
namespace {

TEST(Examples, Product) {
  if (const std::string why = lacks_hopper(); !why.empty()) GTEST_SKIP() << why;
  check_product<__nv_bfloat16, false>(100, 200, 72);
  check_product<__nv_bfloat16, true>(64, 128, 200);
  check_product<__half, false>(1, 8, 8);
  check_product<__half, true>(70, 131, 264);
}

TEST(Examples, WindowedAttention) {
  check_attention(1, 1);
  check_attention(64, 64);
  check_attention(200, 50);
  check_attention(131, 1);
  check_attention(300, 1000);
}

} // namespace
} // namespace assay
