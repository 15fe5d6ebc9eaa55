// Claims that the harness has to see through: false, vacuous in four ways, and one with a check that is never proven.
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

constexpr double lhs(const Inquiry& inquiry, double value) { return inquiry.broken > 0 ? value : 0; }

ASSAY_CLAIM({.id = "claim/toys/false",
             .statement = "Two is at most one.",
             .source = "none",
             .kind = Kind::bound,
             .broken_by = {"three instead of two"},
             .ask = [](Inquiry& inquiry) { inquiry.check(inequality("two against one", 2 + lhs(inquiry, 1), 1)); }});

ASSAY_CLAIM({.id = "claim/toys/control-passes",
             .statement = "One is at most two, and so is its control.",
             .source = "none",
             .kind = Kind::bound,
             .broken_by = {"three instead of one", "two instead of one"},
             .ask = [](Inquiry& inquiry) {
               inquiry.check(inequality("one against two", 1 + (inquiry.broken == 1 ? 2 : inquiry.broken == 2 ? 1 : 0), 2));
             }});

ASSAY_CLAIM({.id = "claim/toys/checks-nothing",
             .statement = "Nothing is asked.",
             .source = "none",
             .kind = Kind::exact,
             .broken_by = {"nothing"},
             .ask = [](Inquiry&) {}});

ASSAY_CLAIM({.id = "claim/toys/no-control",
             .statement = "One is one, and nothing is tried to break it.",
             .source = "none",
             .kind = Kind::exact,
             .broken_by = {},
             .ask = [](Inquiry& inquiry) { inquiry.check(identity("one", 1, 1, 0)); }});

ASSAY_CLAIM({.id = "claim/toys/control-too-close",
             .statement = "A control four standard errors beyond its threshold might pass with another seed.",
             .source = "none",
             .kind = Kind::sampled,
             .broken_by = {"four standard errors beyond"},
             .ask = [](Inquiry& inquiry) { inquiry.check(sampled("z", lhs(inquiry, normal_threshold(1e-6) + 4), 1e-6)); }});

ASSAY_CLAIM({.id = "claim/toys/unproven",
             .statement = "The second check holds whatever is broken.",
             .source = "none",
             .kind = Kind::exact,
             .broken_by = {"one instead of zero"},
             .ask = [](Inquiry& inquiry) {
               inquiry.check(identity("zero", lhs(inquiry, 1), 0, 0));
               inquiry.check(identity("never fails", 0, 0, 0));
             }});

ASSAY_CLAIM({.id = "claim/toys/throws",
             .statement = "A claim that cannot be asked is an error.",
             .source = "none",
             .kind = Kind::exact,
             .broken_by = {"nothing"},
             .ask = [](Inquiry&) { throw std::runtime_error("no convergence"); }});

} // namespace
} // namespace assay
