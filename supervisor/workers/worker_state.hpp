// The life of a worker slot as one table (design.md 7): which state follows which event, and what is done
// then. The table decides; worker.cpp does. There is one slot per configured worker, and it outlives the
// processes that run in it.
//
// Pure: no clock, no process. A (state, event) pair that cannot happen is written down as a `bug`: the
// caller logs it and stays where it is, so that a mistake of ours never takes a device away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hrn::supervisor {

enum class WorkerState : std::uint8_t {
    stopped,   // no process and none wanted
    starting,  // waits for its device's lock and its folder, then runs, but has not opened its segment
    loading,   // has opened its segment; loads its model
    waiting,   // says that it cannot load yet (not enough free device memory)
    ready,     // loaded, holds no task
    busy,      // holds tasks
    draining,  // finishes what it holds, then exits
    killing,   // signalled, not reaped
    crashed,   // reaped; its death is being judged
    backoff,   // the next start waits for its time
    down,      // too many failures; waits for the next probe
    probe,     // one start to see whether the device works again
    count_
};

enum class WorkerEvent : std::uint8_t {
    start,          // somebody wants this worker
    prepared,       // the device's lock is ours, the generation's folder exists
    start_failed,   // no lock in time, no folder, no program, no process
    attached,       // the report segment's header is complete
    said_waiting,   // report `waiting`
    said_ready,     // report `ready`
    took_task,      // an order was pushed
    emptied,        // nothing held any more
    drain,          // finish what you hold, then exit
    kill,           // time-out, protocol error, or told to
    exited_clean,   // reaped with status 0
    exited,         // reaped with anything else
    restart_now,    // judged: start again at once
    restart_later,  // judged: start again after the backoff
    give_up,        // judged: too many failures, or one that no restart mends
    rest,           // judged: nobody wants it any more
    timer,          // the backoff is over, or the next probe is due
    count_
};

enum class WorkerAction : std::uint8_t {
    none,
    prepare,      // get the lock, have the folder made
    spawn,        // start the process
    serve,        // tell the dispatcher that there is room
    order_drain,  // push the drain order
    begin_kill,   // SIGTERM; SIGKILL after kill_timeout_s
    judge,        // drain the reports, read the slots, find the culprit, decide about a restart
    settle,       // ended as told: hand back what is left, start again if a restart is wanted
    wait_backoff,
    wait_probe,
    cancel_start,  // forget the start that is being prepared
    bug,           // cannot happen: log it, stay
};

struct WorkerTransition {
    WorkerState next = WorkerState::count_;
    WorkerAction action = WorkerAction::bug;
};

[[nodiscard]] WorkerTransition worker_transition(WorkerState state, WorkerEvent event);
[[nodiscard]] std::string_view worker_state_name(WorkerState state);
[[nodiscard]] std::string_view worker_event_name(WorkerEvent event);

// A process exists, or may exist, in these states.
[[nodiscard]] bool has_process(WorkerState state);
// Orders may be pushed in these states.
[[nodiscard]] bool takes_tasks(WorkerState state);

}  // namespace hrn::supervisor
