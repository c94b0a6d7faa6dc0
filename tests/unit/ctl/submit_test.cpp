// `submit`: what goes where, never half, never over something; with and without a supervisor.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "shared/fs.hpp"
#include "shared/text.hpp"
#include "supervisor/ctl/submit_plan.hpp"
#include "tests/unit/ctl/ctl_fixture.hpp"

namespace hrn::ctl {
namespace {

using nlohmann::json;
using test::FakeSupervisor;
using test::ok;

class CtlSubmit : public test::CtlTest {
protected:
    CtlSubmit() {
        folder_.write("hrn.toml", "[service]\nspool_dir = \"" + folder_.path("spool") +
                                      "\"\nruntime_dir = \"" + folder_.path() + "\"\n");
    }
    int submit(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--config", folder_.path("hrn.toml"), "submit"});
        return run(arguments);
    }
    [[nodiscard]] std::string incoming(const std::string& rel) const {
        return folder_.read("spool/incoming/" + rel);
    }
    [[nodiscard]] bool in_incoming(const std::string& rel) const {
        return folder_.exists("spool/incoming/" + rel);
    }
    // Everything below incoming/, dot names included.
    [[nodiscard]] std::size_t entries() const {
        const std::filesystem::recursive_directory_iterator all(folder_.path("spool/incoming"));
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    // A supervisor that gives ids to what it is asked for.
    static std::optional<json> answer(const std::string& command, const json& arguments,
                                      const std::string& spool) {
        if (command == "ping") {
            return ok({{"program", "hrn-supervisor"}, {"spool_dir", spool}});
        }
        if (command == "submitted") {
            json list = json::array();
            for (const json& path : arguments["paths"]) {
                list.push_back({{"path", path["path"]}, {"id", "id-of-" + path["path"].get<std::string>()}});
            }
            return ok(list);
        }
        json tasks = json::array();
        for (const json& id : arguments["ids"]) {
            tasks.push_back({{"id", id}, {"path", "x"}, {"state", "done"}});
        }
        return ok({{"finished", true}, {"tasks", tasks}});
    }
};

TEST(ImageNames, AreTheSevenExtensionsInAnyCaseAndNotHidden) {
    for (const char* name : {"a.jpg", "a.JPEG", "a.Png", "a.bmp", "a.webp", "a.tif", "a.TIFF", "a b.jpg"}) {
        EXPECT_TRUE(is_image_name(name)) << name;
    }
    for (const char* name : {"", "a", "a.txt", ".a.jpg", "a.jpg.part", "a.jpg.tmp", "jpg", ".jpg"}) {
        EXPECT_FALSE(is_image_name(name)) << name;
    }
}

TEST_F(CtlSubmit, WithoutASupervisorCopiesAndGivesNoIds) {
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({folder_.path("me.jpg"), "--json"}), 0);
    EXPECT_EQ(incoming("me.jpg"), "image");
    EXPECT_TRUE(folder_.exists("me.jpg"));
    EXPECT_EQ(document(), (nlohmann::json{{{"path", "me.jpg"}, {"id", nullptr}}}));
    EXPECT_EQ(entries(), 1U) << "no hidden file is left";
}

TEST_F(CtlSubmit, ACopyCanBeReadByTheServiceWhateverTheUmask) {
    folder_.write("me.jpg", "image");
    ::chmod(folder_.path("me.jpg").c_str(), 0600);
    const mode_t before = ::umask(0077);
    EXPECT_EQ(submit({folder_.path("me.jpg")}), 0);
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat(folder_.path("spool/incoming/me.jpg").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0664U);
}

TEST_F(CtlSubmit, MoveTakesTheOriginalAway) {
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({"--move", folder_.path("me.jpg")}), 0);
    EXPECT_EQ(incoming("me.jpg"), "image");
    EXPECT_FALSE(folder_.exists("me.jpg"));
}

TEST_F(CtlSubmit, MoveAcrossFileSystemsCopiesThenRemoves) {
    folder_.write("me.jpg", "image");
    hrn::fs::set_fault_hook([](std::string_view call, std::string_view name) {
        return call == "renameat2" && name == "me.jpg" ? EXDEV : 0;
    });
    EXPECT_EQ(submit({"--move", folder_.path("me.jpg")}), 0) << err();
    hrn::fs::set_fault_hook(nullptr);
    EXPECT_EQ(incoming("me.jpg"), "image");
    EXPECT_FALSE(folder_.exists("me.jpg"));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(CtlSubmit, MoveAcrossFileSystemsThatFailsKeepsTheOriginal) {
    folder_.write("me.jpg", "image");
    hrn::fs::set_fault_hook([](std::string_view call, std::string_view name) {
        return call == "renameat2" && name == "me.jpg" ? EXDEV : call == "fsync" ? EIO : 0;
    });
    EXPECT_EQ(submit({"--move", folder_.path("me.jpg")}), 1);
    hrn::fs::set_fault_hook(nullptr);
    EXPECT_EQ(folder_.read("me.jpg"), "image");
    EXPECT_EQ(entries(), 0U);
}

TEST_F(CtlSubmit, LinkMakesAHardLink) {
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({"--link", folder_.path("me.jpg")}), 0);
    EXPECT_TRUE(std::filesystem::equivalent(folder_.path("me.jpg"), folder_.path("spool/incoming/me.jpg")));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(CtlSubmit, LinkToAnotherFileSystemIsAFailureThatSaysWhatToDo) {
    folder_.write("me.jpg", "image");
    hrn::fs::set_fault_hook(
        [](std::string_view call, std::string_view) { return call == "linkat" ? EXDEV : 0; });
    EXPECT_EQ(submit({"--link", folder_.path("me.jpg")}), 1);
    hrn::fs::set_fault_hook(nullptr);
    EXPECT_NE(err().find("another file system"), std::string::npos);
    EXPECT_NE(err().find("--copy"), std::string::npos);
}

TEST_F(CtlSubmit, NothingInIncomingIsOverwritten) {
    folder_.write("me.jpg", "new");
    folder_.write("spool/incoming/me.jpg", "old");
    for (const char* how : {"--copy", "--move", "--link"}) {
        EXPECT_EQ(submit({how, folder_.path("me.jpg")}), 1) << how;
        EXPECT_NE(err().find("incoming/me.jpg exists"), std::string::npos) << err();
        EXPECT_EQ(incoming("me.jpg"), "old");
        EXPECT_EQ(folder_.read("me.jpg"), "new");
        EXPECT_EQ(entries(), 1U);
    }
}

TEST_F(CtlSubmit, OneBadPathDoesNotStopTheOthers) {
    folder_.write("good.jpg", "image");
    folder_.write("text.txt", "text");
    EXPECT_EQ(submit({folder_.path("missing.jpg"), folder_.path("text.txt"), folder_.path("good.jpg")}), 1);
    EXPECT_TRUE(in_incoming("good.jpg"));
    EXPECT_FALSE(in_incoming("text.txt"));
    EXPECT_NE(err().find("missing.jpg: No such file or directory"), std::string::npos) << err();
    EXPECT_NE(err().find("text.txt: is no image by its name"), std::string::npos) << err();
}

TEST_F(CtlSubmit, AFolderNeedsRecursive) {
    folder_.write("album/1.jpg", "image");
    EXPECT_EQ(submit({folder_.path("album")}), 1);
    EXPECT_NE(err().find("--recursive"), std::string::npos);
    EXPECT_EQ(entries(), 0U);
}

TEST_F(CtlSubmit, AFolderKeepsItsNameAndItsTree) {
    folder_.write("album/1.jpg", "one");
    folder_.write("album/inner/2.PNG", "two");
    folder_.write("album/notes.txt", "text");
    folder_.write("album/.hidden.jpg", "hidden");
    std::filesystem::create_symlink("1.jpg", folder_.path("album/link.jpg"));
    for (const char* spelling : {"album", "album/"}) {
        std::filesystem::remove_all(folder_.path("spool/incoming/album"));
        EXPECT_EQ(submit({"--recursive", folder_.path(spelling)}), 0) << err();
        EXPECT_EQ(incoming("album/1.jpg"), "one");
        EXPECT_EQ(incoming("album/inner/2.PNG"), "two");
        EXPECT_FALSE(in_incoming("album/notes.txt"));
        EXPECT_FALSE(in_incoming("album/link.jpg"));
        EXPECT_NE(err().find("skipped 3"), std::string::npos) << err();
    }
}

TEST_F(CtlSubmit, ASymlinkIsCopiedAsItsFileButNeitherMovedNorLinked) {
    folder_.write("real.jpg", "image");
    std::filesystem::create_symlink("real.jpg", folder_.path("link.jpg"));
    EXPECT_EQ(submit({"--move", folder_.path("link.jpg")}), 1);
    EXPECT_EQ(submit({"--link", folder_.path("link.jpg")}), 1);
    EXPECT_NE(err().find("symbolic link"), std::string::npos);
    EXPECT_EQ(submit({folder_.path("link.jpg")}), 0);
    EXPECT_TRUE(std::filesystem::is_regular_file(
        std::filesystem::symlink_status(folder_.path("spool/incoming/link.jpg"))));
}

TEST_F(CtlSubmit, AMissingSpoolIsNamed) {
    std::filesystem::remove_all(folder_.path("spool"));
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({folder_.path("me.jpg")}), 1);
    EXPECT_NE(err().find("spool/incoming"), std::string::npos) << err();
}

TEST_F(CtlSubmit, WithASupervisorAsksForTheIdsOfWhatItPutThere) {
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        return answer(command, arguments, folder_.path("spool"));
    });
    const long long before = unix_milliseconds_now();
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({folder_.path("me.jpg"), "--json"}), 0);
    EXPECT_EQ(document(), (nlohmann::json{{{"path", "me.jpg"}, {"id", "id-of-me.jpg"}}}));
    const auto asked = fake.requests().at(1);
    EXPECT_EQ(asked.command, "submitted");
    EXPECT_EQ(asked.arguments["paths"], (nlohmann::json{{{"path", "me.jpg"}}}));
    EXPECT_GE(asked.arguments["since_ms"], before);
}

