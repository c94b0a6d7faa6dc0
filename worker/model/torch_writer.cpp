#include "worker/model/torch_writer.hpp"

#include <stdexcept>

#include "worker/model/output_file.hpp"
#include "worker/model/pickle_writer.hpp"
#include "worker/model/torch_format.hpp"
#include "worker/model/zip_writer.hpp"

namespace hrn::model {
namespace {

using pickle::Opcode;
using pickle::Writer;

std::string_view storage_name(ElementType type) {
    switch (type) {
        case ElementType::f32:
            return "FloatStorage";
        case ElementType::i64:
            return "LongStorage";
        default:
            throw std::invalid_argument("write_torch_file: only float32 and int64 tensors are written");
    }
}

std::span<const std::byte> bytes_of(const Array& array) {
    const std::size_t size = element_size(array.type);
    return {array.bytes.get() + static_cast<std::size_t>(array.offset) * size,
            static_cast<std::size_t>(array.count()) * size};
}

// Pickles the dict; each array becomes a storage of its own, in the order in which it is met.
class TreeWriter {
public:
    explicit TreeWriter(TorchFormat format) : format_(format) {}

    std::string run(const TorchDict& content) {
        dict(content);
        return writer_.finish();
    }
    [[nodiscard]] const std::vector<const Array*>& arrays() const { return arrays_; }

private:
    void dict(const TorchDict& content) {
        if (content.ordered) {
            ordered_dict();
        } else {
            writer_.op(Opcode::empty_dict);
        }
        writer_.op(Opcode::mark);
        for (std::size_t i = 0; i < content.keys.size(); ++i) {
            writer_.text(content.keys[i]);
            if (const auto* array = std::get_if<Array>(&content.values[i])) {
                tensor(*array);
            } else {
                dict(std::get<TorchDict>(content.values[i]));
            }
        }
        writer_.op(Opcode::set_items);
    }

    void ordered_dict() {
        writer_.global("collections", "OrderedDict").op(Opcode::empty_tuple).op(Opcode::reduce);
    }

    // _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)
    void tensor(const Array& array) {
        if (!array.contiguous()) {
            throw std::invalid_argument("write_torch_file: an array is not contiguous");
        }
        writer_.global("torch._utils", "_rebuild_tensor_v2").op(Opcode::mark);
        writer_.op(Opcode::mark).text("storage").global("torch", storage_name(array.type));
        writer_.text(std::to_string(arrays_.size())).text("cpu").integer(array.count());
        if (format_ == TorchFormat::legacy) {
            writer_.op(Opcode::none);  // not a view of another storage
        }
        writer_.op(Opcode::tuple).op(Opcode::bin_persid);
        writer_.integer(0).integers(array.shape).integers(array.strides).boolean(false);
        ordered_dict();
        writer_.op(Opcode::tuple).op(Opcode::reduce);
        arrays_.push_back(&array);
    }

    TorchFormat format_;
    Writer writer_;
    std::vector<const Array*> arrays_;
};

void write_zip(const std::filesystem::path& path, const TorchDict& content) {
    TreeWriter tree(TorchFormat::zip);
    const auto data = tree.run(content);
    ZipWriter zip(path);
    const std::string folder = "archive/";
    zip.add(folder + "data.pkl", std::as_bytes(std::span(data)));
    for (std::size_t i = 0; i < tree.arrays().size(); ++i) {
        zip.add(folder + "data/" + std::to_string(i), bytes_of(*tree.arrays()[i]));
    }
    constexpr std::string_view version = "3\n";
    zip.add(folder + "version", std::as_bytes(std::span(version)));
    zip.finish();
}

std::string pickled_system() {
    Writer writer;
    writer.op(Opcode::empty_dict).op(Opcode::mark);
    writer.text("protocol_version").integer(legacy_version).text("little_endian").boolean(true);
    writer.text("type_sizes").op(Opcode::empty_dict).op(Opcode::mark);
    writer.text("short").integer(2).text("int").integer(4).text("long").integer(4);
    writer.op(Opcode::set_items).op(Opcode::set_items);
    return writer.finish();
}

void write_legacy(const std::filesystem::path& path, const TorchDict& content) {
    TreeWriter tree(TorchFormat::legacy);
    const auto data = tree.run(content);
    OutputFile out(path);
    out.write(Writer().big_integer(legacy_magic).finish());
    out.write(Writer().integer(legacy_version).finish());
    out.write(pickled_system());
    out.write(data);
    Writer keys;
    keys.op(Opcode::empty_list).op(Opcode::mark);
    for (std::size_t i = 0; i < tree.arrays().size(); ++i) {
        keys.text(std::to_string(i));
    }
    out.write(keys.op(Opcode::appends).finish());
    for (const auto* array : tree.arrays()) {
        const std::int64_t count = array->count();
        out.write(std::as_bytes(std::span(&count, 1)));
        out.write(bytes_of(*array));
    }
    out.close();
}

}  // namespace

void TorchDict::add(std::string key, TorchItem value) {
    keys.push_back(std::move(key));
    values.push_back(std::move(value));
}

void write_torch_file(const std::filesystem::path& path, const TorchDict& content, TorchFormat format) {
    format == TorchFormat::zip ? write_zip(path, content) : write_legacy(path, content);
}

}  // namespace hrn::model
