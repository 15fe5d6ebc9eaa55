// Which elements a truth covers where computing all of them would take too long.
#pragma once

#include <cstdint>
#include <vector>

#include "reference/op.hpp"

namespace assay {

// Indices that the truth of an output of n elements covers, ascending, first and last among them; empty = all.
std::vector<std::int64_t> chosen(std::int64_t n, Sample sample, std::uint32_t stream);

} // namespace assay
