// SQLite behind RAII: a connection and its prepared statements. Owned by one thread, the storage thread
// (the connections are opened without SQLite's own mutexes). Knows nothing of tasks.
//
// Failures throw StoreError with SQLite's extended code. Who is to blame stands in its three questions:
// a full disk is waited out, a corrupt file is set aside at the next start, anything else (a failed fsync
// first of all) means that the program must exit and recover.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace hrn::supervisor::storage {

class StoreError : public std::runtime_error {
public:
    StoreError(int extended_code, const std::string& what) : std::runtime_error(what), code_(extended_code) {}
    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] bool is_disk_full() const;  // no room, or the file system became read-only
    [[nodiscard]] bool is_corrupt() const;    // the file is damaged or is no database

private:
    int code_;
};

class Statement {
public:
    Statement(sqlite3* database, const char* sql);

    // Parameters are numbered from 1, columns from 0.
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, double value);
    Statement& bind_blob(int index, std::string_view bytes);  // copied
    Statement& bind_blob(int index, std::span<const std::uint8_t> bytes);
    Statement& bind_text(int index, std::string_view text);  // copied; empty becomes NULL
    Statement& bind_null(int index);

    [[nodiscard]] bool step();  // true: a row is there
    void run();                 // steps to the end and resets
    void reset();

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string bytes(int column) const;  // of a BLOB or a text; NULL gives ""

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    [[noreturn]] void fail(const char* what) const;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
public:
    enum class Mode : std::uint8_t { create, read_only };
    Database(const std::string& path, Mode mode);

    void execute(const char* sql);  // one or more statements without results
    [[nodiscard]] Statement prepare(const char* sql);
    [[nodiscard]] std::int64_t integer(const char* sql);  // first column of the first row
    // PRAGMA quick_check that gives up after `budget_ms`: "" if sound (or not found otherwise in time), else
    // SQLite's first complaint.
    [[nodiscard]] std::string quick_check(int budget_ms);
    [[nodiscard]] sqlite3* get() const { return database_.get(); }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> database_;
};

// BEGIN IMMEDIATE … COMMIT; rolled back when it goes out of scope uncommitted.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace hrn::supervisor::storage
