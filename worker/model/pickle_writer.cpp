#include "worker/model/pickle_writer.hpp"

#include <limits>
#include <utility>

namespace hrn::model::pickle {

Writer& Writer::op(Opcode opcode) {
    out_ += static_cast<char>(opcode);
    return *this;
}

Writer& Writer::integer(std::int64_t value) {
    if (value >= 0 && value <= 0xFF) {
        return op(Opcode::bin_int1).raw(static_cast<std::uint8_t>(value));
    }
    if (value >= 0 && value <= 0xFFFF) {
        return op(Opcode::bin_int2).raw(static_cast<std::uint16_t>(value));
    }
    if (value >= std::numeric_limits<std::int32_t>::min() &&
        value <= std::numeric_limits<std::int32_t>::max()) {
        return op(Opcode::bin_int).raw(static_cast<std::int32_t>(value));
    }
    return op(Opcode::long1).raw(std::uint8_t{8}).raw(value);
}

Writer& Writer::text(std::string_view value) {
    op(Opcode::bin_unicode).raw(static_cast<std::uint32_t>(value.size()));
    out_ += value;
    return *this;
}

Writer& Writer::global(std::string_view module, std::string_view name) {
    op(Opcode::global);
    out_.append(module).append("\n").append(name).append("\n");
    return *this;
}

Writer& Writer::integers(const std::vector<std::int64_t>& values) {
    if (values.empty()) {
        return op(Opcode::empty_tuple);  // as Python writes it; a mark and a tuple would do as well
    }
    op(Opcode::mark);
    for (const auto value : values) {
        integer(value);
    }
    return op(Opcode::tuple);
}

Writer& Writer::big_integer(std::string_view little_endian_bytes) {
    op(Opcode::long1).raw(static_cast<std::uint8_t>(little_endian_bytes.size()));
    out_ += little_endian_bytes;
    return *this;
}

std::string Writer::finish() {
    op(Opcode::stop);
    return std::move(out_);
}

}  // namespace hrn::model::pickle
