// read_idx: images and labels, plain and gzip, whole and damaged.
#include <tenon/data/idx.hpp>

#include "io_files.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#if __has_include(<zlib.h>)
#include <zlib.h>
#endif

using tenon::Dataset;
using tenon::read_idx;
using namespace std::string_literals;
using Numbers = std::vector<double>;

namespace {

std::string big_endian(std::uint32_t value) {
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xff);
    return out;
}

const std::string images =
    "\0\0\x08\x03"s + big_endian(3) + big_endian(1) + big_endian(2) + "\x00\xff\x33\x66\x99\xcc"s;
const std::string labels = "\0\0\x08\x01"s + big_endian(3) + "\x02\x00\x01"s;

#if __has_include(<zlib.h>)
std::string gzip(std::string bytes) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(bytes.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}
#endif

/// The message, without the folder's name.
std::string error_of(const std::string& image_bytes, const std::string& label_bytes,
                     std::size_t classes = 0) {
    const Folder folder;
    const auto i = folder.write("images", image_bytes), l = folder.write("labels", label_bytes);
    std::string message = message_of([&] { read_idx(i, l, classes); });
    const std::string prefix = folder.path().string() + "/";
    for (auto at = message.find(prefix); at != message.npos; at = message.find(prefix))
        message.erase(at, prefix.size());
    return message;
}

} // namespace

TEST_CASE("IDX images are read as pixels from 0 to 1, and labels as one-hot rows") {
    const Folder folder;
    const Dataset data = read_idx(folder.write("i", images), folder.write("l", labels));
    CHECK(data.size() == 3);
    CHECK(data.input_width == 2);
    CHECK(data.inputs == Numbers{0, 1, 51 / 255., 102 / 255., 153 / 255., 204 / 255.});
    CHECK(data.target_width == 3);
    CHECK(data.targets == Numbers{0, 0, 1, 1, 0, 0, 0, 1, 0});
    CHECK(data.classes == std::vector<std::string>{"0", "1", "2"});
    CHECK(data.source == (folder.path() / "i").string());
    CHECK(read_idx(folder.path() / "i", folder.path() / "l", 5).target_width == 5);
}

TEST_CASE("the message about an IDX file of another type names both types") {
    const std::string wanted = "images: wanted unsigned bytes, rank 3, found ";
    CHECK(error_of(labels, images) == wanted + "unsigned bytes, rank 1");
    CHECK(error_of(images, images) == "labels: wanted unsigned bytes, rank 1, found unsigned bytes, rank 3");
    CHECK(error_of("\0\0\x0d\x03"s + images.substr(4), labels) == wanted + "float, rank 3");
    CHECK(error_of("\0\0\x08\x04"s + images.substr(4), labels) == wanted + "unsigned bytes, rank 4");
    CHECK(error_of(images, "\0\0\x0c\x02"s + labels.substr(4)) ==
          "labels: wanted unsigned bytes, rank 1, found 32-bit integers, rank 2");
    CHECK(error_of("\0\0\x0e\x01"s + images.substr(4), labels) == wanted + "double, rank 1");
    CHECK(error_of("P5 28 28", labels) == wanted + "no IDX file (it begins with \"P5 2\")");
    CHECK(error_of("\0\0\x0a\x03"s + images.substr(4), labels) ==
          wanted + "no IDX file (it begins with \"\\x00\\x00\\x0a\\x03\")");
}

TEST_CASE("IDX files that are too short or too long are refused with both sizes") {
    CHECK(error_of("", labels) == "images: wanted an IDX header of 16 bytes, found 0");
    CHECK(error_of(images.substr(0, 15), labels) == "images: wanted an IDX header of 16 bytes, found 15");
    CHECK(error_of(images.substr(0, 21), labels) ==
          "images: wanted 3 x 1 x 2 bytes after the header, found 5");
    CHECK(error_of(images.substr(0, 16), labels) ==
          "images: wanted 3 x 1 x 2 bytes after the header, found 0");
    CHECK(error_of(images + "x", labels) == "images: wanted 3 x 1 x 2 bytes after the header, found more");
    CHECK(error_of(images, labels + "x") == "labels: wanted 3 bytes after the header, found more");
}

