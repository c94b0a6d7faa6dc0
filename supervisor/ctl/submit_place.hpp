// Puts one file into incoming/: under a dot name, whole, then renamed, so that the service never sees half a
// file. Never overwrites. All renames and links through shared/fs.
#pragma once

#include <string>

#include "shared/unique_fd.hpp"
#include "supervisor/ctl/options.hpp"
#include "supervisor/ctl/submit_plan.hpp"

namespace hrn::ctl {

class SpoolWriter {
public:
    // Throws CommandError if SPOOL/incoming is not there or not a directory.
    SpoolWriter(const std::string& spool_dir, Transfer transfer);

    // Throws CommandError(failed) with one line that says what happened; then the source is as it was and
    // nothing of it is in incoming/.
    void place(const Submission& file);

private:
    void copy_to(int folder, const std::string& name, const std::string& source);
    void move_to(int folder, const std::string& name, const Submission& file);
    void publish(int folder, const std::string& hidden, const std::string& name,
                 const Submission& file) const;
    [[nodiscard]] std::string hidden_name();

    std::string incoming_path_;
    UniqueFd incoming_;
    Transfer transfer_;
    unsigned long counter_ = 0;
};

}  // namespace hrn::ctl
