// All worker slots of the service. Made once the devices are known; slots are never destroyed before the end,
// because answers of the storage thread may still be under way to them. Loop thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "supervisor/workers/worker.hpp"

namespace hrn::supervisor {

class Fleet {
public:
    Fleet(boost::asio::io_context& io, WorkerHost& host) : io_(io), host_(host) {}

    // Makes a slot for each device and starts them, except those of drained devices.
    void open(const std::vector<DeviceSlot>& devices);
    [[nodiscard]] bool opened() const { return opened_; }
    void tick(TimePoint now);

    // Ends every worker after what it holds, for good.
    void drain_all();
    void stop_all(bool hard);
    [[nodiscard]] bool all_ended() const;

    // A drained device keeps its slots, without processes. `device`: a name, an index or a worker's device.
    void set_drained(const std::set<std::string>& devices) { drained_ = devices; }
    [[nodiscard]] const std::set<std::string>& drained() const { return drained_; }
    // The number of slots that this concerned.
    std::size_t drain_device(const std::string& device);
    std::size_t resume_device(const std::string& device);

    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
    [[nodiscard]] Worker* find(int index) const;

private:
    boost::asio::io_context& io_;
    WorkerHost& host_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::set<std::string> drained_;
    bool opened_ = false;
};

}  // namespace hrn::supervisor
