#include "worker/model/pickle.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "worker/model/pickle_calls.hpp"
#include "worker/model/pickle_globals.hpp"
#include "worker/model/pickle_opcodes.hpp"

namespace hrn::model::pickle {
namespace {

// A real model's pickle has some 40,000 values in half a megabyte.
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxValues = std::size_t{1} << 22;
constexpr std::size_t kMaxNesting = 1000;
constexpr std::size_t kMaxGlobalName = 256;
constexpr std::uint8_t kMaxProtocol = 5;

class Machine {
public:
    explicit Machine(std::span<const std::byte> bytes)
        : bytes_(bytes.first(std::min(bytes.size(), kMaxBytes))) {}

    Document run() {
        while (!step()) {
        }
        document_.consumed = at_;
        return std::move(document_);
    }

private:
    bool step();
    bool step_container(Opcode op);
    bool step_text(Opcode op);

    std::span<const std::byte> take(std::uint64_t count) {
        if (count > bytes_.size() - at_) {
            throw ModelError("the pickle ends in the middle of a value (truncated file?)");
        }
        const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
        at_ += static_cast<std::size_t>(count);
        return part;
    }

    template <class T>
    T number() {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

    std::string text(std::uint64_t count) {
        const auto part = take(count);
        return {reinterpret_cast<const char*>(part.data()), part.size()};
    }

    std::string line() {
        std::string out;
        for (char c = static_cast<char>(take(1)[0]); c != '\n'; c = static_cast<char>(take(1)[0])) {
            out += c;
            if (out.size() > kMaxGlobalName) {
                throw ModelError("a name in the pickle is longer than 256 bytes");
            }
        }
        return out;
    }

    void push(Value value) {
        if (document_.values.size() >= kMaxValues) {
            throw ModelError("the pickle holds more than 2^22 values");
        }
        stack_.push_back(static_cast<Ref>(document_.values.size()));
        document_.values.push_back(std::move(value));
    }

    // What lies above the last mark, or everything, may be popped: a mark is never crossed.
    [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    Ref pop() {
        if (stack_.size() <= floor()) {
            throw ModelError("the pickle takes more values than it has put");
        }
        const Ref top = stack_.back();
        stack_.pop_back();
        return top;
    }

    Ref top() {
        const Ref value = pop();
        stack_.push_back(value);
        return value;
    }

    std::vector<Ref> pop_to_mark() {
        if (marks_.empty()) {
            throw ModelError("the pickle closes a group that it has not opened");
        }
        std::vector<Ref> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
        stack_.resize(marks_.back());
        marks_.pop_back();
        return items;
    }

    template <class T>
    T& target(const char* what) {
        auto* container = std::get_if<T>(&document_.values[top()]);
        if (container == nullptr) {
            throw ModelError(std::string("the pickle adds to a value that is not a ") + what);
        }
        return *container;
    }

    void push_tuple(std::size_t count) {
        Tuple tuple{std::vector<Ref>(count)};
        for (std::size_t i = count; i-- > 0;) {
            tuple.items[i] = pop();
        }
        push(std::move(tuple));
    }

    void push_long(std::uint64_t count) {
        const auto part = take(count);
        if (count > 8) {
            push(BigInteger{{reinterpret_cast<const char*>(part.data()), part.size()}});
            return;
        }
        std::uint64_t value = 0;
        std::memcpy(&value, part.data(), part.size());
        if (count > 0 && count < 8 && (static_cast<std::uint8_t>(part.back()) & 0x80u) != 0) {
            value |= ~std::uint64_t{0} << (8 * count);
        }
        push(static_cast<std::int64_t>(value));
    }

    void push_global(const std::string& module, const std::string& name) {
        const auto id = find_global(module, name);
        if (!id) {
            throw ModelError("refused: the pickle asks for the global " + module + "." + name +
                             ", which no tensor needs");
        }
        push(Global{*id});
    }

    void put(std::uint32_t index) { memo_[index] = top(); }

    void get(std::uint32_t index) {
        const auto found = memo_.find(index);
        if (found == memo_.end()) {
            throw ModelError("the pickle asks for memo " + std::to_string(index) + ", which it has not put");
        }
        stack_.push_back(found->second);
    }

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    Document document_;
    std::vector<Ref> stack_;
    std::vector<std::size_t> marks_;  // heights of stack_
    std::unordered_map<std::uint32_t, Ref> memo_;
};

// Executes one opcode; true at the end of the pickle.
bool Machine::step() {
    const auto op = static_cast<Opcode>(take(1)[0]);
    switch (op) {
        case Opcode::proto:
            if (const auto protocol = number<std::uint8_t>(); protocol > kMaxProtocol) {
                throw ModelError("pickle protocol " + std::to_string(protocol) + " is not known");
            }
            return false;
        case Opcode::frame:
            static_cast<void>(number<std::uint64_t>());  // only a hint for readers of streams
            return false;
        case Opcode::stop:
            document_.root = pop();
            return true;
        case Opcode::none:
            push(None{});
            return false;
        case Opcode::new_true:
            push(true);
            return false;
        case Opcode::new_false:
            push(false);
            return false;
        case Opcode::bin_int:
            push(std::int64_t{number<std::int32_t>()});
            return false;
        case Opcode::bin_int1:
            push(std::int64_t{number<std::uint8_t>()});
            return false;
        case Opcode::bin_int2:
            push(std::int64_t{number<std::uint16_t>()});
            return false;
        case Opcode::long1:
            push_long(number<std::uint8_t>());
            return false;
        case Opcode::long4:
            push_long(number<std::uint32_t>());
            return false;
        case Opcode::bin_float:
            push(std::bit_cast<double>(__builtin_bswap64(number<std::uint64_t>())));
            return false;
        case Opcode::global: {
            const auto module = line();
            push_global(module, line());
            return false;
        }
        case Opcode::reduce: {
            const Ref arguments = pop();
            const Ref callee = pop();
            push(call_global(document_, callee, arguments));
            return false;
        }
        case Opcode::build:
            // The state of an object: of a dict, attributes such as _metadata; no tensor has any.
            pop();
            static_cast<void>(target<Dict>("dict"));
            return false;
        case Opcode::bin_persid:
            push(resolve_persistent_id(document_, pop()));
            return false;
        case Opcode::bin_put:
            put(number<std::uint8_t>());
            return false;
        case Opcode::long_bin_put:
            put(number<std::uint32_t>());
            return false;
        case Opcode::memoize:
            put(static_cast<std::uint32_t>(memo_.size()));
            return false;
        case Opcode::bin_get:
            get(number<std::uint8_t>());
            return false;
        case Opcode::long_bin_get:
            get(number<std::uint32_t>());
            return false;
        default:
            break;
    }
    if (!step_container(op) && !step_text(op)) {
        throw ModelError("refused: pickle opcode " + std::to_string(static_cast<int>(op)) + " at byte " +
                         std::to_string(at_ - 1) + ", which no tensor needs");
    }
    return false;
}

// False if the opcode is none of these.
bool Machine::step_container(Opcode op) {
    switch (op) {
        case Opcode::mark:
            if (marks_.size() >= kMaxNesting) {
                throw ModelError("the pickle nests more than 1000 groups");
            }
            marks_.push_back(stack_.size());
            return true;
        case Opcode::pop:
            pop();
            return true;
        case Opcode::pop_mark:
            static_cast<void>(pop_to_mark());
            return true;
        case Opcode::empty_list:
            push(List{});
            return true;
        case Opcode::append: {
            const Ref item = pop();
            target<List>("list").items.push_back(item);
            return true;
        }
        case Opcode::appends: {
            const auto added = pop_to_mark();
            auto& items = target<List>("list").items;
            items.insert(items.end(), added.begin(), added.end());
            return true;
        }
        case Opcode::empty_tuple:
            push(Tuple{});
            return true;
        case Opcode::tuple:
            push(Tuple{pop_to_mark()});
            return true;
        case Opcode::tuple1:
            push_tuple(1);
            return true;
        case Opcode::tuple2:
            push_tuple(2);
            return true;
        case Opcode::tuple3:
            push_tuple(3);
            return true;
        case Opcode::empty_dict:
            push(Dict{});
            return true;
        case Opcode::set_item: {
            const Ref value = pop();
            const Ref key = pop();
            target<Dict>("dict").items.emplace_back(key, value);
            return true;
        }
        case Opcode::set_items: {
            const auto added = pop_to_mark();
            if (added.size() % 2 != 0) {
                throw ModelError("the pickle adds a key without a value");
            }
            auto& items = target<Dict>("dict").items;
            for (std::size_t i = 0; i < added.size(); i += 2) {
                items.emplace_back(added[i], added[i + 1]);
            }
            return true;
        }
        default:
            return false;
    }
}

bool Machine::step_text(Opcode op) {
    switch (op) {
        case Opcode::bin_string:
        case Opcode::bin_unicode:
        case Opcode::bin_bytes:
            push(text(number<std::uint32_t>()));
            return true;
        case Opcode::bin_unicode8:
            push(text(number<std::uint64_t>()));
            return true;
        case Opcode::short_bin_string:
        case Opcode::short_bin_unicode:
        case Opcode::short_bin_bytes:
            push(text(number<std::uint8_t>()));
            return true;
        case Opcode::stack_global: {
            const Ref name = pop();
            const Ref module = pop();
            const auto* name_text = std::get_if<std::string>(&document_.values[name]);
            const auto* module_text = std::get_if<std::string>(&document_.values[module]);
            if (name_text == nullptr || module_text == nullptr || name_text->size() > kMaxGlobalName ||
                module_text->size() > kMaxGlobalName) {
                throw ModelError("the pickle names a global by something that is no short text");
            }
            // Copies: push() may move the texts.
            push_global(std::string(*module_text), std::string(*name_text));
            return true;
        }
        default:
            return false;
    }
}

}  // namespace

Document unpickle(std::span<const std::byte> bytes, std::string_view name) {
    try {
        return Machine(bytes).run();
    } catch (const ModelError& error) {
        throw ModelError(std::string(name) + ": " + error.what());
    }
}

}  // namespace hrn::model::pickle
