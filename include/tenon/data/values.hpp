// Values: the numbers of a Dataset, stored as doubles or as the bytes of images.
#pragma once

#include <tenon/version.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A sequence of doubles. Pixels are stored as bytes, as in the file, and are read as byte / 255: MNIST's
/// 60,000 images take 47 MB.
class Values {
public:
    Values() = default;
    Values(std::vector<double> numbers) : numbers_(std::move(numbers)) {}
    Values(std::initializer_list<double> numbers) : numbers_(numbers) {}

    static Values pixels(std::vector<std::uint8_t> bytes) {
        Values values;
        values.bytes_ = std::move(bytes);
        return values;
    }

    std::size_t size() const noexcept { return bytes_.empty() ? numbers_.size() : bytes_.size(); }
    bool empty() const noexcept { return size() == 0; }
    double operator[](std::size_t i) const noexcept { return as<double>(i); }

    /// Value i as a T, rounded once: a pixel of a float net is byte / 255.f.
    template <std::floating_point T> T as(std::size_t i) const noexcept {
        return bytes_.empty() ? static_cast<T>(numbers_[i]) : static_cast<T>(bytes_[i]) / static_cast<T>(255);
    }

    /// Mutable access to the numbers. Pixels become doubles, which take 8 times the memory.
    std::span<double> numbers() {
        if (!bytes_.empty()) {
            numbers_.reserve(bytes_.size());
            for (std::size_t i = 0; i < bytes_.size(); ++i) numbers_.push_back(as<double>(i));
            bytes_ = {};
        }
        return numbers_;
    }

    void push_back(double number) {
        numbers();
        numbers_.push_back(number);
    }

    /// A copy of `count` numbers from `first` on.
    Values slice(std::size_t first, std::size_t count) const {
        if (bytes_.empty()) return part(numbers_, first, count);
        return pixels(part(bytes_, first, count));
    }

    /// Swaps `count` numbers from `a` on with those from `b` on. The two ranges must not overlap.
    void swap(std::size_t a, std::size_t b, std::size_t count) {
        if (bytes_.empty()) swap_parts(numbers_, a, b, count);
        else swap_parts(bytes_, a, b, count);
    }

    struct Iterator {
        const Values* values;
        std::size_t at;
        double operator*() const noexcept { return (*values)[at]; }
        Iterator& operator++() noexcept {
            ++at;
            return *this;
        }
        bool operator==(const Iterator&) const = default;
    };
    Iterator begin() const noexcept { return {this, 0}; }
    Iterator end() const noexcept { return {this, size()}; }

    friend bool operator==(const Values& a, const Values& b) noexcept {
        bool same = a.size() == b.size();
        for (std::size_t i = 0; same && i < a.size(); ++i) same = !(a[i] < b[i]) && !(b[i] < a[i]);
        return same;
    }

private:
    template <class T>
    static std::vector<T> part(const std::vector<T>& all, std::size_t first, std::size_t count) {
        const auto values = std::span{all}.subspan(first, count);
        return {values.begin(), values.end()};
    }
    template <class T>
    static void swap_parts(std::vector<T>& all, std::size_t a, std::size_t b, std::size_t count) {
        const auto values = std::span{all};
        std::ranges::swap_ranges(values.subspan(a, count), values.subspan(b, count));
    }

    std::vector<double> numbers_;
    std::vector<std::uint8_t> bytes_; // if not empty, used instead of numbers_
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
