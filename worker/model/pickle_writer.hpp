// Writes the few pickle opcodes (protocol 2) that torch.save's files are made of; the counterpart of
// pickle.hpp. Appends to a text; nothing can fail but memory.
//
// One owner, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/model/pickle_opcodes.hpp"

namespace hrn::model::pickle {

class Writer {
public:
    Writer() { op(Opcode::proto).raw(std::uint8_t{2}); }

    Writer& op(Opcode opcode);
    Writer& integer(std::int64_t value);
    Writer& text(std::string_view value);
    Writer& boolean(bool value) { return op(value ? Opcode::new_true : Opcode::new_false); }
    Writer& global(std::string_view module, std::string_view name);
    Writer& integers(const std::vector<std::int64_t>& values);  // as a tuple
    Writer& big_integer(std::string_view little_endian_bytes);  // at most 255 bytes
    std::string finish();                                       // adds STOP

private:
    template <class T>
    Writer& raw(T value) {
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }

    std::string out_;
};

}  // namespace hrn::model::pickle
