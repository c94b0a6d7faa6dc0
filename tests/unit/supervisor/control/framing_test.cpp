// Lines, arguments and rights of control clients: the pure parts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "supervisor/control/arguments.hpp"
#include "supervisor/control/line_buffer.hpp"
#include "supervisor/control/peer.hpp"
#include "supervisor/control/reply.hpp"

namespace hrn::supervisor {
namespace {

TEST(LineBuffer, CutsLinesWhereverTheBytesAreCut) {
    LineBuffer buffer(100);
    EXPECT_TRUE(buffer.add("on"));
    EXPECT_FALSE(buffer.next());
    EXPECT_TRUE(buffer.add("e\r\ntwo\nthr"));
    EXPECT_EQ(buffer.next(), "one");
    EXPECT_EQ(buffer.next(), "two");
    EXPECT_FALSE(buffer.next());
    EXPECT_EQ(buffer.size(), 3U);
}

TEST(LineBuffer, TakesALineOfExactlyTheLimit) {
    LineBuffer buffer(10);
    EXPECT_TRUE(buffer.add("0123456789\n"));
    EXPECT_EQ(buffer.next(), "0123456789");
}

TEST(LineBuffer, RefusesALongerLineBeforeItsEndIsSeen) {
    LineBuffer buffer(10);
    EXPECT_FALSE(buffer.add("01234567890"));
    EXPECT_TRUE(buffer.overlong());
    EXPECT_FALSE(buffer.add("\n"));
}

TEST(LineBuffer, RefusesALongerLineBehindAShortOne) {
    LineBuffer buffer(10);
    EXPECT_TRUE(buffer.add("short\n012345678901234\n"));
    EXPECT_EQ(buffer.next(), "short");
    EXPECT_FALSE(buffer.next());
    EXPECT_TRUE(buffer.overlong());
}

TEST(Arguments, TakeTheirDefaultsWhenMissingOrNull) {
    const nlohmann::json arguments = {{"id", nullptr}};
    EXPECT_FALSE(text_argument(arguments, "id"));
    EXPECT_FALSE(integer_argument(arguments, "limit"));
    EXPECT_FALSE(flag_argument(arguments, "all"));
    EXPECT_TRUE(texts_argument(arguments, "ids").empty());
    EXPECT_EQ(timeout_argument(arguments), 10);
}

TEST(Arguments, RefuseAWrongTypeAndNameTheArgument) {
    const nlohmann::json arguments = {
        {"id", 5}, {"limit", "x"}, {"all", 1}, {"ids", {1, 2}}, {"timeout_seconds", "x"}};
    EXPECT_THROW(static_cast<void>(text_argument(arguments, "id")), BadArgument);
    EXPECT_THROW(static_cast<void>(integer_argument(arguments, "limit")), BadArgument);
    EXPECT_THROW(static_cast<void>(flag_argument(arguments, "all")), BadArgument);
    EXPECT_THROW(static_cast<void>(timeout_argument(arguments)), BadArgument);
    try {
        static_cast<void>(texts_argument(arguments, "ids"));
        FAIL();
    } catch (const BadArgument& error) {
        EXPECT_NE(std::string(error.what()).find("\"ids\""), std::string::npos);
    }
}

TEST(Arguments, KeepTheTimeOutOfAHeldAnswerWithinAMinute) {
    EXPECT_EQ(timeout_argument({{"timeout_seconds", 1e9}}), 60);
    EXPECT_EQ(timeout_argument({{"timeout_seconds", -5}}), 0);
    EXPECT_EQ(timeout_argument({{"timeout_seconds", 2.5}}), 2.5);
}

TEST(Rights, BelongToRootTheServiceAndTheGroup) {
    EXPECT_TRUE(may_change({0, 0, 1, {}}, 500, std::nullopt));
    EXPECT_TRUE(may_change({500, 500, 1, {}}, 500, std::nullopt));
    EXPECT_FALSE(may_change({600, 600, 1, {}}, 500, std::nullopt));
    EXPECT_TRUE(may_change({600, 42, 1, {}}, 500, 42));
    EXPECT_TRUE(may_change({600, 600, 1, {7, 42}}, 500, 42));
    EXPECT_FALSE(may_change({600, 600, 1, {7, 43}}, 500, 42));
}

TEST(Rights, OfAGroupThatDoesNotExistAreNobodys) {
    EXPECT_FALSE(group_number(""));
    EXPECT_FALSE(group_number("no-such-group-anywhere"));
}

TEST(StorageAnswer, IsAFailureOnlyWhenItIsNothingButAnError) {
    EXPECT_TRUE(is_failure({{"error", {{"code", "not_found"}, {"message", "no"}}}}));
    EXPECT_FALSE(is_failure({{"id", "x"}, {"error", {{"code", "no_face"}}}}));
    EXPECT_FALSE(is_failure({{"id", "x"}, {"error", nullptr}}));
    EXPECT_FALSE(is_failure(nlohmann::json::array()));
}

}  // namespace
}  // namespace hrn::supervisor
