#include "supervisor/storage/sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>

namespace hrn::supervisor::storage {

bool StoreError::is_disk_full() const {
    const int primary = code_ & 0xff;
    return primary == SQLITE_FULL || primary == SQLITE_READONLY;
}

bool StoreError::is_corrupt() const {
    const int primary = code_ & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

namespace {

bool means_no_room(int error) {
    return error == ENOSPC || error == EDQUOT || error == EROFS;
}

bool met_no_room(sqlite3_file* file) {
    int error = 0;
    return file != nullptr && file->pMethods != nullptr &&
           file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK &&
           means_no_room(error);
}

// SQLite knows only ENOSPC as a full disk; a quota and a file system that became read-only it calls I/O
// errors. Its files, the database and the log, remember the errno, and so does the connection when the file
// is closed by then (the journal of a first start). A sync that failed stays what it is: nobody knows what
// was written.
int code_of(sqlite3* database) {
    const int code = sqlite3_extended_errcode(database);
    if ((code & 0xff) == SQLITE_CANTOPEN) {
        return means_no_room(sqlite3_system_errno(database)) ? SQLITE_FULL : code;
    }
    if ((code & 0xff) != SQLITE_IOERR || code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        return code;
    }
    for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
        sqlite3_file* file = nullptr;
        if (sqlite3_file_control(database, "main", which, static_cast<void*>(&file)) == SQLITE_OK &&
            met_no_room(file)) {
            return SQLITE_FULL;
        }
    }
    return means_no_room(sqlite3_system_errno(database)) ? SQLITE_FULL : code;
}

[[noreturn]] void fail_database(sqlite3* database, const std::string& what) {
    throw StoreError(code_of(database), what + ": " + sqlite3_errmsg(database));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement::Statement(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
        fail_database(database, std::string("task store: cannot prepare \"") + sql + "\"");
    }
    statement_.reset(statement);
}

void Statement::fail(const char* what) const {
    fail_database(sqlite3_db_handle(statement_.get()), std::string("task store: ") + what);
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_.get(), index, value) != SQLITE_OK) {
        fail("bind");
    }
    return *this;
}

Statement& Statement::bind(int index, double value) {
    if (sqlite3_bind_double(statement_.get(), index, value) != SQLITE_OK) {
        fail("bind");
    }
    return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
    // A null pointer would bind NULL; an empty name is an empty BLOB.
    const char* data = bytes.empty() ? "" : bytes.data();
    if (sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK) {
        fail("bind");
    }
    return *this;
}

Statement& Statement::bind_blob(int index, std::span<const std::uint8_t> bytes) {
    return bind_blob(index, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Statement& Statement::bind_text(int index, std::string_view text) {
    if (text.empty()) {
        return bind_null(index);
    }
    if (sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) != SQLITE_OK) {
        fail("bind");
    }
    return *this;
}

Statement& Statement::bind_null(int index) {
    if (sqlite3_bind_null(statement_.get(), index) != SQLITE_OK) {
        fail("bind");
    }
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        return false;
    }
    sqlite3* database = sqlite3_db_handle(statement_.get());
    const StoreError error(code_of(database), std::string("task store: ") + sqlite3_errmsg(database));
    sqlite3_reset(statement_.get());
    throw error;
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Database::Database(const std::string& path, Mode mode) {
    sqlite3* database = nullptr;
    const int flags =
        mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const int result = sqlite3_open_v2(path.c_str(), &database,
                                       flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database_.reset(database);
    if (result != SQLITE_OK) {
        throw StoreError(result, "cannot open the task store " + path + ": " +
                                     (database != nullptr ? sqlite3_errmsg(database) : "no memory"));
    }
    sqlite3_busy_timeout(database, 2000);
}

void Database::execute(const char* sql) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail_database(database_.get(), "task store");
    }
}

Statement Database::prepare(const char* sql) {
    return Statement(database_.get(), sql);
}

std::int64_t Database::integer(const char* sql) {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::quick_check(int budget_ms) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::milliseconds(budget_ms);
    auto give_up = [](void* end) -> int { return Clock::now() > *static_cast<Clock::time_point*>(end); };
    auto end = deadline;
    sqlite3_progress_handler(database_.get(), 10000, +give_up, &end);
    const std::unique_ptr<sqlite3, void (*)(sqlite3*)> no_handler(
        database_.get(), [](sqlite3* database) { sqlite3_progress_handler(database, 0, nullptr, nullptr); });
    std::string complaint;
    try {
        Statement statement = prepare("PRAGMA quick_check(1)");
        if (statement.step()) {
            complaint = statement.bytes(0);
        }
    } catch (const StoreError& error) {
        const int primary = error.code() & 0xff;
        const bool unreadable = primary == SQLITE_IOERR && error.code() != SQLITE_IOERR_NOMEM;
        if (error.is_corrupt() || unreadable) {
            complaint = error.what();
        } else if (primary != SQLITE_INTERRUPT) {
            throw;  // no memory, no descriptor, no room: that says nothing about the file
        }
    }
    return complaint == "ok" ? std::string() : complaint;
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_) {
        // A failed COMMIT may have rolled back by itself; then there is nothing left to undo.
        sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace hrn::supervisor::storage
