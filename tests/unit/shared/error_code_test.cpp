#include "shared/error_code.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hrn {
namespace {

TEST(ErrorCodes, AreFoundByTheirNames) {
    for (const ErrorRow& row : error_table()) {
        EXPECT_EQ(parse_error_code(row.name), row.code);
        EXPECT_EQ(error_name(row.code), row.name);
        EXPECT_EQ(&error_row(row.code), &row);
    }
    EXPECT_FALSE(parse_error_code("no_such_code"));
}

TEST(ErrorCodes, HaveDifferentNamesAndASentence) {
    std::set<std::string_view> names;
    for (const ErrorRow& row : error_table()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_TRUE(row.sentence.ends_with('.')) << row.name;
    }
}

// Scripts rely on these (design.md 8).
TEST(ErrorCodes, BelongToTheClassesThatTheDesignFixes) {
    const std::pair<const char*, ErrorClass> fixed[] = {{"no_face", ErrorClass::permanent},
                                                        {"unreadable_image", ErrorClass::permanent},
                                                        {"too_many_pixels", ErrorClass::permanent},
                                                        {"file_too_large", ErrorClass::permanent},
                                                        {"unsupported_format", ErrorClass::permanent},
                                                        {"empty_file", ErrorClass::permanent},
                                                        {"permission_denied", ErrorClass::permanent},
                                                        {"cancelled", ErrorClass::permanent},
                                                        {"original_missing", ErrorClass::permanent},
                                                        {"timeout", ErrorClass::retry},
                                                        {"out_of_memory", ErrorClass::retry},
                                                        {"file_changed", ErrorClass::retry},
                                                        {"worker_crashed", ErrorClass::device},
                                                        {"device_lost", ErrorClass::device},
                                                        {"killed_for_memory", ErrorClass::device},
                                                        {"disk_full", ErrorClass::operator_},
                                                        {"model_missing", ErrorClass::operator_}};
    for (const auto& [name, error_class] : fixed) {
        const auto code = parse_error_code(name);
        ASSERT_TRUE(code) << name;
        EXPECT_EQ(error_row(*code).error_class, error_class) << name;
    }
}

TEST(ErrorCodes, ANumberFromOutsideThatIsNoneIsAnInternalError) {
    EXPECT_EQ(error_name(static_cast<ErrorCode>(60'000)), "internal_error");
}

TEST(ErrorClasses, HaveNames) {
    EXPECT_EQ(error_class_name(ErrorClass::operator_), "operator");
    EXPECT_EQ(error_class_name(ErrorClass::permanent), "permanent");
}

}  // namespace
}  // namespace hrn
