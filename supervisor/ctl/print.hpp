// Answers of the supervisor as text for people: lines of at most 80 characters, every text from outside made
// printable.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "supervisor/ctl/console.hpp"

namespace hrn::ctl {

// The answer itself, for --json.
void print_json(const Console& console, const nlohmann::json& json);
void print_status(const Console& console, const nlohmann::json& status);
void print_workers(const Console& console, const nlohmann::json& workers);
void print_gpus(const Console& console, const nlohmann::json& gpus);
void print_tasks(const Console& console, const nlohmann::json& tasks);
void print_task(const Console& console, const nlohmann::json& task);
void print_stats(const Console& console, const nlohmann::json& stats);

// Prose in lines of at most 80 characters, each but the first behind `indent` spaces; a word is never cut.
// `used`: so many columns of the first line are taken already.
void print_wrapped(const Console& console, const std::string& text, std::size_t indent, std::size_t used = 0);

}  // namespace hrn::ctl
