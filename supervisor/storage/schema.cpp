#include "supervisor/storage/schema.hpp"

#include "supervisor/storage/task_state.hpp"

namespace hrn::supervisor::storage {

namespace {

// Names are BLOBs: users' bytes, not text. The key is the id (UUIDv7: in the order of claiming), so that new
// rows are appended and a listing is a walk along the table.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE tasks (
    id          BLOB PRIMARY KEY,  -- 16 bytes
    state       INTEGER NOT NULL,  -- TaskState
    source      BLOB NOT NULL,     -- path below incoming/
    result      BLOB NOT NULL,     -- reserved name below results/, done/, failed/
    original    BLOB,              -- name below done/ or failed/ where it differs from `result`
    priority    INTEGER NOT NULL,  -- dispatched in rising order
    attempts    INTEGER NOT NULL,
    image_bytes INTEGER NOT NULL,
    claimed_ms  INTEGER NOT NULL,  -- unix milliseconds
    finished_ms INTEGER,
    worker      INTEGER,
    device      TEXT,
    seconds     REAL,              -- from dispatch to report
    stages      BLOB,              -- microseconds by Stage, 32-bit little-endian
    error       TEXT,              -- JSON of the error that ended it
    history     TEXT               -- JSON list of the earlier errors
) WITHOUT ROWID;
-- What start-up has to look at: it grows with unfinished tasks, not with history. States below 6 and above 8
-- are not settled.
CREATE INDEX tasks_unsettled ON tasks (state, id) WHERE state < 6 OR state > 8;
-- Failed and quarantined, for retry --failed and listings.
CREATE INDEX tasks_failed ON tasks (state, id) WHERE state IN (7, 8);
CREATE TABLE facts (  -- single values: totals, pause, drained devices
    name  TEXT PRIMARY KEY,
    value BLOB
) WITHOUT ROWID;
-- A fresh store knows nothing of what results/ and failed/ hold. Said by the transaction that makes the store:
-- whoever dies right after it must not leave a store that believes there is nothing (rebuild.hpp).
INSERT INTO facts (name, value) VALUES ('rebuild', CAST('1' AS BLOB));
)sql";

static_assert(static_cast<int>(TaskState::settled_done) == 6 &&
              static_cast<int>(TaskState::settled_failed) == 7 &&
              static_cast<int>(TaskState::settled_quarantined) == 8);

constexpr std::int64_t kApplicationId = 0x68726e74;  // "hrnt": `file` and we can tell what it is

}  // namespace

void prepare_schema(Database& database, const std::string& path) {
    const std::int64_t version = database.integer("PRAGMA user_version");
    if (version > kSchemaVersion) {
        throw NewerSchema("the task store " + path + " has schema " + std::to_string(version) +
                          ", this program knows up to " + std::to_string(kSchemaVersion) +
                          ": run the newer hrn again, or move the file away (unfinished tasks come back "
                          "from claimed/)");
    }
    database.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
        "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -4000;");
    if (version == kSchemaVersion) {
        return;
    }
    Transaction transaction(database);
    database.execute(kVersion1);
    database.execute(("PRAGMA application_id = " + std::to_string(kApplicationId) +
                      "; PRAGMA user_version = " + std::to_string(kSchemaVersion))
                         .c_str());
    transaction.commit();
}

}  // namespace hrn::supervisor::storage
