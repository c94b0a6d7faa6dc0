#include "worker/model/zip_file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "worker/model/array.hpp"
#include "worker/model/zip_format.hpp"

namespace hrn::model {
namespace {

using Bytes = std::span<const std::byte>;

template <class T>
T number_at(Bytes bytes, std::uint64_t offset) {
    if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) {
        throw ModelError("a record reaches beyond the end (truncated file?)");
    }
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

Bytes part_of(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) {
        throw ModelError("a record reaches beyond the end (truncated file?)");
    }
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// The end record lies in the last 64 KiB, before a comment that nearly never exists.
std::uint64_t find_end_record(Bytes bytes) {
    if (bytes.size() >= zip::end_size) {
        const std::uint64_t last = bytes.size() - zip::end_size;
        const std::uint64_t first = last > 0xFFFF ? last - 0xFFFF : 0;
        for (std::uint64_t at = last + 1; at-- > first;) {
            if (number_at<std::uint32_t>(bytes, at) == zip::end_magic) {
                return at;
            }
        }
    }
    throw ModelError("the zip archive has no end record (truncated file?)");
}

// Replaces sizes of 0xFFFFFFFF by those of the zip64 extra field, in the format's fixed order.
void apply_zip64(Bytes extra, std::uint64_t& size, std::uint64_t& packed, std::uint64_t& header) {
    while (extra.size() >= 4) {
        const auto id = number_at<std::uint16_t>(extra, 0);
        const auto length = number_at<std::uint16_t>(extra, 2);
        const Bytes body = part_of(extra, 4, length);
        if (id == zip::zip64_extra) {
            std::uint64_t at = 0;
            for (auto* value : {&size, &packed, &header}) {
                if (*value == 0xFFFFFFFFu) {
                    *value = number_at<std::uint64_t>(body, at);
                    at += 8;
                }
            }
            return;
        }
        extra = extra.subspan(4 + length);
    }
}

}  // namespace

bool looks_like_zip(Bytes bytes) {
    return bytes.size() >= 4 && number_at<std::uint32_t>(bytes, 0) == zip::local_magic;
}

ZipFile::ZipFile(Bytes bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
    try {
        const auto end = find_end_record(bytes_);
        std::uint64_t count = number_at<std::uint16_t>(bytes_, end + 10);
        std::uint64_t size = number_at<std::uint32_t>(bytes_, end + 12);
        std::uint64_t offset = number_at<std::uint32_t>(bytes_, end + 16);
        // torch.save always writes the zip64 records.
        if (end >= zip::locator_size &&
            number_at<std::uint32_t>(bytes_, end - zip::locator_size) == zip::locator_magic) {
            const auto end64 = number_at<std::uint64_t>(bytes_, end - zip::locator_size + 8);
            if (number_at<std::uint32_t>(bytes_, end64) != zip::end64_magic) {
                throw ModelError("the zip64 end record is not where it should be");
            }
            count = number_at<std::uint64_t>(bytes_, end64 + 32);
            size = number_at<std::uint64_t>(bytes_, end64 + 40);
            offset = number_at<std::uint64_t>(bytes_, end64 + 48);
        }
        read_directory(offset, size, count);
    } catch (const ModelError& error) {
        throw ModelError(name_ + ": " + error.what());
    }
}

void ZipFile::read_directory(std::uint64_t offset, std::uint64_t size, std::uint64_t count) {
    Bytes rest = part_of(bytes_, offset, size);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (number_at<std::uint32_t>(rest, 0) != zip::central_magic) {
            throw ModelError("entry " + std::to_string(i) + " of the zip directory is damaged");
        }
        const auto name_length = number_at<std::uint16_t>(rest, 28);
        const auto extra_length = number_at<std::uint16_t>(rest, 30);
        const auto comment_length = number_at<std::uint16_t>(rest, 32);
        const Bytes name = part_of(rest, zip::central_size, name_length);
        std::uint64_t packed = number_at<std::uint32_t>(rest, 20);
        Entry entry{number_at<std::uint32_t>(rest, 42), number_at<std::uint32_t>(rest, 24),
                    number_at<std::uint16_t>(rest, 10)};
        apply_zip64(part_of(rest, zip::central_size + name_length, extra_length), entry.size, packed,
                    entry.header);
        entries_.insert_or_assign(std::string(reinterpret_cast<const char*>(name.data()), name.size()),
                                  entry);
        const std::uint64_t used =
            std::uint64_t{zip::central_size} + name_length + extra_length + comment_length;
        rest = part_of(rest, used, rest.size() - std::min<std::uint64_t>(used, rest.size()));
    }
}

Bytes ZipFile::content(std::string_view entry_name) const {
    try {
        const auto found = entries_.find(std::string(entry_name));
        if (found == entries_.end()) {
            throw ModelError("it is not there");
        }
        const Entry& entry = found->second;
        if (entry.method != zip::stored) {
            throw ModelError("it is compressed, which torch.save never does");
        }
        if (number_at<std::uint32_t>(bytes_, entry.header) != zip::local_magic) {
            throw ModelError("its local header is damaged");
        }
        // The local header's own name and padding may differ in length from the directory's.
        const std::uint64_t data = entry.header + zip::local_size +
                                   number_at<std::uint16_t>(bytes_, entry.header + 26) +
                                   number_at<std::uint16_t>(bytes_, entry.header + 28);
        return part_of(bytes_, data, entry.size);
    } catch (const ModelError& error) {
        throw ModelError(name_ + ": zip entry " + std::string(entry_name) + ": " + error.what());
    }
}

std::string ZipFile::torch_folder() const {
    constexpr std::string_view wanted = "/data.pkl";
    for (const auto& [entry, place] : entries_) {
        if (entry.ends_with(wanted) && entry.find('/') == entry.size() - wanted.size()) {
            return entry.substr(0, entry.size() - wanted.size() + 1);
        }
    }
    throw ModelError(name_ + ": is a zip archive but not one that torch.save wrote: it has no data.pkl");
}

bool ZipFile::has_folder(std::string_view folder) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const auto& entry) { return entry.first.starts_with(folder); });
}

}  // namespace hrn::model
