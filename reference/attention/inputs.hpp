// Input laws of the attention ops.
// normal: queries, keys, values and gradients N(0, 1); ALiBi with its standard slopes, other parameters near their usual size and another
//   one for every head; row scales in [0.75, 1.25]; lengths in turn anything, full, none, anything.
// integers: queries are zero and so are biases, so that all weights of a row are equal: with w = 1, o = v and L = 0 without a rounding.
// hostile: as normal, but one key in 16 has a NaN or an infinity, as has one value in 16, one query in 32 and one gradient in 32; one key
//   in 16 is its neighbour again, and one query in 32 is zero, so that scores tie.
#pragma once

#include "reference/attention/attention.hpp"
#include "reference/attention/attention_bwd.hpp"
#include "reference/attention/attention_fwd.hpp"
#include "reference/op.hpp"

namespace assay::attention {

void fill_forward(const Problem&, AttentionFwd::Args<>&, Fill, Random);
void fill_gradients(const Problem&, double* d_o, float* d_lse, Fill, Random);

} // namespace assay::attention
