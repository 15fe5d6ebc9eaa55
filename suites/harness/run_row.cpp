#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/run.hpp"

namespace assay {

Json run_row(const Request& request, const DeviceSummary& device) {
  const Environment& known = environment();
  const std::string toolkit = build::toolkit;
  return {{"kind", "run"},
          {"run_id", ""},
          {"id", "run"},
          {"schema", 1},
          {"assay", ASSAY_VERSION},
          {"started", utc_now()},
          {"command", request.command},
          {"commit", known.commit},
          {"dirty", known.dirty},
          {"build", build::type},
          {"sanitised", known.sanitised},
          {"compiler", build::compiler},
          {"flags", build::flags},
          {"cpu", {{"model", known.cpu.model}, {"cores", known.cpu.cores}, {"simd", best_simd()}, {"llc_bytes", known.cpu.cache_bytes}}},
          {"gpu", device.name.empty() ? Json() : Json{{"name", device.name}}},
          {"driver", device.driver.empty() ? Json() : Json(device.driver)},
          {"toolkit", toolkit.empty() ? Json() : Json(toolkit)},
          {"architectures", build::architectures},
          {"seed", std::to_string(request.seed)},
          {"effort", request.thorough ? "thorough" : "ci"},
          {"filter", request.filter},
          {"backend", request.backend ? name_of(*request.backend) : ""},
          {"jobs", request.jobs}};
}

} // namespace assay
