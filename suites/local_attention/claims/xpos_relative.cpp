#include <string>
#include <vector>

#include "reference/attention/xpos.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, same_sign };

void ask(Inquiry& inquiry) {
  constexpr std::size_t d = 64;
  const double key_sign = inquiry.broken == same_sign ? 1 : -1;
  struct Place {
    std::string_view name;
    double m, n, centre;
  };
  for (const Place& place : {Place{"(5000, 4900)", 5000, 4900, 0}, Place{"(1000, 900) about 700", 1000, 900, 700},
                             Place{"(100, 0)", 100, 0, 0}, Place{"(9000, 8900) about 4500", 9000, 8900, 4500}}) {
    Check check = identity("score at (1000, 900) and at " + std::string(place.name) + ", eight draws", 0, 0, 0);
    for (std::uint32_t draw = 0; draw < 8; ++draw) {
      std::vector<double> q(d), k(d);
      const std::uint64_t key = key_of(inquiry.seed, "local_attention.xpos-relative");
      fill_normal(key, 2 * draw, q);
      fill_normal(key, 2 * draw + 1, k);
      const math::Estimate here = attention::xpos_score(q, k, 1000, 900, 0, key_sign),
                           there = attention::xpos_score(q, k, place.m, place.n, place.centre, key_sign);
      check.lhs += std::fabs(here.value - there.value);
      check.slack += here.error + there.error;
    }
    inquiry.check(check);
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/xpos-relative",
     .statement = "xPos scores depend on the distance of query and key alone, and not on the position about which the scales are centred.",
     .source = "xPos: arXiv 2212.10554; kexue.fm/archives/9431",
     .kind = Kind::exact,
     .broken_by = {"queries and keys are scaled with the same sign of the exponent"},
     .ask = ask});

} // namespace
} // namespace assay
