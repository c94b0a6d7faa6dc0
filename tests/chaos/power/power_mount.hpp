// A PowerTree as a mounted file system (libfuse3), served by a thread of the test. Counts the calls that
// change or sync something; at the N-th it takes what would survive, before the call is carried out, and from
// then on it counts no more.
//
// Owned and used by one thread; the programs under test use the mount. Needs /dev/fuse and the right to
// mount: can_mount() says whether there are; else the constructor throws std::runtime_error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/chaos/power/power_tree.hpp"

namespace hrn::test {

class PowerMount {
public:
    [[nodiscard]] static bool can_mount();

    // Mounts on the existing, empty folder `point`.
    PowerMount(const std::string& point, PowerTree tree);
    ~PowerMount();  // unmounts; whoever still has files open loses them
    PowerMount(const PowerMount&) = delete;
    PowerMount& operator=(const PowerMount&) = delete;

    // The power is cut at the N-th call from here on.
    void cut_at(std::uint64_t number);
    [[nodiscard]] bool is_cut() const;
    // What the call was, for reports.
    [[nodiscard]] std::string cut_call() const;
    // What survived the cut; if there was none, what would survive one now.
    [[nodiscard]] PowerTree survivors() const;

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace hrn::test
