// Exit codes and the errors that lead to them. README.md lists them for users.
#pragma once

#include <stdexcept>
#include <string>

namespace assay {

namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;      // a check failed, a claim was rejected or vacuous, an error
inline constexpr int undecided = 2;   // within the budget
inline constexpr int incomplete = 3;  // nothing, or less than planned, ran
inline constexpr int baseline = 4;    // missing or incompatible
inline constexpr int bad_input = 5;   // file, flag and place are named
inline constexpr int environment = 6; // a demanded device is absent, results cannot be written
inline constexpr int internal = 70;
} // namespace exit_code

struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Unusable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// A filter that matches nothing, for instance.
struct NothingToDo : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace assay