TEST_F(CtlSubmit, TheRunningServicesOwnSpoolIsUsed) {
    std::filesystem::create_directories(folder_.path("other/incoming"));
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        return answer(command, arguments, folder_.path("other"));
    });
    folder_.write("me.jpg", "image");
    EXPECT_EQ(ctl({"submit", folder_.path("me.jpg")}), 0) << err();
    EXPECT_TRUE(folder_.exists("other/incoming/me.jpg"));
    EXPECT_EQ(out(), "id-of-me.jpg  me.jpg\n");
}

TEST_F(CtlSubmit, ManyPathsAreAskedForInPieces) {
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        return answer(command, arguments, folder_.path("spool"));
    });
    for (int i = 0; i < 230; ++i) {
        folder_.write("album/" + std::to_string(i) + ".jpg", "image");
    }
    EXPECT_EQ(submit({"-r", folder_.path("album"), "--json"}), 0);
    EXPECT_EQ(document().size(), 230U);
    for (const nlohmann::json& one : document()) {
        EXPECT_EQ(one["id"], "id-of-" + one["path"].get<std::string>());
    }
    EXPECT_EQ(fake.requests().size(), 1U + 3U);
}

TEST_F(CtlSubmit, WhatIsNotClaimedHasNoIdAndThatIsNoFailure) {
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        nlohmann::json reply = *answer(command, arguments, folder_.path("spool"));
        if (command == "submitted") {
            reply["result"][0]["id"] = nullptr;  // intake is closed
        }
        return reply;
    });
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({folder_.path("me.jpg"), "--json"}), 0);
    EXPECT_EQ(document()[0]["id"], nullptr);
}

