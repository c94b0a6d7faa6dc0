#include "worker/model/pickle_calls.hpp"

#include <string>

#include "worker/model/pickle_globals.hpp"

namespace hrn::model::pickle {
namespace {

constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 40;
constexpr std::size_t kMaxRank = 16;
constexpr std::size_t kMaxTensors = std::size_t{1} << 18;
constexpr std::size_t kMaxArguments = 16;
// Calls copy the items of containers, and a short pickle can name one long container again and again.
constexpr std::size_t kMaxCopiedItems = std::size_t{1} << 24;

const std::vector<Ref>* sequence(const Document& document, Ref ref) {
    if (const auto* tuple = std::get_if<Tuple>(&document.values[ref])) {
        return &tuple->items;
    }
    if (const auto* list = std::get_if<List>(&document.values[ref])) {
        return &list->items;
    }
    return nullptr;
}

const std::vector<Ref>& require_sequence(const Document& document, Ref ref, const char* what) {
    const auto* items = sequence(document, ref);
    if (items == nullptr) {
        throw ModelError(std::string(what) + " is not a tuple or list");
    }
    return *items;
}

std::uint64_t require_size(const Document& document, Ref ref, const char* what) {
    const auto* number = std::get_if<std::int64_t>(&document.values[ref]);
    if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) > kMaxElements) {
        throw ModelError(std::string(what) + " is not a number between 0 and 2^40");
    }
    return static_cast<std::uint64_t>(*number);
}

const std::string& require_text(const Document& document, Ref ref, const char* what) {
    const auto* text = std::get_if<std::string>(&document.values[ref]);
    if (text == nullptr) {
        throw ModelError(std::string(what) + " is not a text");
    }
    return *text;
}

std::vector<std::int64_t> require_sizes(const Document& document, Ref ref, const char* what) {
    const auto& items = require_sequence(document, ref, what);
    if (items.size() > kMaxRank) {
        throw ModelError(std::string(what) + " has more than 16 axes");
    }
    std::vector<std::int64_t> sizes;
    sizes.reserve(items.size());
    for (const Ref item : items) {
        sizes.push_back(static_cast<std::int64_t>(require_size(document, item, what)));
    }
    return sizes;
}

// The last element that shape and strides address must lie inside `available` elements.
void check_bounds(const Tensor& tensor, const StorageView& view) {
    std::uint64_t last = static_cast<std::uint64_t>(tensor.offset);
    std::uint64_t count = 1;
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        const auto size = static_cast<std::uint64_t>(tensor.shape[axis]);
        std::uint64_t reach = 0;
        if (__builtin_mul_overflow(count, size, &count) || count > kMaxElements) {
            throw ModelError("a tensor has more than 2^40 elements");
        }
        if (size != 0 &&
            (__builtin_mul_overflow(size - 1, static_cast<std::uint64_t>(tensor.strides[axis]), &reach) ||
             __builtin_add_overflow(last, reach, &last))) {
            throw ModelError("a tensor's strides overflow");
        }
    }
    if (count != 0 && last >= view.count) {
        throw ModelError("a tensor of shape " + shape_text(tensor.shape) + " reaches beyond its storage of " +
                         std::to_string(view.count) + " elements");
    }
}

Value add_tensor(Document& document, Tensor tensor) {
    if (document.tensors.size() >= kMaxTensors) {
        throw ModelError("the pickle holds more than 2^18 tensors");
    }
    document.tensors.push_back(std::move(tensor));
    return TensorRef{static_cast<std::uint32_t>(document.tensors.size() - 1)};
}

// The items of a container that a call is about to copy.
const std::vector<Ref>& content(Document& document, Ref ref, const char* what) {
    const auto& items = require_sequence(document, ref, what);
    document.copied_items += items.size();
    if (document.copied_items > kMaxCopiedItems) {
        throw ModelError("the pickle copies more than 2^24 items");
    }
    return items;
}

Value rebuild_tensor(Document& document, const std::vector<Ref>& arguments) {
    if (arguments.size() < 4) {
        throw ModelError("a tensor is described by fewer than 4 values");
    }
    const auto* view = std::get_if<StorageView>(&document.values[arguments[0]]);
    if (view == nullptr) {
        throw ModelError("a tensor has no storage");
    }
    Tensor tensor{};
    tensor.storage = view->index;
    tensor.offset = static_cast<std::int64_t>(require_size(document, arguments[1], "a tensor's offset"));
    tensor.shape = require_sizes(document, arguments[2], "a tensor's shape");
    tensor.strides = require_sizes(document, arguments[3], "a tensor's strides");
    if (tensor.shape.size() != tensor.strides.size()) {
        throw ModelError("a tensor has " + std::to_string(tensor.shape.size()) + " axes but " +
                         std::to_string(tensor.strides.size()) + " strides");
    }
    check_bounds(tensor, *view);
    tensor.offset += static_cast<std::int64_t>(view->first);
    return add_tensor(document, std::move(tensor));
}