TEST_CASE("sizes in an IDX header allocate nothing before the values are read") {
    const std::string magic = "\0\0\x08\x03"s, most = big_endian(0xffffffff);
    CHECK(error_of(magic + big_endian(3) + most + most + "x", labels) ==
          "images: wanted 3 x 4294967295 x 4294967295 bytes after the header, found 1");
    // 4 x 2^31 x 2^31 would be 0 in 64 bits
    CHECK(error_of(magic + big_endian(4) + big_endian(0x80000000) + big_endian(0x80000000),
                   "\0\0\x08\x01"s + big_endian(4) + "\0\0\0\0"s) ==
          "images: wanted 4 x 2147483648 x 2147483648 bytes after the header, found 0");
    CHECK(error_of(magic + most + most + big_endian(0), labels) ==
          "images: wanted at least one value, found 4294967295 x 4294967295 x 0");
    CHECK(error_of(images, "\0\0\x08\x01"s + big_endian(0)) == "labels: wanted at least one value, found 0");
}

TEST_CASE("there must be as many labels as images, each below the number of classes") {
    CHECK(error_of(images, "\0\0\x08\x01"s + big_endian(2) + "\1\2") ==
          "labels: wanted 3 labels (as many as images in images), found 2");
    CHECK(error_of(images, labels, 2) == "labels, label 0: wanted a class from 0 to 1, found 2");
    CHECK(error_of(images, labels, 257) ==
          "labels: wanted at most 256 classes, since a label is one byte, found 257");
    CHECK(error_of(images, labels, static_cast<std::size_t>(-1))
              .starts_with("labels: wanted at most 256 classes"));
}

TEST_CASE("a missing IDX file is named") {
    const Folder folder;
    CHECK(message_of([&] { read_idx(folder.write("i", images), folder.path() / "l"); }) ==
          (folder.path() / "l").string() +
              ": wanted a file that can be read, found No such file or directory");
}

TEST_CASE("damaged IDX files result in an Error or whole rows, never in a crash") {
    const Folder folder;
    const auto good_images = folder.write("images", images), good_labels = folder.write("labels", labels);
    CHECK(check_damaged(folder, images, [&](const auto& path) { return read_idx(path, good_labels); }) > 500);
    CHECK(check_damaged(folder, labels, [&](const auto& path) { return read_idx(good_images, path); }) > 200);
}

#if __has_include(<zlib.h>)
TEST_CASE("gzip is detected by its content, not by the file's name") {
    const Folder folder;
    const Dataset plain = read_idx(folder.write("i.gz", images), folder.write("l.gz", labels));
    const Dataset packed = read_idx(folder.write("i", gzip(images)), folder.write("l", gzip(labels)));
    CHECK(plain.inputs == packed.inputs);
    CHECK(plain.targets == packed.targets);
    const auto members = folder.write("two", gzip(images.substr(0, 9)) + gzip(images.substr(9)));
    CHECK(read_idx(members, folder.path() / "l").inputs == plain.inputs);
}

TEST_CASE("gzip data that unpacks to whole buffers is read to its end") {
    const Folder folder;
    for (const std::uint32_t size : {65535u, 65536u, 65537u, 131072u, 200000u}) {
        const std::string bytes = "\0\0\x08\x03"s + big_endian(1) + big_endian(1) + big_endian(size - 16) +
                                  std::string(size - 16, '\7');
        const Dataset data = read_idx(folder.write("i", gzip(bytes)),
                                      folder.write("l", "\0\0\x08\x01"s + big_endian(1) + "\0"s));
        CHECK((data.inputs == Numbers(size - 16, 7 / 255.))); // in brackets: Catch does not print it
    }
}

