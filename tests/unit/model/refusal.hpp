// The message of a refusal: what the operator reads.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "worker/model/array.hpp"

namespace hrn::model {

// Runs `action`, which must throw ModelError, and returns its text, which must be one line.
template <class Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const ModelError& error) {
        const std::string text = error.what();
        EXPECT_EQ(text.find('\n'), std::string::npos) << text;
        return text;
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

}  // namespace hrn::model
