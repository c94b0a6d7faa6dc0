#include "worker/model/torch_file.hpp"

#include <algorithm>
#include <utility>

#include "worker/model/mapped_file.hpp"
#include "worker/model/require_array.hpp"
#include "worker/model/torch_document.hpp"
#include "worker/model/zip_file.hpp"

namespace hrn::model {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kMaxEntries = std::size_t{1} << 18;
// Visits of values, not values: one list can stand in many places.
constexpr std::size_t kMaxVisits = std::size_t{1} << 22;

// Walks the tree of values and collects its tensors under dotted names.
class Flattener {
public:
    explicit Flattener(TorchDocument& document) : document_(document) {}

    std::vector<NamedArray> run() {
        visit(document_.tree.root, "", 0);
        return std::move(entries_);
    }

private:
    void visit(pickle::Ref ref, const std::string& name, int depth) {
        if (depth > kMaxDepth || ++visits_ > kMaxVisits || entries_.size() > kMaxEntries) {
            throw ModelError("its dicts and lists are nested too deeply or hold too much");
        }
        if (name.size() > kMaxName) {
            throw ModelError("a name is longer than 1024 bytes");
        }
        const auto& value = document_.tree.values[ref];
        if (const auto* tensor = std::get_if<pickle::TensorRef>(&value)) {
            entries_.push_back({name.empty() ? "tensor" : name, document_.arrays[tensor->index],
                                document_.tree.tensors[tensor->index].parameter});
        } else if (const auto* dict = std::get_if<pickle::Dict>(&value)) {
            for (const auto& [key, item] : dict->items) {
                visit(item, child(name, key_text(key)), depth + 1);
            }
        } else if (const auto* list = std::get_if<pickle::List>(&value)) {
            visit_all(list->items, name, depth);
        } else if (const auto* tuple = std::get_if<pickle::Tuple>(&value)) {
            visit_all(tuple->items, name, depth);
        }
    }

    void visit_all(const std::vector<pickle::Ref>& items, const std::string& name, int depth) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            visit(items[i], child(name, std::to_string(i)), depth + 1);
        }
    }

    static std::string child(const std::string& name, const std::string& key) {
        return name.empty() ? key : name + "." + key;
    }

    std::string key_text(pickle::Ref ref) const {
        const auto& key = document_.tree.values[ref];
        if (const auto* text = std::get_if<std::string>(&key)) {
            return *text;
        }
        if (const auto* number = std::get_if<std::int64_t>(&key)) {
            return std::to_string(*number);
        }
        throw ModelError("a dict has a key that is neither a text nor a number");
    }

    TorchDocument& document_;
    std::vector<NamedArray> entries_;
    std::size_t visits_ = 0;
};

}  // namespace

TensorFile::TensorFile(std::filesystem::path path, std::vector<NamedArray> entries)
    : path_(std::move(path)), entries_(std::move(entries)) {
    index_.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!index_.emplace(entries_[i].name, i).second) {
            throw ModelError(path_.string() + ": " + entries_[i].name + " occurs twice");
        }
    }
}

const Array* TensorFile::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second].array;
}

const Array& TensorFile::require(std::string_view name, const std::vector<std::int64_t>& shape) const {
    return require_array(path_, name, find(name), shape);
}

bool TensorFile::has_prefix(std::string_view prefix) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const NamedArray& entry) { return entry.name.starts_with(prefix); });
}

TensorFile read_torch_file(const std::filesystem::path& path) {
    const MappedFile file(path);
    return parse_torch_file(file.share(), file.bytes().size(), path);
}

TensorFile parse_torch_file(const std::shared_ptr<const std::byte>& data, std::size_t size,
                            const std::filesystem::path& path) {
    auto document = parse_torch_document(data, size, path.string());
    std::vector<NamedArray> entries;
    try {
        entries = Flattener(document).run();
    } catch (const ModelError& error) {
        throw ModelError(path.string() + ": " + error.what());
    }
    return {path, std::move(entries)};
}

bool is_torchscript(const std::filesystem::path& path) {
    const MappedFile file(path);
    if (!looks_like_zip(file.bytes())) {
        return false;
    }
    const ZipFile zip(file.bytes(), path.string());
    return zip.has_folder(zip.torch_folder() + "code/");
}

}  // namespace hrn::model
