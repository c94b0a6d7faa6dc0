#include "supervisor/workers/culprit.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "shared/worker_launch.hpp"

namespace hrn::supervisor {
namespace {

// Which of the held tasks may have caused it.
enum class Blame : std::uint8_t {
    nobody,       // ended on purpose, or by something that no task can do
    stage_tasks,  // all that were `in` a stage
    begun_tasks,  // all that had been in any stage: garbage is seen some time after it was written
    infer_tasks,  // all that were `in` infer: the device's error may stem from any batch
    threads,      // what the named threads were working on
    one_task,
};

struct Cause {
    ErrorCode code;
    Blame blame;
    bool counts = true;
    bool permanent = false;
    bool at_once = false;
};

bool ended_with(const Death& death, WorkerExit status) {
    return !death.status.signalled && death.status.value == static_cast<int>(status);
}

Cause cause_of_kill(const Death& death) {
    switch (death.kill_reason) {
        case KillReason::stage_timeout:
            return {ErrorCode::timeout, Blame::threads};
        case KillReason::task_timeout:
            return {ErrorCode::timeout, Blame::one_task};
        case KillReason::load_timeout:
            return {ErrorCode::worker_hung, Blame::nobody};
        case KillReason::no_progress:
            return {ErrorCode::worker_hung, Blame::stage_tasks};
        case KillReason::protocol_error:
            return {ErrorCode::protocol_error, Blame::begun_tasks};
        case KillReason::memory_limit:
            return {ErrorCode::killed_for_memory, Blame::stage_tasks};
        case KillReason::requested:
        case KillReason::none:
            break;
    }
    return {ErrorCode::worker_crashed, Blame::nobody, false, false, true};
}

// The first rule that applies decides; the order is docs/design/culprit.md's.
Cause cause_of(const Death& death) {
    if (!death.start_error.empty()) {
        return {ErrorCode::worker_crashed, Blame::nobody};
    }
    if (death.kill_reason != KillReason::none) {
        return cause_of_kill(death);
    }
    if (death.killed_for_memory) {
        return {ErrorCode::killed_for_memory, Blame::stage_tasks};
    }
    if (ended_with(death, WorkerExit::device_lost) || death.fatal == ErrorCode::device_lost) {
        return {ErrorCode::device_lost, Blame::nobody};
    }
    if (ended_with(death, WorkerExit::device_fatal) || death.fatal == ErrorCode::device_error) {
        return {ErrorCode::device_error, Blame::infer_tasks};
    }
    if (!death.status.signalled) {
        if (const WorkerExitRow* row = find_worker_exit(death.status.value)) {
            if (row->status == WorkerExit::model) {
                return {ErrorCode::model_missing, Blame::nobody, true, true};
            }
            if (row->status == WorkerExit::recycled) {
                return {ErrorCode::worker_crashed, Blame::nobody, false, false, true};
            }
            if (row->status == WorkerExit::not_started) {
                return {ErrorCode::worker_crashed, Blame::nobody};
            }
            if (row->status == WorkerExit::usage || row->status == WorkerExit::protocol) {
                return {ErrorCode::protocol_error, Blame::nobody, true, row->permanent};
            }
        }
    }
    if (death.segment.last_words && death.segment.last_words->thread) {
        return {ErrorCode::worker_crashed, Blame::threads};
    }
    return {ErrorCode::worker_crashed, Blame::stage_tasks};
}

const HeldTask* slot_of(const Death& death, const Death::Held& task) {
    const auto& slots = death.segment.held;
    const auto found = std::find_if(slots.begin(), slots.end(), [&](const HeldTask& slot) {
        return slot.id == task.id && slot.attempt == task.attempt;
    });
    return found == slots.end() ? nullptr : &*found;
}

// A held task is in the ring, in a slot or in a report (segment.hpp). One that was taken and has neither slot
// nor report was lost to garbage, and so may be one without a slot while some slots are nonsense.
bool lost(const Death& death, const Death::Held& task) {
    return slot_of(death, task) == nullptr && (!task.in_ring || death.segment.garbled_slots > 0);
}

bool in_stage(const Death& death, const Death::Held& task) {
    const HeldTask* slot = slot_of(death, task);
    return slot != nullptr ? slot->state.presence == Presence::in : lost(death, task);
}

bool begun(const Death& death, const Death::Held& task) {
    const HeldTask* slot = slot_of(death, task);
    return in_stage(death, task) || (slot != nullptr && slot->state.stage > Stage::decode);
}

bool in_infer(const Death& death, const Death::Held& task) {
    const HeldTask* slot = slot_of(death, task);
    return slot != nullptr && slot->state.presence == Presence::in && slot->state.stage == Stage::infer;
}

bool on_thread(const Death& death, const Death::Held& task, const std::vector<int>& threads) {
    const HeldTask* slot = slot_of(death, task);
    return slot != nullptr && slot->state.presence == Presence::in &&
           std::find(threads.begin(), threads.end(), slot->state.thread) != threads.end();
}

bool blamed(const Death& death, const Death::Held& task, Blame blame, const std::vector<int>& threads) {
    switch (blame) {
        case Blame::nobody:
            return false;
        case Blame::stage_tasks:
            return in_stage(death, task);
        case Blame::begun_tasks:
            return begun(death, task);
        case Blame::infer_tasks:
            return in_infer(death, task);
        case Blame::threads:
            return on_thread(death, task, threads);
        case Blame::one_task:
            return death.slow_task == task.id;
    }
    return false;
}

std::string stage_text(const Death& death, const Death::Held& task) {
    const HeldTask* slot = slot_of(death, task);
    return slot == nullptr ? std::string()
                           : std::string(presence_text(slot->state.stage, slot->state.presence));
}

std::string signal_text(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

}  // namespace

std::string death_text(const Death& death) {
    if (!death.start_error.empty()) {
        return "it could not be started: " + death.start_error;
    }
    std::string text;
    if (death.status.signalled) {
        text = signal_text(death.status.value);
    } else {
        text = "exit status " + std::to_string(death.status.value);
        if (const WorkerExitRow* row = find_worker_exit(death.status.value)) {
            text += " (" + std::string(row->name) + ": " + std::string(row->sentence) + ")";
        }
    }
    if (death.segment.last_words) {
        const LastWordsView& words = *death.segment.last_words;
        char address[32];
        std::snprintf(address, sizeof address, "0x%llx", static_cast<unsigned long long>(words.address));
        text += ", last words: " + signal_text(words.signal) + " at " + address + " in thread " +
                std::to_string(words.thread_id);
    }
    if (!death.fatal_text.empty()) {
        text += ", it said: " + death.fatal_text;
    }
    if (death.killed_from_outside && death.kill_reason == KillReason::none) {
        text += " from outside";
    }
    if (death.killed_for_memory) {
        text += ", the kernel killed it because memory ran out";
    }
    if (!death.kill_text.empty()) {
        text += ", killed because " + death.kill_text;
    }
    return text;
}

Verdict judge(const Death& death) {
    const Cause cause = cause_of(death);
    Verdict verdict;
    verdict.code = cause.code;
    verdict.text = death_text(death);
    // What the task's record says: the signal that the worker died of by itself, or that ended it.
    verdict.signal = death.segment.last_words ? death.segment.last_words->signal
                     : death.status.signalled ? death.status.value
                                              : 0;
    verdict.accident = death.killed_from_outside && death.kill_reason == KillReason::none;
    verdict.permanent = cause.permanent;
    verdict.restart_at_once = cause.at_once;
    verdict.counts_against_device = cause.counts;

    std::vector<int> threads = death.hung_threads;
    if (threads.empty() && death.segment.last_words && death.segment.last_words->thread) {
        threads.push_back(*death.segment.last_words->thread);
    }
    Blame blame = cause.blame;
    const auto anybody = [&](Blame rule) {
        return std::any_of(death.held.begin(), death.held.end(),
                           [&](const Death::Held& task) { return blamed(death, task, rule, threads); });
    };
    // Named threads that worked on none of the held tasks say nothing: all in a stage are suspects then.
    if (blame == Blame::threads && !anybody(blame)) {
        blame = Blame::stage_tasks;
    }
    for (const Death::Held& task : death.held) {
        if (blamed(death, task, blame, threads)) {
            verdict.suspects.push_back({task.id, stage_text(death, task), task.solo});
            if (task.solo && !verdict.accident) {
                verdict.counts_against_device = false;
            }
        } else {
            verdict.innocents.push_back(task.id);
        }
    }
    return verdict;
}

}  // namespace hrn::supervisor
