// All worker slots of the service. A slot, once made, lives until the end, because answers of the storage
// thread may still be under way to it; one whose device is no longer configured is retired: its worker ends,
// nothing shows it, and the same device finds it again if it comes back. Loop thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/workers/worker.hpp"

namespace hrn::supervisor {

class Fleet {
public:
    // device → why it was drained ("" if nobody said)
    using Drained = std::map<std::string, std::string>;

    Fleet(boost::asio::io_context& io, WorkerHost& host) : io_(io), host_(host) {}

    // The slots that there shall be: new ones are made and started (unless their device is drained), those
    // that are not among them finish what they hold and are retired.
    void set_devices(const std::vector<DeviceSlot>& devices);
    [[nodiscard]] bool opened() const { return opened_; }
    void tick(TimePoint now);

    // Ends every worker after what it holds, for good.
    void drain_all();
    void stop_all(bool hard);
    [[nodiscard]] bool all_ended() const;

    // A drained device keeps its slots, without processes. `device`: as in DeviceSlot.
    void set_drained(Drained devices) { drained_ = std::move(devices); }
    [[nodiscard]] const Drained& drained() const { return drained_; }
    // Nothing unless the device is drained, else why.
    [[nodiscard]] std::optional<std::string> drain_reason(const std::string& device) const;
    // The indices of the slots that this concerned; none: there is no such device.
    std::vector<int> drain_device(const std::string& device, const std::string& reason);
    std::vector<int> resume_device(const std::string& device);

    // Every slot that was ever made; a worker's index is its place here.
    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
    // Those that are of interest: not the retired ones whose worker has ended.
    [[nodiscard]] std::vector<Worker*> shown() const;
    // It is meant to work: neither retired nor on a drained device.
    [[nodiscard]] bool in_service(const Worker& worker) const;
    [[nodiscard]] Worker* find(int index) const;

private:
    [[nodiscard]] std::vector<Worker*> of_device(const std::string& device) const;

    boost::asio::io_context& io_;
    WorkerHost& host_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::set<int> retired_;
    Drained drained_;
    bool opened_ = false;
};

}  // namespace hrn::supervisor
