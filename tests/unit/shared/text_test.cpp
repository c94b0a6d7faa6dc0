#include "shared/text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "shared/sha256.hpp"

namespace hrn {
namespace {

TEST(Utf8, ValidAndInvalidSequences) {
    for (const char* valid :
         {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(valid_utf8(valid)) << valid;
    }
    for (const char* invalid :
         {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x28\xA1"}) {
        EXPECT_FALSE(valid_utf8(invalid)) << ::testing::PrintToString(std::string(invalid));
    }
}

TEST(Utf8, InvalidBytesBecomeTheReplacementCharacter) {
    EXPECT_EQ(to_utf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
    EXPECT_EQ(to_utf8("a\xFF"
                      "b"),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_TRUE(valid_utf8(to_utf8("\xC3\x28\xF0\x9F")));
}

TEST(Base64, KnowsTheExamplesOfRfc4648) {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : examples) {
        EXPECT_EQ(base64(plain), encoded);
        EXPECT_EQ(from_base64(encoded), plain);
    }
}

TEST(Base64, KeepsEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsNot) {
    for (const char* wrong :
         {"A", "AB=A", "====", "A===", "Zm9v=", "Zm9*", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9"}) {
        EXPECT_THROW((void)from_base64(wrong), std::invalid_argument) << wrong;
    }
}

TEST(UtcTime, IsRfc3339WithMilliseconds) {
    EXPECT_EQ(utc_time_text(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc_time_text(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(utc_time_text(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Sha256, KnowsTheExamplesOfFips180) {
    const auto digest = [](std::string_view text) {
        return sha256_hex(std::as_bytes(std::span(text.data(), text.size())));
    };
    EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace hrn
