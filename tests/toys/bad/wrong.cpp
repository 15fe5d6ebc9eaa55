// One element is off by 1 % from n = 32 on, as behind a vector boundary; the law sees it too.
#include "suites/harness/inquiry.hpp"
#include "tests/toys/bad/copy.hpp"

namespace assay {
namespace {

struct ToyWrong : ToyCopy {
  static constexpr std::string_view name = "toy_wrong";
};

ASSAY_VARIANT(Variant<ToyWrong, float>{.name = "cpu_slips",
                                       .idea = "wrong at element 31",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = [](const ToyWrong::Problem& p, const ToyWrong::Args<float>& a, const Launch& launch) {
                                         copy(p, a, launch);
                                         if (p.n > 31) a.y[31] *= 1.01f;
                                       }});

ASSAY_CASES(ToyWrong, "toys", {{{31}, "right"}, {{33}, "wrong"}});

ASSAY_LAW(Law<ToyWrong>{.name = "chunk-invariance",
                        .statement = "Two halves give the same bits as the whole.",
                        .broken_by = {"the second half starts one element early"},
                        .ask = [](Inquiry& inquiry, const Apply<ToyWrong>& apply) {
                          constexpr int n = 40, half = n / 2;
                          std::vector<double> x(n), whole(n), parts(n);
                          for (std::size_t i = 0; i < n; ++i) x[i] = 1 + static_cast<double>(i) / 64;
                          ToyWrong::Args<> all{x.data(), whole.data()}, first{x.data(), parts.data()},
                              second{x.data() + half - (inquiry.broken == 1 ? 1 : 0), parts.data() + half};
                          apply({n}, all);
                          apply({half}, first);
                          apply({half}, second);
                          std::int64_t differing = 0;
                          for (std::size_t i = 0; i < n; ++i) differing += whole[i] != parts[i];
                          inquiry.check(bitwise("halves against the whole", differing));
                        }});

} // namespace
} // namespace assay
