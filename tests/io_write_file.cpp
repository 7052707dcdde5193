// write_file: old files, links, modes, pipes and failures.
#include <tenon/io/bytes.hpp>
#include <tenon/io/write_file.hpp>

#include "io_files.hpp"

#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using tenon::detail::read_bytes;
using tenon::detail::write_file;

namespace {
std::size_t files_in(const Folder& folder) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : fs::directory_iterator{folder.path()}) ++count;
    return count;
}
constexpr auto all_may_read =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;
} // namespace

TEST_CASE("existing .part files do not change") {
    const Folder folder;
    const auto part = folder.write("net.hpp.part", "theirs");
    write_file(folder.path() / "net.hpp", "ours");
    CHECK(read_bytes(part) == "theirs");
    CHECK(read_bytes(folder.path() / "net.hpp") == "ours");
    CHECK(files_in(folder) == 2);
}

TEST_CASE("a symbolic link stays, and its target is replaced") {
    const Folder folder;
    fs::create_directory(folder.path() / "inner");
    const auto file = folder.write("inner/net.hpp", "old");
    const auto link = folder.path() / "link", second = folder.path() / "second";
    fs::create_symlink("inner/net.hpp", link);
    fs::create_symlink(link, second);
    write_file(second, "new");
    CHECK(read_bytes(file) == "new");
    CHECK(fs::is_symlink(link));
    CHECK(fs::is_symlink(second));
    CHECK(!fs::is_symlink(file));
    fs::create_symlink("nothing_yet", folder.path() / "dangling");
    write_file(folder.path() / "dangling", "made");
    CHECK(fs::is_symlink(folder.path() / "dangling"));
    CHECK(read_bytes(folder.path() / "nothing_yet") == "made");
    fs::create_symlink("loop", folder.path() / "loop");
    CHECK(message_of([&] {
              write_file(folder.path() / "loop", "x");
          }).find("loop: wanted a file that can be written") != std::string::npos);
    CHECK(fs::is_symlink(folder.path() / "loop"));
}

TEST_CASE("a file keeps its mode, and a new one has the usual one") {
    const Folder folder;
    const auto file = folder.write("net.hpp", "old");
    for (const auto mode : {fs::perms::owner_read | fs::perms::owner_write, all_may_read,
                            all_may_read | fs::perms::owner_exec}) {
        fs::permissions(file, mode);
        write_file(file, "new");
        CHECK(fs::status(file).permissions() == mode);
    }
    const auto usual = fs::status(folder.write("usual", "x")).permissions();
    write_file(folder.path() / "made", "x");
    CHECK(fs::status(folder.path() / "made").permissions() == usual);
}

TEST_CASE("a file without write permission does not change") {
    const Folder folder;
    const auto file = folder.write("net.hpp", "old");
    fs::permissions(file, fs::perms::owner_read);
    if (geteuid() == 0) {
        WARN("skipped: root may write everything");
        return;
    }
    CHECK(message_of([&] { write_file(file, "new"); }) ==
          file.string() + ": wanted a file that can be written, found Permission denied");
    CHECK(read_bytes(file) == "old");
}

TEST_CASE("devices and pipes are written to directly, folders are refused") {
    const Folder folder;
    write_file("/dev/null", "text");
    CHECK(fs::is_character_file("/dev/null"));
    const auto pipe = folder.path() / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = open(pipe.c_str(), O_RDWR);
    REQUIRE(reader >= 0);
    write_file(pipe, "through the pipe");
    char text[100];
    CHECK(std::string(text, static_cast<std::size_t>(read(reader, text, sizeof text))) == "through the pipe");
    close(reader);
    CHECK(fs::is_fifo(pipe));
    CHECK(message_of([&] { write_file(folder.path(), "text"); }) ==
          folder.path().string() + ": wanted a file that can be written, found Is a directory");
    CHECK(message_of([&] { write_file("/dev/full", "text"); }) ==
          "/dev/full: wanted a file that can be written, found No space left on device");
    CHECK(files_in(folder) == 1);
}

TEST_CASE("nothing is left beside a file that cannot be written") {
    const Folder folder;
    CHECK(message_of([&] { write_file(folder.path() / "none" / "net.hpp", "x"); }) ==
          (folder.path() / "none" / "net.hpp").string() +
              ": wanted a file that can be written, found No such file or directory");
    CHECK(files_in(folder) == 0);
}
