#include "worker/model/torch_document.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "worker/model/mapped_file.hpp"
#include "worker/model/torch_format.hpp"
#include "worker/model/zip_file.hpp"

namespace hrn::model {
namespace {

using Bytes = std::span<const std::byte>;
using Share = std::shared_ptr<const std::byte>;

// The numbers of one storage; checked against the file and against what the pickle claims.
struct Block {
    const std::byte* data = nullptr;
    std::size_t size = 0;
};

std::uint64_t bytes_of(const pickle::Storage& storage) {
    return storage.count * element_size(storage.type);  // count is at most 2^40
}

void bind(TorchDocument& document, const std::vector<Block>& blocks, const Share& data) {
    document.arrays.reserve(document.tree.tensors.size());
    for (const auto& tensor : document.tree.tensors) {
        const Block& block = blocks[tensor.storage];
        Array array;
        array.type = document.tree.storages[tensor.storage].type;
        array.shape = tensor.shape;
        array.strides = tensor.strides;
        array.offset = tensor.offset;
        array.bytes = std::shared_ptr<const std::byte>(data, block.data);
        array.byte_count = block.size;
        document.arrays.push_back(std::move(array));
    }
}

TorchDocument read_zip(const Share& data, Bytes bytes, const std::string& name) {
    const ZipFile zip(bytes, name);
    const std::string folder = zip.torch_folder();
    if (zip.has_folder(folder + "code/")) {
        throw ModelError(name + ": is a TorchScript archive; a file of torch.save is needed here");
    }
    if (zip.has(folder + "byteorder")) {
        const Bytes order = zip.content(folder + "byteorder");
        if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little") {
            throw ModelError(name + ": its numbers are not little-endian");
        }
    }
    TorchDocument document;
    document.tree = pickle::unpickle(zip.content(folder + "data.pkl"), name);
    std::vector<Block> blocks;
    for (const auto& storage : document.tree.storages) {
        const Bytes content = zip.content(folder + "data/" + storage.key);
        if (content.size() < bytes_of(storage)) {
            throw ModelError(name + ": storage " + storage.key + " has " + std::to_string(content.size()) +
                             " bytes, " + std::to_string(bytes_of(storage)) + " are needed");
        }
        blocks.push_back({content.data(), content.size()});
    }
    bind(document, blocks, data);
    return document;
}

// Reads the pickles and the storages of the legacy format one behind the other.
class LegacyReader {
public:
    LegacyReader(Bytes rest, std::string name) : rest_(rest), name_(std::move(name)) {}

    pickle::Document next() {
        auto document = pickle::unpickle(rest_, name_);
        rest_ = rest_.subspan(document.consumed);
        return document;
    }

    void check_preamble() {
        const auto magic = next();
        const auto* number = std::get_if<pickle::BigInteger>(&magic.values.at(magic.root));
        if (number == nullptr || number->bytes != legacy_magic) {
            throw ModelError(name_ + ": is not a file of torch.save");
        }
        const auto version = next();
        const auto* value = std::get_if<std::int64_t>(&version.values.at(version.root));
        if (value == nullptr || *value != legacy_version) {
            throw ModelError(name_ + ": is of an unknown version of torch.save");
        }
        if (const auto system = next(); !little_endian(system)) {
            throw ModelError(name_ + ": its numbers are not little-endian");
        }
    }

    Block next_block(const pickle::Storage& storage) {
        std::int64_t count = 0;
        std::memcpy(&count, take(sizeof count, storage).data(), sizeof count);
        if (count < 0 || static_cast<std::uint64_t>(count) != storage.count) {
            throw ModelError(name_ + ": storage " + storage.key + " has " + std::to_string(count) +
                             " elements, " + std::to_string(storage.count) + " are needed");
        }
        const Bytes data = take(bytes_of(storage), storage);
        return {data.data(), data.size()};
    }

private:
    Bytes take(std::uint64_t count, const pickle::Storage& storage) {
        if (count > rest_.size()) {
            throw ModelError(name_ + ": storage " + storage.key +
                             " reaches beyond the end (truncated file?)");
        }
        const Bytes part = rest_.first(static_cast<std::size_t>(count));
        rest_ = rest_.subspan(static_cast<std::size_t>(count));
        return part;
    }

    static bool little_endian(const pickle::Document& system) {
        const auto* dict = std::get_if<pickle::Dict>(&system.values.at(system.root));
        if (dict == nullptr) {
            return false;
        }
        return std::none_of(dict->items.begin(), dict->items.end(), [&](const auto& item) {
            const auto* key = std::get_if<std::string>(&system.values[item.first]);
            const auto* value = std::get_if<bool>(&system.values[item.second]);
            return key != nullptr && *key == "little_endian" && value != nullptr && !*value;
        });
    }

    Bytes rest_;
    std::string name_;
};

TorchDocument read_legacy(const Share& data, Bytes bytes, const std::string& name) {
    LegacyReader reader(bytes, name);
    reader.check_preamble();
    TorchDocument document;
    document.tree = reader.next();
    const auto keys = reader.next();
    const auto* list = std::get_if<pickle::List>(&keys.values.at(keys.root));
    if (list == nullptr) {
        throw ModelError(name + ": has no list of storages");
    }
    std::vector<Block> blocks(document.tree.storages.size());
    std::vector<bool> seen(blocks.size(), false);
    for (const auto ref : list->items) {
        const auto* key = std::get_if<std::string>(&keys.values[ref]);
        const auto found =
            key == nullptr ? document.tree.storage_index.end() : document.tree.storage_index.find(*key);
        if (found == document.tree.storage_index.end() || seen[found->second]) {
            throw ModelError(name + ": its list of storages does not fit its tensors");
        }
        seen[found->second] = true;
        blocks[found->second] = reader.next_block(document.tree.storages[found->second]);
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (!seen[i]) {
            throw ModelError(name + ": storage " + document.tree.storages[i].key + " is missing");
        }
    }
    bind(document, blocks, data);
    return document;
}

}  // namespace

TorchDocument read_torch_document(const std::filesystem::path& path) {
    const MappedFile file(path);
    return parse_torch_document(file.share(), file.bytes().size(), path.string());
}

TorchDocument parse_torch_document(const std::shared_ptr<const std::byte>& data, std::size_t size,
                                   const std::string& name) {
    const Bytes bytes{data.get(), size};
    return looks_like_zip(bytes) ? read_zip(data, bytes, name) : read_legacy(data, bytes, name);
}

}  // namespace hrn::model