Value rebuild_parameter(Document& document, const std::vector<Ref>& arguments) {
    const auto* ref = arguments.empty() ? nullptr : std::get_if<TensorRef>(&document.values[arguments[0]]);
    if (ref == nullptr) {
        throw ModelError("a parameter has no tensor");
    }
    Tensor copy = document.tensors[ref->index];
    copy.parameter = true;
    return add_tensor(document, std::move(copy));
}

// OrderedDict() or, as Python 2 wrote it, OrderedDict([[key, value], ...]).
Value make_dict(Document& document, const std::vector<Ref>& arguments) {
    Dict dict;
    if (!arguments.empty()) {
        for (const Ref item : content(document, arguments[0], "the content of an OrderedDict")) {
            const auto& pair = require_sequence(document, item, "an item of an OrderedDict");
            if (pair.size() != 2) {
                throw ModelError("an item of an OrderedDict is not a pair");
            }
            dict.items.emplace_back(pair[0], pair[1]);
        }
    }
    return dict;
}

}  // namespace

Value call_global(Document& document, Ref callee, Ref arguments) {
    const auto* global = std::get_if<Global>(&document.values[callee]);
    if (global == nullptr) {
        throw ModelError("the pickle calls a value that is no global");
    }
    const auto& allowed = allowed_global(global->id);
    // Making a value does not touch the arena of values, so the reference stays good.
    const auto& items = require_sequence(document, arguments, "the arguments of a call");
    if (items.size() > kMaxArguments) {
        throw ModelError("the pickle calls a global with more than 16 arguments");
    }
    switch (allowed.kind) {
        case GlobalKind::ordered_dict:
            return make_dict(document, items);
        case GlobalKind::set:
            return items.empty() ? List{} : List{content(document, items[0], "the content of a set")};
        case GlobalKind::size:
            return items.empty() ? Tuple{} : Tuple{content(document, items[0], "a size")};
        case GlobalKind::rebuild_tensor:
            return rebuild_tensor(document, items);
        case GlobalKind::rebuild_parameter:
            return rebuild_parameter(document, items);
        case GlobalKind::storage_type:
            break;
    }
    throw ModelError("the pickle calls " + std::string(allowed.module) + "." + std::string(allowed.name) +
                     ", which may only be named");
}

Value resolve_persistent_id(Document& document, Ref id) {
    const auto& items = require_sequence(document, id, "a persistent id");
    if (items.size() < 5 || require_text(document, items[0], "the kind of a persistent id") != "storage") {
        throw ModelError("a persistent id is not one of a storage");
    }
    const auto* global = std::get_if<Global>(&document.values[items[1]]);
    if (global == nullptr || allowed_global(global->id).kind != GlobalKind::storage_type) {
        throw ModelError("a storage has no known element type");
    }
    const Storage wanted{require_text(document, items[2], "a storage's key"),
                         allowed_global(global->id).element,
                         require_size(document, items[4], "a storage's length")};
    const auto next = static_cast<std::uint32_t>(document.storages.size());
    const auto [place, is_new] = document.storage_index.try_emplace(wanted.key, next);
    const std::uint32_t index = place->second;
    if (is_new) {
        document.storages.push_back(wanted);
    } else if (document.storages[index].type != wanted.type ||
               document.storages[index].count != wanted.count) {
        throw ModelError("storage " + wanted.key + " is named twice with different types or lengths");
    }
    StorageView view{index, 0, wanted.count};
    // The legacy format may name a part of a storage: (key of the view, first element, elements).
    if (items.size() > 5 && !std::holds_alternative<None>(document.values[items[5]])) {
        const auto& part = require_sequence(document, items[5], "a storage's view");
        if (part.size() != 3) {
            throw ModelError("a storage's view is not described by 3 values");
        }
        view.first = require_size(document, part[1], "the start of a storage's view");
        view.count = require_size(document, part[2], "the length of a storage's view");
        if (view.first > wanted.count || view.count > wanted.count - view.first) {
            throw ModelError("a view reaches beyond storage " + wanted.key);
        }
    }
    return view;
}

}  // namespace hrn::model::pickle
