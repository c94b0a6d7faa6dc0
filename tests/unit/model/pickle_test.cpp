// The pickle machine on hand-made pickles: what it accepts, and each of its limits.
#include "worker/model/pickle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "tests/unit/model/refusal.hpp"

namespace hrn::model::pickle {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

Document load(const std::string& bytes) {
    return unpickle(std::as_bytes(std::span(bytes)), "test.pkl");
}

std::string refused(const std::string& bytes) {
    return refusal([&] { static_cast<void>(load(bytes)); });
}

template <class T>
T root(const std::string& bytes) {
    const auto document = load(bytes);
    return std::get<T>(document.values[document.root]);
}

// A persistent id of a float storage of `count` (one byte) elements, and a tensor on it.
std::string storage(char count) {
    return "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0kX\3\0\0\0cpuK"s + count + "tQ"s;
}
std::string tensor(char count, char offset, const std::string& shape, const std::string& strides) {
    return "\x80\2ctorch._utils\n_rebuild_tensor_v2\n("s + storage(count) + "K"s + offset + shape + strides +
           "\x89"
           "ccollections\nOrderedDict\n)RtR."s;
}

TEST(Pickle, ReadsPlainNumbers) {
    EXPECT_EQ(root<std::int64_t>("K\xff."s), 255);
    EXPECT_EQ(root<std::int64_t>("M\xff\xff."s), 65535);
    EXPECT_EQ(root<std::int64_t>("J\xfe\xff\xff\xff."s), -2);
    EXPECT_EQ(root<std::int64_t>("\x8a\1\xff."s), -1);
    EXPECT_EQ(root<std::int64_t>("\x8a\0."s), 0);
    EXPECT_EQ(root<std::int64_t>("\x8a\6\0\0\0\0\0\1."s), std::int64_t{1} << 40);
    EXPECT_EQ(root<double>("G\x3f\xf8\0\0\0\0\0\0."s), 1.5);
    EXPECT_EQ(root<bool>("\x88."s), true);
}

TEST(Pickle, KeepsIntegersBeyond64BitsAsBytes) {
    EXPECT_EQ(root<BigInteger>("\x8a\xa"
                               "\1\2\3\4\5\6\7\x8\x9\xa."s)
                  .bytes.size(),
              10u);
}

TEST(Pickle, StopsAtItsEndAndSaysWhere) {
    EXPECT_EQ(load("K\1.rest"s).consumed, 3u);
}

TEST(Pickle, AMemoGivesTheSameValueAgain) {
    const auto document = load("]q\0h\0\x86."s);
    const auto& items = std::get<Tuple>(document.values[document.root]).items;
    EXPECT_EQ(items[0], items[1]);
}

TEST(Pickle, ReadsATensorWithStrides) {
    const auto document = load(tensor(12, 1, "K\2K\3\x86", "K\4K\1\x86"));
    ASSERT_EQ(document.tensors.size(), 1u);
    EXPECT_EQ(document.tensors[0].offset, 1);
    EXPECT_EQ(document.tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(document.storages[0].count, 12u);
}

TEST(Pickle, ATensorMayReachTheLastElementOfItsStorage) {
    EXPECT_EQ(load(tensor(8, 1, "K\2K\3\x86", "K\4K\1\x86")).tensors.size(), 1u);
}

TEST(Pickle, ATensorMayNotReachBeyondItsStorage) {
    EXPECT_THAT(refused(tensor(7, 1, "K\2K\3\x86", "K\4K\1\x86")),
                HasSubstr("a tensor of shape (2, 3) reaches beyond its storage of 7 elements"));
}

TEST(Pickle, ATensorWithoutElementsNeedsNoStorage) {
    EXPECT_EQ(load(tensor(0, 0, "K\0K\3\x86"s, "K\3K\1\x86"s)).tensors.size(), 1u);
}

TEST(Pickle, StridesThatOverflowAreRefused) {
    // 2^40 rows of stride 2^40: the product does not fit 64 bits.
    const auto huge = "\x8a\6\0\0\0\0\0\1"s;
    EXPECT_THAT(refused(tensor(8, 0, huge + "\x85", huge + "\x85")), HasSubstr("strides overflow"));
}

TEST(Pickle, ATensorOfTooManyElementsIsRefused) {
    const auto huge = "\x8a\6\0\0\0\0\0\1"s;
    EXPECT_THAT(refused(tensor(8, 0, huge + "K\2\x86", "K\0K\0\x86"s)), HasSubstr("more than 2^40 elements"));
}

TEST(Pickle, NegativeSizesAreRefused) {
    EXPECT_THAT(refused(tensor(8, 0, "J\xff\xff\xff\xff\x85"s, "K\1\x85")),
                HasSubstr("a tensor's shape is not"));
}

TEST(Pickle, ShapeAndStridesMustHaveTheSameLength) {
    EXPECT_THAT(refused(tensor(8, 0, "K\2K\2\x86", "K\1\x85")), HasSubstr("2 axes but 1 strides"));
}

TEST(Pickle, AStorageNamedTwiceMustAgree) {
    EXPECT_THAT(refused(storage(8) + storage(9) + "\x86."), HasSubstr("storage k is named twice"));
}

struct Bad {
    const char* name;
    std::string bytes;
    const char* says;
};

class PickleRefuses : public testing::TestWithParam<Bad> {};

TEST_P(PickleRefuses, WithOneLine) {
    const auto text = refused(GetParam().bytes);
    EXPECT_THAT(text, testing::StartsWith("test.pkl: "));
    EXPECT_THAT(text, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Each, PickleRefuses,
    testing::Values(Bad{"Empty", "", "truncated"}, Bad{"NoStop", "K\1", "truncated"},
                    Bad{"TextBeyondEnd",
                        "X\xff\xff\xff\xff"
                        "a."s,
                        "truncated"},
                    Bad{"LongBeyondEnd", "\x8b\xff\xff\xff\x7f."s, "truncated"},
                    Bad{"NothingOnStack", "."s, "more values than it has put"},
                    Bad{"AcrossMark", "K\1(\x85."s, "more values than it has put"},
                    Bad{"NoMark", "K\1t."s, "closes a group"}, Bad{"UnknownMemo", "h\5."s, "memo 5"},
                    Bad{"OddItems", "}(K\1u."s, "key without a value"},
                    Bad{"ItemOfNoDict", "]K\1K\2s."s, "not a dict"},
                    Bad{"AppendToNoList", "}K\1a."s, "not a list"},
                    Bad{"StateOfAList", "]}b."s, "not a dict"},
                    Bad{"ForeignGlobal", "cos\nsystem\n."s, "the global os.system"},
                    Bad{"StackGlobal", "\x8c\2os\x8c\6system\x93."s, "the global os.system"},
                    Bad{"StackGlobalOfNumbers", "K\1K\2\x93."s, "no short text"},
                    Bad{"NewObject", "ccollections\nOrderedDict\n)\x81."s, "pickle opcode 129"},
                    Bad{"Extension", "\x82\1."s, "pickle opcode 130"},
                    Bad{"Instance", "(ios\nsystem\n."s, "pickle opcode 105"},
                    Bad{"CallOfANumber", "K\1)R."s, "calls a value that is no global"},
                    Bad{"CallOfAStorageType", "ctorch\nFloatStorage\n)R."s, "may only be named"},
                    Bad{"NewProtocol", "\x80\x09."s, "protocol 9"},
                    Bad{"LongName", "c"s + std::string(300, 'a') + "\nb\n.", "longer than 256"},
                    Bad{"DeepGroups", std::string(2000, '(') + "."s, "nests more than 1000"},
                    Bad{"ForeignId", "(X\6\0\0\0moduletQ."s, "not one of a storage"},
                    Bad{"ParameterOfNothing", "ctorch._utils\n_rebuild_parameter\n)R."s, "no tensor"},
                    Bad{"TensorOfNothing", "ctorch._utils\n_rebuild_tensor_v2\n)R."s, "fewer than 4"}),
    [](const auto& info) { return info.param.name; });

TEST(Pickle, RepeatedCopiesOfALongListAreLimited) {
    // set(list) copies its list; 2,000 copies of 10,000 items are more than any model needs.
    std::string bytes = "](" +
                        [] {
                            std::string items;
                            for (int i = 0; i < 10'000; ++i) {
                                items += "N";
                            }
                            return items;
                        }() +
                        "e\x85q"s + '\0' + "0"s;
    for (int i = 0; i < 2'000; ++i) {
        bytes += "cbuiltins\nset\nh\0R0"s;
    }
    EXPECT_THAT(refused(bytes + "N."), HasSubstr("copies more than 2^24 items"));
}

}  // namespace
}  // namespace hrn::model::pickle