TEST_CASE("zeros after a gzip member are padding") {
    const std::string zeros(70000, '\0');
    const Folder folder;
    const auto packed_labels = folder.write("l", gzip(labels));
    for (const std::string& packed :
         {gzip(images) + zeros.substr(0, 512), gzip(images) + zeros, gzip(images) + gzip(""),
          gzip(images) + zeros + gzip(""),
          gzip(images.substr(0, 9)) + zeros.substr(0, 3) + gzip(images.substr(9)) + "\0"s})
        CHECK(read_idx(folder.write("i", packed), packed_labels).inputs == Numbers{0, 1, .2, .4, .6, .8});
    CHECK(error_of(gzip(images) + zeros + "garbage", labels) ==
          "images: wanted complete gzip data, found incorrect header check");
}

TEST_CASE("no more is unpacked than the header states") {
    // 500 MB of zeros in 0.5 MB: unpacked as a whole, they would exceed the limited address space
    const std::string million = gzip(std::string(1000000, '\0'));
    std::string bomb = gzip(images);
    for (int i = 0; i < 500; ++i) bomb += million;
    CHECK(error_of(bomb, labels) == "images: wanted 3 x 1 x 2 bytes after the header, found more");
    CHECK(error_of(images, gzip(labels) + bomb) == "labels: wanted 3 bytes after the header, found more");
    // the numbers of images and labels are compared before either is unpacked
    const std::string many = "\0\0\x08\x03"s + big_endian(500) + big_endian(1000) + big_endian(1000);
    CHECK(error_of(gzip(many) + bomb, labels) ==
          "labels: wanted 500 labels (as many as images in images), found 3");
}

TEST_CASE("broken gzip data is refused") {
    const std::string packed = gzip(images);
    CHECK(error_of(packed.substr(0, packed.size() - 1), labels) ==
          "images: wanted complete gzip data, found truncated data");
    CHECK(error_of(packed.substr(0, 2), labels) == "images: wanted complete gzip data, found truncated data");
    CHECK(error_of(packed + "garbage", labels) ==
          "images: wanted complete gzip data, found incorrect header check");
    std::string wrong_sum = packed;
    wrong_sum[wrong_sum.size() - 8] ^= 1;
    CHECK(error_of(wrong_sum, labels) == "images: wanted complete gzip data, found incorrect data check");
    const Folder folder;
    const auto good_labels = folder.write("labels", labels);
    CHECK(check_damaged(folder, packed, [&](const auto& path) { return read_idx(path, good_labels); }) >
          1000);
}

TEST_CASE("MNIST is read") {
    for (const auto& [set, rows] : {std::pair{"train", 60000u}, std::pair{"t10k", 10000u}}) {
        const auto path = real_data("mnist/"s + set + "-images-idx3-ubyte.gz");
        if (path.empty()) continue;
        const Dataset data = read_idx(path, real_data("mnist/"s + set + "-labels-idx1-ubyte.gz"));
        CHECK(is_consistent(data));
        CHECK(data.size() == rows);
        CHECK(data.input_width == 784);
        CHECK(data.target_width == 10);
        CHECK(std::accumulate(data.targets.begin(), data.targets.end(), 0u) == rows);
        // the mean pixel of MNIST's training images, as in every tutorial's Normalize((0.1307,),
        // (0.3081,))
        const double mean = std::accumulate(data.inputs.begin(), data.inputs.end(), 0.0) /
                            static_cast<double>(data.inputs.size());
        CHECK(mean == Approx(0.1307).margin(0.002));
    }
}
#else
TEST_CASE("without zlib gzip data is refused with the reason") {
    CHECK(error_of("\x1f\x8b\x08", labels) ==
          "images: wanted a plain file, since tenon was built without zlib, found gzip data");
}
#endif
