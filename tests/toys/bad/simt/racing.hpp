// A copy whose first element is written by every thread.
#pragma once

#include "tests/toys/bad/copy.hpp"

namespace assay {

struct ToyRacing : ToyCopy {
  static constexpr std::string_view name = "toy_racing";
};

} // namespace assay
