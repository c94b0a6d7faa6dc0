// The words of the configuration as the options of worker/hrn. Pure functions; any thread. The parser of the
// configuration has refused every other word already.
#pragma once

#include "shared/config.hpp"
#include "worker/hrn/core/core.hpp"
#include "worker/hrn/front/front_end.hpp"
#include "worker/hrn/image/image_probe.hpp"
#include "worker/hrn/output/output_set.hpp"

namespace hrn::runtime {

// `torch_device` as LibTorch spells it. auto: fp32, which is what a CPU computes in; on a GPU self_tuning.hpp
// puts what it finds in the place of "auto" before anybody asks here.
[[nodiscard]] std::string precision_of(const Config& config);
[[nodiscard]] int batch_size_of(const Config& config, bool on_cpu);  // auto: 1 on the CPU, else 8
[[nodiscard]] image::ProbeLimits probe_limits_of(const Config& config);
[[nodiscard]] output::OutputOptions output_options_of(const Config& config);
[[nodiscard]] front::FrontEndOptions front_end_options_of(const Config& config,
                                                          const std::string& torch_device, int threads);
[[nodiscard]] core::CoreOptions core_options_of(const Config& config, const std::string& torch_device,
                                                int threads);

}  // namespace hrn::runtime
