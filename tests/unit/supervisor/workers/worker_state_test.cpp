// One test per edge of the table of worker_state.cpp: the edges are written down here a second time, and
// every pair that is not listed must change nothing.
#include "supervisor/workers/worker_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hrn::supervisor {
namespace {

using S = WorkerState;
using E = WorkerEvent;
using A = WorkerAction;

struct Edge {
    S from;
    E event;
    S next;
    A action;
};

const std::vector<Edge> kEdges = {
    {S::stopped, E::start, S::starting, A::prepare},
    {S::starting, E::prepared, S::starting, A::spawn},
    {S::starting, E::start_failed, S::crashed, A::judge},
    {S::starting, E::attached, S::loading, A::none},
    {S::starting, E::drain, S::killing, A::begin_kill},
    {S::starting, E::kill, S::killing, A::begin_kill},
    {S::starting, E::exited_clean, S::crashed, A::judge},
    {S::starting, E::exited, S::crashed, A::judge},
    {S::loading, E::said_waiting, S::waiting, A::none},
    {S::loading, E::said_ready, S::ready, A::serve},
    {S::loading, E::drain, S::killing, A::begin_kill},
    {S::loading, E::kill, S::killing, A::begin_kill},
    {S::loading, E::exited_clean, S::crashed, A::judge},
    {S::loading, E::exited, S::crashed, A::judge},
    {S::waiting, E::said_ready, S::ready, A::serve},
    {S::waiting, E::drain, S::killing, A::begin_kill},
    {S::waiting, E::kill, S::killing, A::begin_kill},
    {S::waiting, E::exited_clean, S::crashed, A::judge},
    {S::waiting, E::exited, S::crashed, A::judge},
    {S::ready, E::took_task, S::busy, A::none},
    {S::ready, E::drain, S::draining, A::order_drain},
    {S::ready, E::kill, S::killing, A::begin_kill},
    {S::ready, E::exited_clean, S::crashed, A::judge},
    {S::ready, E::exited, S::crashed, A::judge},
    {S::busy, E::emptied, S::ready, A::none},
    {S::busy, E::drain, S::draining, A::order_drain},
    {S::busy, E::kill, S::killing, A::begin_kill},
    {S::busy, E::exited_clean, S::crashed, A::judge},
    {S::busy, E::exited, S::crashed, A::judge},
    {S::draining, E::kill, S::killing, A::begin_kill},
    {S::draining, E::exited_clean, S::stopped, A::settle},
    {S::draining, E::exited, S::crashed, A::judge},
    {S::killing, E::exited_clean, S::crashed, A::judge},
    {S::killing, E::exited, S::crashed, A::judge},
    {S::crashed, E::restart_now, S::starting, A::prepare},
    {S::crashed, E::restart_later, S::backoff, A::wait_backoff},
    {S::crashed, E::give_up, S::down, A::wait_probe},
    {S::crashed, E::rest, S::stopped, A::none},
    {S::backoff, E::timer, S::starting, A::prepare},
    {S::backoff, E::start, S::starting, A::prepare},
    {S::backoff, E::drain, S::stopped, A::none},
    {S::backoff, E::kill, S::stopped, A::none},
    {S::down, E::timer, S::probe, A::prepare},
    {S::down, E::start, S::starting, A::prepare},
    {S::down, E::drain, S::stopped, A::none},
    {S::down, E::kill, S::stopped, A::none},
    {S::probe, E::prepared, S::starting, A::spawn},
    {S::probe, E::start_failed, S::crashed, A::judge},
    {S::probe, E::drain, S::stopped, A::cancel_start},
    {S::probe, E::kill, S::stopped, A::cancel_start},
};

class WorkerStateEdge : public testing::TestWithParam<Edge> {};

TEST_P(WorkerStateEdge, LeadsWhereItShould) {
    const Edge& edge = GetParam();
    const WorkerTransition transition = worker_transition(edge.from, edge.event);
    EXPECT_EQ(worker_state_name(transition.next), worker_state_name(edge.next));
    EXPECT_EQ(transition.action, edge.action);
}

INSTANTIATE_TEST_SUITE_P(Table, WorkerStateEdge, testing::ValuesIn(kEdges),
                         [](const testing::TestParamInfo<Edge>& info) {
                             return std::string(worker_state_name(info.param.from)) + "_" +
                                    std::string(worker_event_name(info.param.event));
                         });

TEST(WorkerState, ChangesNothingOnAnyOtherPair) {
    for (int state = 0; state < static_cast<int>(S::count_); ++state) {
        for (int event = 0; event < static_cast<int>(E::count_); ++event) {
            const S from = static_cast<S>(state);
            const E what = static_cast<E>(event);
            const bool listed = std::any_of(kEdges.begin(), kEdges.end(), [&](const Edge& edge) {
                return edge.from == from && edge.event == what;
            });
            if (listed) {
                continue;
            }
            const WorkerTransition transition = worker_transition(from, what);
            EXPECT_EQ(transition.next, from) << worker_state_name(from) << " " << worker_event_name(what);
            EXPECT_TRUE(transition.action == A::none || transition.action == A::bug);
        }
    }
}

TEST(WorkerState, KnowsThatAReportOfReadinessCanOnlyComeFromAProcess) {
    for (const S state : {S::stopped, S::starting, S::backoff, S::down, S::probe}) {
        EXPECT_EQ(worker_transition(state, E::said_ready).action, A::bug) << worker_state_name(state);
    }
}

TEST(WorkerState, LetsEveryLivingWorkerBeKilled) {
    for (int state = 0; state < static_cast<int>(S::count_); ++state) {
        const S from = static_cast<S>(state);
        if (has_process(from)) {
            EXPECT_EQ(worker_transition(from, E::kill).next, S::killing) << worker_state_name(from);
        }
    }
}

TEST(WorkerState, JudgesEveryUnexpectedEnd) {
    for (const S state : {S::starting, S::loading, S::waiting, S::ready, S::busy, S::draining, S::killing}) {
        EXPECT_EQ(worker_transition(state, E::exited).action, A::judge) << worker_state_name(state);
    }
}

TEST(WorkerState, GivesTasksOnlyToWorkersThatServe) {
    EXPECT_TRUE(takes_tasks(S::ready));
    EXPECT_TRUE(takes_tasks(S::busy));
    for (const S state : {S::stopped, S::starting, S::loading, S::waiting, S::draining, S::killing,
                          S::crashed, S::backoff, S::down, S::probe}) {
        EXPECT_FALSE(takes_tasks(state)) << worker_state_name(state);
    }
}

}  // namespace
}  // namespace hrn::supervisor
