// `hrn-model verify`: does a directory fit, and with a golden folder, does the pipeline compute with it
// what the official code computed.
//
// One thread. Prints to stdout and returns the exit status: 0 all is well, 1 something is not. ModelError
// when directory or manifest cannot be read at all.
#pragma once

#include <string>

namespace hrn::model::tool {

struct VerifyOptions {
    std::string directory;
    std::string golden;  // a folder with a manifest.json; empty: files only
    std::string device = "cpu";
    std::string precision = "fp32";
    bool json = false;
};

int run_verify(const VerifyOptions& options);

}  // namespace hrn::model::tool
