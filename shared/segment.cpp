#include "shared/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace hrn {
namespace {

namespace bip = boost::interprocess;

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void add_seals(int fd, int seals) {
    if (::fcntl(fd, F_ADD_SEALS, seals) != 0) {
        fail("fcntl(F_ADD_SEALS)");
    }
}

int seals_of(int fd) {
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals < 0) {
        fail("fcntl(F_GET_SEALS)");
    }
    return seals;
}

std::uint64_t size_of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        fail("fstat of a memfd");
    }
    return static_cast<std::uint64_t>(status.st_size);
}

// Boost.Interprocess maps files by name; a memfd's name is its descriptor's.
std::unique_ptr<bip::mapped_region> map(int fd, bip::mode_t mode, std::size_t size) {
    try {
        const bip::file_mapping file(("/proc/self/fd/" + std::to_string(fd)).c_str(), mode);
        return std::make_unique<bip::mapped_region>(file, mode, 0, size);
    } catch (const bip::interprocess_exception& error) {
        throw std::system_error(error.get_native_error(), std::generic_category(),
                                std::string("mapping a memfd: ") + error.what());
    }
}

template <typename Segment>
SegmentMapping<Segment> map_segment(int fd, bip::mode_t mode) {
    auto region = map(fd, mode, sizeof(Segment));
    auto* segment = static_cast<Segment*>(region->get_address());
    return {std::move(region), segment};
}

struct Layout {
    std::uint64_t magic;
    std::uint32_t record_size, record_capacity, slot_size, slot_capacity;
    std::uint64_t segment_size;
};
constexpr Layout kOrdersLayout = {kOrdersMagic,         sizeof(OrderRecord), kOrderCapacity, 0, 0,
                                  sizeof(OrdersSegment)};
constexpr Layout kReportsLayout = {kReportsMagic,        sizeof(ReportRecord), kReportCapacity,
                                   sizeof(InFlightSlot), kMaxInFlight,         sizeof(ReportsSegment)};

template <typename Word>
void store_relaxed(Word& word, Word value) {
    std::atomic_ref<Word>(word).store(value, std::memory_order_relaxed);
}
template <typename Word>
Word load_relaxed(const Word& word) {
    return std::atomic_ref<Word>(const_cast<Word&>(word)).load(std::memory_order_relaxed);
}

void write_header(SegmentHeader& header, const Layout& layout, std::uint64_t generation) {
    store_relaxed(header.magic, layout.magic);
    store_relaxed(header.generation, generation);
    store_relaxed(header.record_size, layout.record_size);
    store_relaxed(header.record_capacity, layout.record_capacity);
    store_relaxed(header.slot_size, layout.slot_size);
    store_relaxed(header.slot_capacity, layout.slot_capacity);
    store_relaxed(header.segment_size, layout.segment_size);
    // Last: whoever acquires the version sees all of the above.
    std::atomic_ref<std::uint64_t>(header.version)
        .store(std::uint64_t{kSegmentVersion}, std::memory_order_release);
}

std::string check_header(const SegmentHeader& header, const Layout& layout, std::uint64_t generation) {
    const std::uint64_t version = ring_detail::load_acquire(header.version);
    if (version == 0) {
        return "not ready";
    }
    if (version != kSegmentVersion) {
        return "segment version " + std::to_string(version) + ", this program speaks " +
               std::to_string(kSegmentVersion);
    }
    if (load_relaxed(header.magic) != layout.magic) {
        return "wrong magic number in a segment";
    }
    if (load_relaxed(header.generation) != generation) {
        return "segment of another generation";
    }
    if (load_relaxed(header.record_size) != layout.record_size ||
        load_relaxed(header.record_capacity) != layout.record_capacity ||
        load_relaxed(header.slot_size) != layout.slot_size ||
        load_relaxed(header.slot_capacity) != layout.slot_capacity ||
        load_relaxed(header.segment_size) != layout.segment_size) {
        return "segment of another layout: supervisor and worker are not of the same build";
    }
    return {};
}

void require_segment(int fd, const char* name, std::uint64_t size, int seals) {
    if (size_of(fd) != size) {
        throw std::runtime_error(std::string(name) + " segment has " + std::to_string(size_of(fd)) +
                                 " bytes, expected " + std::to_string(size));
    }
    if ((seals_of(fd) & seals) != seals) {
        throw std::runtime_error(std::string(name) + " segment is not sealed as it must be");
    }
}

}  // namespace

