#include "supervisor/storage/store_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "supervisor/storage/schema.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

class StoreFileTest : public testing::Test {
protected:
    void make_with_one_task() {
        StoreFile file(dir);
        for (int i = 0; i < 200; ++i) {
            TaskRow row;
            row.id = TaskId::generate();
            row.source = row.result = "x" + std::to_string(i) + std::string(100, 'x');
            Transaction transaction(file.store().database());
            file.store().insert(row, TaskEvent::accept);
            transaction.commit();
        }
    }
    bool something_was_set_aside() const {
        const auto files = test::tree(dir);
        return std::any_of(files.begin(), files.end(),
                           [](const std::string& name) { return name.starts_with("tasks.db.damaged-"); });
    }

    test::TempFolder folder;
    std::string dir = folder.path("a/state");
};

TEST_F(StoreFileTest, MakesTheFolderAndSaysThatTheStoreIsNew) {
    EXPECT_TRUE(StoreFile(dir).was_new());
    EXPECT_FALSE(StoreFile(dir).was_new());
}

TEST_F(StoreFileTest, ANewerSchemaIsRefusedInOneLine) {
    {
        StoreFile file(dir);
        file.store().database().execute("PRAGMA user_version = 99");
    }
    try {
        StoreFile file(dir);
        FAIL();
    } catch (const NewerSchema& error) {
        EXPECT_NE(std::string(error.what()).find("schema 99"), std::string::npos);
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
    EXPECT_FALSE(something_was_set_aside());
}

TEST_F(StoreFileTest, AFileThatIsNoDatabaseIsSetAside) {
    std::filesystem::create_directories(dir);
    std::ofstream(dir + "/tasks.db") << std::string(10000, 'g');
    StoreFile file(dir);
    EXPECT_TRUE(file.was_new());
    EXPECT_FALSE(file.damage().empty());
    EXPECT_TRUE(something_was_set_aside());
}

// A descriptor, memory or a folder that is in the way may be missing for a moment; attempts and history would
// be gone for good.
TEST_F(StoreFileTest, AStoreThatCannotBeOpenedForAnotherReasonIsNotSetAside) {
    make_with_one_task();
    std::filesystem::create_directories(dir + "/tasks.db-wal");
    std::filesystem::create_directories(dir + "/tasks.db-shm");
    EXPECT_THROW(StoreFile{dir}, StoreError);
    EXPECT_FALSE(something_was_set_aside());
}

TEST_F(StoreFileTest, DamagedPagesAreFoundAtTheStart) {
    make_with_one_task();
    {
        std::fstream file(dir + "/tasks.db", std::ios::in | std::ios::out | std::ios::binary);
        for (int page = 1; page < 8; ++page) {
            file.seekp(page * 4096);
            file << std::string(2048, '\xee');
        }
    }
    StoreFile file(dir);
    EXPECT_TRUE(file.was_new());
    EXPECT_TRUE(something_was_set_aside());
}

TEST_F(StoreFileTest, DamageMetWhileRunningIsSetAsideByTheNextStart) {
    make_with_one_task();
    StoreFile(dir).mark_damaged();
    StoreFile file(dir);
    EXPECT_TRUE(file.was_new());
    EXPECT_TRUE(something_was_set_aside());
    EXPECT_FALSE(test::path_exists(dir + "/tasks.db.is-damaged"));
}

TEST_F(StoreFileTest, NoticesThatTheFileWasDeletedOrReplaced) {
    StoreFile file(dir);
    EXPECT_TRUE(file.is_in_place());
    ASSERT_EQ(::unlink((dir + "/tasks.db").c_str()), 0);
    EXPECT_FALSE(file.is_in_place());
    std::ofstream(dir + "/tasks.db") << "another";
    EXPECT_FALSE(file.is_in_place());
}

}  // namespace
}  // namespace hrn::supervisor::storage
