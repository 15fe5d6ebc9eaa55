// Cases of the op whose CUDA source has a race (simt/).
#include "tests/toys/bad/simt/racing.hpp"

namespace assay {
namespace {

ASSAY_CASES(ToyRacing, "toys", {{{40}, "two blocks"}});

} // namespace
} // namespace assay
