#include "supervisor/workers/worker_state.hpp"

#include <array>
#include <initializer_list>

namespace hrn::supervisor {
namespace {

using S = WorkerState;
using E = WorkerEvent;
using A = WorkerAction;

constexpr std::size_t kStates = static_cast<std::size_t>(S::count_);
constexpr std::size_t kEvents = static_cast<std::size_t>(E::count_);
using Table = std::array<std::array<WorkerTransition, kEvents>, kStates>;

// Writes the table cell by cell and remembers a cell that was written twice.
class TableWriter {
public:
    constexpr void edge(S from, E event, S next, A action) {
        WorkerTransition& cell = table_[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
        twice_ = twice_ || cell.next != S::count_;
        cell = {next, action};
    }
    // The event is legal here and changes nothing.
    constexpr void ignore(S state, std::initializer_list<E> events) {
        for (const E event : events) {
            edge(state, event, state, A::none);
        }
    }
    // The event cannot happen here.
    constexpr void bug(S state, std::initializer_list<E> events) {
        for (const E event : events) {
            edge(state, event, state, A::bug);
        }
    }
    [[nodiscard]] constexpr bool sound() const {
        for (const auto& row : table_) {
            for (const WorkerTransition& cell : row) {
                if (cell.next == S::count_) {
                    return false;
                }
            }
        }
        return !twice_;
    }
    [[nodiscard]] constexpr const Table& table() const { return table_; }

private:
    Table table_{};
    bool twice_ = false;
};

constexpr TableWriter write_table() {
    TableWriter t;

    t.edge(S::stopped, E::start, S::starting, A::prepare);
    t.ignore(S::stopped, {E::prepared, E::start_failed, E::emptied, E::drain, E::kill, E::timer});
    t.bug(S::stopped, {E::attached, E::said_waiting, E::said_ready, E::took_task, E::exited_clean, E::exited,
                       E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::starting, E::prepared, S::starting, A::spawn);
    t.edge(S::starting, E::start_failed, S::crashed, A::judge);
    t.edge(S::starting, E::attached, S::loading, A::none);
    t.edge(S::starting, E::drain, S::killing, A::begin_kill);
    t.edge(S::starting, E::kill, S::killing, A::begin_kill);
    t.edge(S::starting, E::exited_clean, S::crashed, A::judge);
    t.edge(S::starting, E::exited, S::crashed, A::judge);
    t.ignore(S::starting, {E::start, E::emptied, E::timer});
    t.bug(S::starting, {E::said_waiting, E::said_ready, E::took_task, E::restart_now, E::restart_later,
                        E::give_up, E::rest});

    t.edge(S::loading, E::said_waiting, S::waiting, A::none);
    t.edge(S::loading, E::said_ready, S::ready, A::serve);
    t.edge(S::loading, E::drain, S::killing, A::begin_kill);  // nothing is held, nothing to wait for
    t.edge(S::loading, E::kill, S::killing, A::begin_kill);
    t.edge(S::loading, E::exited_clean, S::crashed, A::judge);
    t.edge(S::loading, E::exited, S::crashed, A::judge);
    t.ignore(S::loading, {E::start, E::emptied, E::timer});
    t.bug(S::loading, {E::prepared, E::start_failed, E::attached, E::took_task, E::restart_now,
                       E::restart_later, E::give_up, E::rest});

    t.edge(S::waiting, E::said_ready, S::ready, A::serve);
    t.edge(S::waiting, E::drain, S::killing, A::begin_kill);
    t.edge(S::waiting, E::kill, S::killing, A::begin_kill);
    t.edge(S::waiting, E::exited_clean, S::crashed, A::judge);
    t.edge(S::waiting, E::exited, S::crashed, A::judge);
    t.ignore(S::waiting, {E::start, E::said_waiting, E::emptied, E::timer});
    t.bug(S::waiting, {E::prepared, E::start_failed, E::attached, E::took_task, E::restart_now,
                       E::restart_later, E::give_up, E::rest});

    t.edge(S::ready, E::took_task, S::busy, A::none);
    t.edge(S::ready, E::drain, S::draining, A::order_drain);
    t.edge(S::ready, E::kill, S::killing, A::begin_kill);
    t.edge(S::ready, E::exited_clean, S::crashed, A::judge);
    t.edge(S::ready, E::exited, S::crashed, A::judge);
    t.ignore(S::ready, {E::start, E::emptied, E::timer});
    t.bug(S::ready, {E::prepared, E::start_failed, E::attached, E::said_waiting, E::said_ready,
                     E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::busy, E::emptied, S::ready, A::none);
    t.edge(S::busy, E::drain, S::draining, A::order_drain);
    t.edge(S::busy, E::kill, S::killing, A::begin_kill);
    t.edge(S::busy, E::exited_clean, S::crashed, A::judge);
    t.edge(S::busy, E::exited, S::crashed, A::judge);
    t.ignore(S::busy, {E::start, E::took_task, E::timer});
    t.bug(S::busy, {E::prepared, E::start_failed, E::attached, E::said_waiting, E::said_ready, E::restart_now,
                    E::restart_later, E::give_up, E::rest});

    t.edge(S::draining, E::kill, S::killing, A::begin_kill);
    t.edge(S::draining, E::exited_clean, S::stopped, A::settle);
    t.edge(S::draining, E::exited, S::crashed, A::judge);
    t.ignore(S::draining, {E::start, E::emptied, E::drain, E::timer});
    t.bug(S::draining, {E::prepared, E::start_failed, E::attached, E::said_waiting, E::said_ready,
                        E::took_task, E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::killing, E::exited_clean, S::crashed, A::judge);
    t.edge(S::killing, E::exited, S::crashed, A::judge);
    t.ignore(S::killing, {E::start, E::prepared, E::start_failed, E::attached, E::said_waiting, E::said_ready,
                          E::emptied, E::drain, E::kill, E::timer});
    t.bug(S::killing, {E::took_task, E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::crashed, E::restart_now, S::starting, A::prepare);
    t.edge(S::crashed, E::restart_later, S::backoff, A::wait_backoff);
    t.edge(S::crashed, E::give_up, S::down, A::wait_probe);
    t.edge(S::crashed, E::rest, S::stopped, A::none);
    t.ignore(S::crashed, {E::start, E::prepared, E::start_failed, E::emptied, E::drain, E::kill, E::timer});
    t.bug(S::crashed,
          {E::attached, E::said_waiting, E::said_ready, E::took_task, E::exited_clean, E::exited});

    t.edge(S::backoff, E::timer, S::starting, A::prepare);
    t.edge(S::backoff, E::start, S::starting, A::prepare);
    t.edge(S::backoff, E::drain, S::stopped, A::none);
    t.edge(S::backoff, E::kill, S::stopped, A::none);
    t.ignore(S::backoff, {E::prepared, E::start_failed, E::emptied});
    t.bug(S::backoff, {E::attached, E::said_waiting, E::said_ready, E::took_task, E::exited_clean, E::exited,
                       E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::down, E::timer, S::probe, A::prepare);
    t.edge(S::down, E::start, S::starting, A::prepare);
    t.edge(S::down, E::drain, S::stopped, A::none);
    t.edge(S::down, E::kill, S::stopped, A::none);
    t.ignore(S::down, {E::prepared, E::start_failed, E::emptied});
    t.bug(S::down, {E::attached, E::said_waiting, E::said_ready, E::took_task, E::exited_clean, E::exited,
                    E::restart_now, E::restart_later, E::give_up, E::rest});

    t.edge(S::probe, E::prepared, S::starting, A::spawn);
    t.edge(S::probe, E::start_failed, S::crashed, A::judge);
    t.edge(S::probe, E::drain, S::stopped, A::cancel_start);
    t.edge(S::probe, E::kill, S::stopped, A::cancel_start);
    t.ignore(S::probe, {E::start, E::emptied, E::timer});
    t.bug(S::probe, {E::attached, E::said_waiting, E::said_ready, E::took_task, E::exited_clean, E::exited,
                     E::restart_now, E::restart_later, E::give_up, E::rest});
    return t;
}

constexpr TableWriter kWriter = write_table();
static_assert(kWriter.sound(), "every (state, event) pair stands in the table, exactly once");

constexpr std::array<std::string_view, kStates> kStateNames = {
    "stopped",  "starting", "loading", "waiting", "ready", "busy",
    "draining", "killing",  "crashed", "backoff", "down",  "probe",
};
constexpr std::array<std::string_view, kEvents> kEventNames = {
    "start",       "prepared",      "start_failed", "attached", "said_waiting", "said_ready",
    "took_task",   "emptied",       "drain",        "kill",     "exited_clean", "exited",
    "restart_now", "restart_later", "give_up",      "rest",     "timer",
};

}  // namespace

WorkerTransition worker_transition(WorkerState state, WorkerEvent event) {
    return kWriter.table()[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

std::string_view worker_state_name(WorkerState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::string_view worker_event_name(WorkerEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

bool has_process(WorkerState state) {
    switch (state) {
        case S::starting:
        case S::loading:
        case S::waiting:
        case S::ready:
        case S::busy:
        case S::draining:
        case S::killing:
            return true;
        default:
            return false;
    }
}

bool takes_tasks(WorkerState state) {
    return state == S::ready || state == S::busy;
}

}  // namespace hrn::supervisor
