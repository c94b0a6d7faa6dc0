// How to add a case: a new allowed edge goes into kEdges; every pair that is not there must be refused.
#include "supervisor/storage/task_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hrn::supervisor::storage {
namespace {

using enum TaskState;
// Not all of TaskEvent: both enumerations end in count_.
using TaskEvent::accept;
using TaskEvent::forget;
using TaskEvent::hold;
using TaskEvent::rebuild_done;
using TaskEvent::rebuild_failed;
using TaskEvent::rebuild_quarantined;
using TaskEvent::record_done;
using TaskEvent::record_failed;
using TaskEvent::record_quarantined;
using TaskEvent::release;
using TaskEvent::retry;
using TaskEvent::retry_abandon;
using TaskEvent::retry_ready;
using TaskEvent::settle;

struct Edge {
    TaskState from;
    TaskEvent event;
    TaskState to;
};

const std::vector<Edge>& edges() {
    static const std::vector<Edge> kEdges = {
        {absent, accept, queued},
        {absent, record_done, done},
        {absent, record_failed, failed},
        {absent, rebuild_done, settled_done},
        {absent, rebuild_failed, settled_failed},
        {absent, rebuild_quarantined, settled_quarantined},
        {queued, hold, held},
        {queued, release, queued},
        {queued, record_done, done},
        {queued, record_failed, failed},
        {queued, record_quarantined, quarantined},
        {queued, forget, absent},
        {held, hold, held},
        {held, release, queued},
        {held, record_done, done},
        {held, record_failed, failed},
        {held, record_quarantined, quarantined},
        {held, forget, absent},
        {done, settle, settled_done},
        {failed, settle, settled_failed},
        {failed, forget, absent},
        {quarantined, settle, settled_quarantined},
        {quarantined, forget, absent},
        {settled_done, forget, absent},
        {settled_failed, retry, retrying_failed},
        {settled_failed, forget, absent},
        {settled_quarantined, retry, retrying_quarantined},
        {settled_quarantined, forget, absent},
        {retrying_failed, retry_ready, queued},
        {retrying_failed, retry_abandon, settled_failed},
        {retrying_failed, record_done, done},
        {retrying_failed, record_failed, failed},
        {retrying_failed, forget, absent},
        {retrying_quarantined, retry_ready, queued},
        {retrying_quarantined, retry_abandon, settled_quarantined},
        {retrying_quarantined, record_done, done},
        {retrying_quarantined, record_failed, failed},
        {retrying_quarantined, record_quarantined, quarantined},
        {retrying_quarantined, forget, absent},
    };
    return kEdges;
}

class TaskStateEdge : public testing::TestWithParam<Edge> {};

TEST_P(TaskStateEdge, LeadsWhereTheTableSays) {
    EXPECT_EQ(next_state(GetParam().from, GetParam().event), GetParam().to);
}

INSTANTIATE_TEST_SUITE_P(TaskState, TaskStateEdge, testing::ValuesIn(edges()), [](const auto& info) {
    return std::string(state_name(info.param.from)) + "_" + std::string(event_name(info.param.event));
});

TEST(TaskState, RefusesEveryOtherPairOfStateAndEvent) {
    std::size_t refused = 0;
    for (std::size_t state = 0; state < kTaskStates; ++state) {
        for (std::size_t event = 0; event < kTaskEvents; ++event) {
            const auto from = static_cast<TaskState>(state);
            const auto what = static_cast<TaskEvent>(event);
            const bool known = std::any_of(edges().begin(), edges().end(), [&](const Edge& edge) {
                return edge.from == from && edge.event == what;
            });
            if (!known) {
                ++refused;
                EXPECT_FALSE(next_state(from, what)) << state_name(from) << " " << event_name(what);
            }
        }
    }
    EXPECT_EQ(refused, kTaskStates * kTaskEvents - edges().size());
}

TEST(TaskState, ShowsOnlyTheStatesOfTheContract) {
    EXPECT_EQ(shown_state(queued), "queued");
    EXPECT_EQ(shown_state(held), "queued");
    EXPECT_EQ(shown_state(retrying_quarantined), "queued");
    EXPECT_EQ(shown_state(done), "done");
    EXPECT_EQ(shown_state(settled_failed), "failed");
    EXPECT_EQ(shown_state(settled_quarantined), "quarantined");
}

TEST(TaskState, AFinishedTaskIsRecordedAndSettledOnlyAfterItsMove) {
    EXPECT_TRUE(is_recorded(done));
    EXPECT_FALSE(is_settled(done));
    EXPECT_TRUE(is_settled(settled_done));
    EXPECT_FALSE(is_recorded(retrying_failed));
}

}  // namespace
}  // namespace hrn::supervisor::storage
