#include "worker/hrn/networks/onednn_check.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace hrn::networks {
namespace {

TEST(OnednnCheck, AChildThatDiesOfASignalIsSeen) {
    EXPECT_FALSE(survives_in_a_child([] { ::raise(SIGFPE); }));
    EXPECT_FALSE(survives_in_a_child([] { std::abort(); }));
}

TEST(OnednnCheck, AChildThatOnlyFailsIsNoCrash) {
    EXPECT_TRUE(survives_in_a_child([] {}));
    EXPECT_TRUE(survives_in_a_child([] { throw std::runtime_error("no memory, say"); }));
}

TEST(OnednnCheck, AnOperatorsOwnLimitIsLeftAsItIs) {
    ::setenv("ONEDNN_MAX_CPU_ISA", "AVX", 1);
    EXPECT_FALSE(avoid_broken_onednn());
    EXPECT_STREQ(std::getenv("ONEDNN_MAX_CPU_ISA"), "AVX");
    ::unsetenv("ONEDNN_MAX_CPU_ISA");
}

}  // namespace
}  // namespace hrn::networks
