#include "worker/model/zip_writer.hpp"

#include <zlib.h>

#include <limits>

#include "worker/model/array.hpp"
#include "worker/model/zip_format.hpp"

namespace hrn::model {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint16_t kDosDate = (0 << 9) | (1 << 5) | 1;  // 1 January 1980: equal input, equal file

class Record {
public:
    template <class T>
    Record& put(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

std::uint32_t checksum(std::span<const std::byte> content) {
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(content.data()), content.size()));
}

}  // namespace

void ZipWriter::check_size(std::uint64_t added) const {
    if (out_.size() + added > std::numeric_limits<std::uint32_t>::max()) {
        throw ModelError(path_.string() + ": would be larger than 4 GiB");
    }
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
    check_size(content.size() + name.size() + 2 * kAlignment);
    const Entry entry{name, static_cast<std::uint32_t>(out_.size()),
                      static_cast<std::uint32_t>(content.size()), checksum(content)};
    // Padding goes into an extra field "FB" of 4 bytes and more, as torch.save has it.
    const std::uint64_t unpadded = out_.size() + zip::local_size + name.size() + 4;
    const auto padding = static_cast<std::uint16_t>((kAlignment - unpadded % kAlignment) % kAlignment);
    Record header;
    header.put(zip::local_magic).put(std::uint16_t{20}).put(std::uint16_t{0}).put(zip::stored);
    header.put(std::uint16_t{0}).put(kDosDate).put(entry.crc).put(entry.size).put(entry.size);
    header.put(static_cast<std::uint16_t>(name.size())).put(static_cast<std::uint16_t>(padding + 4));
    out_.write(header.bytes());
    out_.write(name);
    out_.write("FB");
    out_.write(Record().put(padding).bytes());
    out_.write(std::string(padding, 'Z'));
    out_.write(content);
    entries_.push_back(entry);
}

void ZipWriter::finish() {
    check_size(0);
    const auto start = static_cast<std::uint32_t>(out_.size());
    for (const auto& entry : entries_) {
        Record record;
        record.put(zip::central_magic).put(std::uint16_t{20}).put(std::uint16_t{20}).put(std::uint16_t{0});
        record.put(zip::stored)
            .put(std::uint16_t{0})
            .put(kDosDate)
            .put(entry.crc)
            .put(entry.size)
            .put(entry.size);
        record.put(static_cast<std::uint16_t>(entry.name.size()));
        // No extra field, no comment, first disk, no attributes.
        record.put(std::uint16_t{0}).put(std::uint16_t{0}).put(std::uint16_t{0}).put(std::uint16_t{0});
        record.put(std::uint32_t{0}).put(entry.offset);
        out_.write(record.bytes());
        out_.write(entry.name);
    }
    check_size(0);
    const auto size = static_cast<std::uint32_t>(out_.size()) - start;
    const auto count = static_cast<std::uint16_t>(entries_.size());
    Record end;
    end.put(zip::end_magic).put(std::uint16_t{0}).put(std::uint16_t{0}).put(count).put(count);
    end.put(size).put(start).put(std::uint16_t{0});
    out_.write(end.bytes());
    out_.close();
}

}  // namespace hrn::model
