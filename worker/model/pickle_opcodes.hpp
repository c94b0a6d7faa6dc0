// The opcodes of pickle protocols 0 to 4 that the machine knows. Everything else is refused: the opcodes
// for objects and extensions (INST, OBJ, NEWOBJ, EXT1, ...) on purpose, the text forms of protocol 0
// because torch.save never writes them.
#pragma once

#include <cstdint>

namespace hrn::model::pickle {

enum class Opcode : std::uint8_t {
    mark = '(',
    stop = '.',
    pop = '0',
    pop_mark = '1',
    none = 'N',
    new_true = 0x88,
    new_false = 0x89,
    bin_int = 'J',
    bin_int1 = 'K',
    bin_int2 = 'M',
    long1 = 0x8a,
    long4 = 0x8b,
    bin_float = 'G',
    bin_string = 'T',
    short_bin_string = 'U',
    bin_unicode = 'X',
    short_bin_unicode = 0x8c,
    bin_unicode8 = 0x8d,
    bin_bytes = 'B',
    short_bin_bytes = 'C',
    empty_list = ']',
    append = 'a',
    appends = 'e',
    empty_tuple = ')',
    tuple = 't',
    tuple1 = 0x85,
    tuple2 = 0x86,
    tuple3 = 0x87,
    empty_dict = '}',
    set_item = 's',
    set_items = 'u',
    bin_put = 'q',
    long_bin_put = 'r',
    memoize = 0x94,
    bin_get = 'h',
    long_bin_get = 'j',
    global = 'c',
    stack_global = 0x93,
    reduce = 'R',
    build = 'b',
    bin_persid = 'Q',
    proto = 0x80,
    frame = 0x95,
};

}  // namespace hrn::model::pickle
