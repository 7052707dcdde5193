// What the fuzz targets share: values drawn from the fuzzer's bytes, files in memory, and checks.
#pragma once

#include <tenon/io.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

namespace fuzz {

/// Ends the program if a property does not hold: libFuzzer then keeps the bytes that led there.
inline void check(bool holds, std::string_view what, std::string_view seen = "") {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(seen.size()), seen.data());
    std::abort();
}

/// Values drawn from the front of the fuzzer's bytes; zeros after the last.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    bool empty() const { return left_.empty(); }

    template <class T> T draw() {
        T value{};
        const std::size_t size = std::min(sizeof(T), left_.size());
        std::memcpy(&value, left_.data(), size);
        left_ = left_.subspan(size);
        return value;
    }
    std::size_t below(std::size_t end) { return draw<std::uint8_t>() % end; }
    bool flag() { return below(2) == 1; }

    std::string text(std::size_t size) {
        size = std::min(size, left_.size());
        const std::string out(reinterpret_cast<const char*>(left_.data()), size);
        left_ = left_.subspan(size);
        return out;
    }
    std::string rest() { return text(left_.size()); }

private:
    std::span<const std::uint8_t> left_;
};

/// A file in memory. Readers take its path.
class File {
public:
    explicit File(std::string_view bytes) : file_(memfd_create("fuzz", 0)) {
        check(write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
              "a file in memory can be written");
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { close(file_); }

    std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

inline bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

/// What read() gives. Nothing if it throws Error, whose message must be one line that names one of the files.
template <class Read>
auto read_or_refuse(Read read, std::initializer_list<std::string> paths) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const tenon::Error& error) {
        const std::string_view message = error.what();
        check(std::ranges::any_of(paths, [&](const std::string& path) { return message.starts_with(path); }),
              "a message begins with the file's name", message);
        check(std::ranges::none_of(message, is_control), "a message is one line", message);
        check(message.size() < 4096, "a message is short", message);
        return std::nullopt;
    }
}

/// Sizes agree, numbers are finite, and targets over classes are one-hot.
inline void check_dataset(const tenon::Dataset& data) {
    check(data.input_width > 0 && data.target_width > 0, "there are inputs and targets");
    check(data.size() > 0, "there are rows");
    check(data.inputs.size() == data.size() * data.input_width, "inputs are whole rows");
    check(data.targets.size() == data.size() * data.target_width, "there is a target for each row");
    for (std::size_t i = 0; i < data.inputs.size(); ++i)
        check(std::isfinite(data.inputs[i]), "inputs are finite");
    for (std::size_t i = 0; i < data.targets.size(); ++i)
        check(std::isfinite(data.targets[i]), "targets are finite");
    if (data.classes.empty()) return;
    check(data.classes.size() == data.target_width, "each class has a column");
    for (std::size_t row = 0; row < data.size(); ++row) {
        const auto target = data.target(row);
        check(std::ranges::count(target, 1) == 1 &&
                  std::ranges::count(target, 0) + 1 == static_cast<std::ptrdiff_t>(target.size()),
              "a row is of one class");
    }
}

/// What programs do with a Dataset after they have read it.
inline void use_dataset(tenon::Dataset data, std::uint64_t seed) {
    data.shuffle(seed);
    auto [train, test] = data.split(0.5);
    check(train.size() + test.size() == data.size(), "a split keeps all rows");
    check_dataset(data);
    const tenon::Standardize scale{data};
    scale(data);
    check_dataset(data);
}

} // namespace fuzz
