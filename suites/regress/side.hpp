// One build of assay as a shared object, so that two of them can be timed in one process. Everything passes through this table of C
// functions; the two builds share nothing else. Texts are JSON, and live until the next call. No function throws: what goes wrong is
// {"error": text} or, where no text is returned, error().
#pragma once

#include <cstddef>

namespace assay::regress {

inline constexpr int side_version = 1;
inline constexpr const char* side_symbol = "assay_side";

extern "C" struct Side {
  int version; // side_version of the build; a table of another version has other entries behind this one

  // The rows that this build can time: {"rows": [{"id", "backend", "code", "arrays": [{"name", "role", "type", "bytes"}]}]}, "code" being
  // the hash of everything that the row's machine code depends on. {"run": what stands first in records, "skipped": rows of kind skip}
  // besides. {"error", "exit": 5}: filter is no regular expression.
  const char* (*rows)(const char* filter);

  // Verifies a row at its own size: {"status", "message", "inputs": their hash, "file", "seconds": of one call}. Writes the contents of all
  // arrays, one after the other, to folder/file, unless folder is empty or the file is there already. `seed` is decimal.
  const char* (*check)(const char* id, const char* seed, const char* folder);

  // A row ready to be called; null on failure. memory: one pointer per array. Where memory[0] is null, the row allocates its arrays, takes
  // their contents from the file `inputs` and leaves the pointers there; else it works on the given ones.
  void* (*open)(const char* id, const char* inputs, void** memory);
  void (*close)(void* row);
  // Puts the inputs of inout arrays back. Only on a row that has allocated its own. 0 on success.
  int (*restore)(void* row);
  // Seconds that `calls` calls took; negative on failure.
  double (*seconds)(void* row, int calls);

  const char* (*error)();
};

} // namespace assay::regress