TEST_F(CtlSubmit, NamesThatAreNotUtf8TravelAsBytes) {
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        return answer(command, arguments, folder_.path("spool"));
    });
    folder_.write("x\xFF.jpg", "image");
    EXPECT_EQ(submit({folder_.path("x\xFF.jpg"), "--json"}), 0) << err();
    EXPECT_EQ(fake.requests().at(1).arguments["paths"][0]["path_bytes"], base64("x\xFF.jpg"));
    EXPECT_EQ(document()[0]["path_bytes"], base64("x\xFF.jpg"));
    EXPECT_TRUE(in_incoming("x\xFF.jpg"));
}

TEST_F(CtlSubmit, WaitEndsAsTheTasksDo) {
    std::string state = "done";
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        nlohmann::json reply = *answer(command, arguments, folder_.path("spool"));
        if (command == "wait") {
            reply["result"]["tasks"][0]["state"] = state;
        }
        return reply;
    });
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({"--wait", folder_.path("me.jpg")}), 0);
    EXPECT_EQ(out(), "1 done, 0 failed, 0 quarantined\n");
    std::filesystem::remove(folder_.path("spool/incoming/me.jpg"));
    state = "failed";
    EXPECT_EQ(submit({"--wait", "--json", folder_.path("me.jpg")}), 1);
    ASSERT_EQ(document().size(), 1U) << out();
    EXPECT_EQ(document()[0]["path"], "me.jpg");
    EXPECT_TRUE(document()[0]["id"].is_string());
    EXPECT_EQ(document()[0]["state"], "failed");
}

TEST_F(CtlSubmit, WaitWithoutASupervisorEndsWithThreeAfterSubmitting) {
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({"--wait", folder_.path("me.jpg")}), 3);
    EXPECT_TRUE(in_incoming("me.jpg"));
}

TEST_F(CtlSubmit, WaitEndsWithFourIfTheFileIsNeverClaimed) {
    const FakeSupervisor fake(socket_, [&](const auto& command, const auto& arguments) {
        nlohmann::json reply = *answer(command, arguments, folder_.path("spool"));
        if (command == "submitted") {
            reply["result"][0]["id"] = nullptr;
        }
        return reply;
    });
    folder_.write("me.jpg", "image");
    EXPECT_EQ(submit({"--wait", "--timeout", "0.3", folder_.path("me.jpg")}), 4);
}

}  // namespace
}  // namespace hrn::ctl
