#include "supervisor/ctl/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace hrn::ctl {
namespace {

std::string printed(const Table& table, bool colour = false) {
    std::ostringstream out, err;
    table.print({out, err, colour, false});
    return out.str();
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
    Table table({{"NAME"}, {"N", Align::right}, {"X"}});
    table.add({"a", "1", "x"});
    table.add({"longer", "100", "y"});
    EXPECT_EQ(printed(table),
              "NAME      N  X\n"
              "a         1  x\n"
              "longer  100  y\n");
}

TEST(Table, NeverPassesEightyColumns) {
    Table table({{"ID"}, {"PATH", Align::left, true}, {"OTHER", Align::left, true}});
    table.add({std::string(36, 'i'), std::string(300, 'p'), std::string(60, 'o')});
    std::istringstream lines(printed(table));
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 80U) << line;
    }
}

TEST(Table, WhatMayNotBeCutStaysWhole) {
    Table table({{"ID"}, {"PATH", Align::left, true}});
    table.add({std::string(36, 'i'), std::string(300, 'p')});
    EXPECT_NE(printed(table).find(std::string(36, 'i')), std::string::npos);
}

TEST(Table, LinesHaveNoSpacesAtTheirEnd) {
    Table table({{"A"}, {"B"}});
    table.add({"1", "a long cell"});
    table.add({"2", "b"});
    EXPECT_EQ(printed(table).find(" \n"), std::string::npos);
}

TEST(Table, MissingCellsAreEmpty) {
    Table table({{"A"}, {"B"}});
    table.add({"1"});
    EXPECT_NE(printed(table).find("1"), std::string::npos);
}

TEST(Table, StatesAreColouredOnATerminalOnly) {
    Table table({{"STATE"}});
    table.colour_states("STATE");
    table.add({"down"});
    EXPECT_EQ(printed(table).find('\x1B'), std::string::npos);
    EXPECT_NE(printed(table, true).find("\x1B[31mdown\x1B[0m"), std::string::npos);
}

TEST(CutMiddle, KeepsBothEnds) {
    EXPECT_EQ(cut_middle("abcdefghij", 10), "abcdefghij");
    EXPECT_EQ(cut_middle("abcdefghij", 9), "abc...hij");
    EXPECT_EQ(cut_middle("abcdefghij", 8), "abc...ij");
    EXPECT_EQ(cut_middle("abcdefghij", 2), "ab");
}

TEST(CutMiddle, NeverCutsACharacter) {
    const std::string umlauts = "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA4\xC3\xB6";
    EXPECT_EQ(display_width(umlauts), 6U);
    EXPECT_EQ(cut_middle(umlauts, 5), "\xC3\xA4...\xC3\xB6");
}

}  // namespace
}  // namespace hrn::ctl
