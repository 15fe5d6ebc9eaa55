#include "kernels/simt/locate.hpp"

#include <fmt/core.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <regex>
#include <vector>

namespace assay::simt {
namespace {

// Function and line of every inlined frame, innermost first.
std::vector<std::array<std::string, 2>> frames(std::uintptr_t offset) {
  std::array<char, 4096> program{};
  if (readlink("/proc/self/exe", program.data(), program.size() - 1) < 0) return {};
  const std::string command = fmt::format("addr2line -f -C -i -e '{}' 0x{:x} 2>/dev/null", program.data(), offset);
  std::FILE* const out = popen(command.c_str(), "r");
  if (out == nullptr) return {};
  std::vector<std::array<std::string, 2>> list;
  std::array<char, 4096> line{};
  for (int count = 0; std::fgets(line.data(), line.size(), out) != nullptr; ++count) {
    std::string text(line.data());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (count % 2 == 0)
      list.push_back({text, ""});
    else
      list.back()[1] = text.substr(0, text.find(" (discriminator")).substr(text.rfind("./", 0) == 0 ? 2 : 0);
  }
  pclose(out);
  return list;
}

bool own(const std::string& line) {
  return line.find("kernels/simt/") != std::string::npos || line.find("kernels/device/") != std::string::npos || line.rfind('/', 0) == 0 ||
         line.rfind("??", 0) == 0;
}

} // namespace

std::uintptr_t load_address() {
  static const std::uintptr_t address = [] {
    std::uintptr_t found = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* out) {
          *static_cast<std::uintptr_t*>(out) = info->dlpi_addr;
          return 1; // the program itself comes first
        },
        &found);
    return found;
  }();
  return address;
}

std::string kernel_name(const void* code) {
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(code) - load_address();
  const auto list = frames(offset);
  if (list.empty() || list.back()[0] == "??") return fmt::format("kernel at 0x{:x}", offset);
  std::string name = list.back()[0];
  name = std::regex_replace(name, std::regex(R"(\(anonymous namespace\)::|\b[a-z_0-9]+::|^void )"), "");
  return name.substr(0, name.find('('));
}

std::string line_of(const void* code) {
  // A return address is that of the next instruction.
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(code) - load_address() - 1;
  for (const auto& frame : frames(offset))
    if (!own(frame[1])) return frame[1];
  return fmt::format("code at 0x{:x}", offset);
}

} // namespace assay::simt