template <typename Segment>
SegmentMapping<Segment>::SegmentMapping() = default;
template <typename Segment>
SegmentMapping<Segment>::SegmentMapping(std::unique_ptr<bip::mapped_region> region, Segment* segment)
    : region_(std::move(region)), segment_(segment) {}
template <typename Segment>
SegmentMapping<Segment>::SegmentMapping(SegmentMapping&& other) noexcept
    : region_(std::move(other.region_)), segment_(std::exchange(other.segment_, nullptr)) {}
template <typename Segment>
SegmentMapping<Segment>& SegmentMapping<Segment>::operator=(SegmentMapping&& other) noexcept {
    region_ = std::move(other.region_);
    segment_ = std::exchange(other.segment_, nullptr);
    return *this;
}
template <typename Segment>
SegmentMapping<Segment>::~SegmentMapping() = default;

template class SegmentMapping<OrdersSegment>;
template class SegmentMapping<const OrdersSegment>;
template class SegmentMapping<ReportsSegment>;
template class SegmentMapping<const ReportsSegment>;

template <typename Segment>
UniqueFd make_segment_fd(const char* name) {
    UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) {
        fail("memfd_create");
    }
    if (::ftruncate(fd.get(), sizeof(Segment)) != 0) {
        fail("ftruncate of a segment");
    }
    // All pages now: a machine out of memory says so here, not by SIGBUS in the middle of a store.
    if (::fallocate(fd.get(), 0, 0, sizeof(Segment)) != 0) {
        fail("fallocate of a segment");
    }
    add_seals(fd.get(), kSizeSeals);
    return fd;
}
template UniqueFd make_segment_fd<OrdersSegment>(const char*);
template UniqueFd make_segment_fd<ReportsSegment>(const char*);

SegmentMapping<OrdersSegment> create_orders(int fd, std::uint64_t generation) {
    auto mapping = map_segment<OrdersSegment>(fd, bip::read_write);
    write_header(mapping->header, kOrdersLayout, generation);
    // This mapping stays writable; from now on no other can become so, whoever holds the descriptor.
    add_seals(fd, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
    return mapping;
}

SegmentMapping<const ReportsSegment> map_reports_for_reading(int fd) {
    return map_segment<const ReportsSegment>(fd, bip::read_only);
}

UniqueFd make_sealed_text_fd(const char* name, const std::string& text) {
    UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) {
        fail("memfd_create");
    }
    for (std::size_t written = 0; written < text.size();) {
        const ssize_t count = ::write(fd.get(), text.data() + written, text.size() - written);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("write to a memfd");
        }
        written += static_cast<std::size_t>(count);
    }
    add_seals(fd.get(), kSizeSeals | F_SEAL_WRITE | F_SEAL_SEAL);
    return fd;
}

SegmentMapping<const OrdersSegment> map_orders_for_reading(int fd, std::uint64_t generation) {
    require_segment(fd, "orders", sizeof(OrdersSegment), kSizeSeals | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
    auto mapping = map_segment<const OrdersSegment>(fd, bip::read_only);
    if (const std::string wrong = check_header(mapping->header, kOrdersLayout, generation); !wrong.empty()) {
        throw std::runtime_error("orders segment: " + wrong);
    }
    return mapping;
}

SegmentMapping<ReportsSegment> create_reports(int fd, std::uint64_t generation) {
    require_segment(fd, "reports", sizeof(ReportsSegment), kSizeSeals);
    auto mapping = map_segment<ReportsSegment>(fd, bip::read_write);
    write_header(mapping->header, kReportsLayout, generation);
    return mapping;
}

std::string read_sealed_text_fd(int fd) {
    constexpr int seals = kSizeSeals | F_SEAL_WRITE;
    if ((seals_of(fd) & seals) != seals) {
        throw std::runtime_error("the configuration's memfd is not sealed");
    }
    std::string text(size_of(fd), '\0');
    for (std::size_t done = 0; done < text.size();) {
        // pread: the file offset is shared with the supervisor.
        const ssize_t count = ::pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            throw std::system_error(count < 0 ? errno : EIO, std::generic_category(), "pread of a memfd");
        }
        done += static_cast<std::size_t>(count);
    }
    return text;
}

std::string check_reports_header(const SegmentHeader& header, std::uint64_t generation) {
    return check_header(header, kReportsLayout, generation);
}

}  // namespace hrn
