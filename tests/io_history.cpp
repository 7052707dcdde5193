// A history as CSV and as SVG curves; progress with metrics.
#include <tenon/show/history_csv.hpp>
#include <tenon/show/history_svg.hpp>
#include <tenon/show/progress.hpp>
#include <tenon/train/metrics.hpp>

#include "io_files.hpp"

#include <tenon/io/bytes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <locale>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace tenon;
using detail::read_bytes;
using Limits = std::numeric_limits<double>;

namespace {

/// A metric whose name needs quotes in CSV and an escape in SVG.
struct Odd {
    static constexpr const char* name = "a <b>, \"c\" & d";
    template <class T, std::size_t Outputs> struct State {};
    double value(const auto&) const { return 0; }
};

/// A decimal comma, as of a German locale.
struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
};

using OddEpoch = EpochWith<Accuracy, Odd>;
HistoryOf<OddEpoch> odd_history() {
    HistoryOf<OddEpoch> history;
    for (std::size_t n = 1; n <= 3; ++n) {
        OddEpoch epoch{};
        epoch.number = n;
        epoch.loss = 1 / static_cast<double>(n);
        epoch.metrics = {0.5, 1e-300 * static_cast<double>(n)};
        if (n > 1) epoch.validation_loss = 0.25;
        history.add(epoch);
    }
    return history;
}

/// Whether every element that is opened is closed, in order, and attributes are in quotes.
bool is_well_formed(const std::string& svg) {
    std::vector<std::string> open;
    for (std::size_t i = 0; (i = svg.find('<', i)) != std::string::npos;) {
        const std::size_t end = svg.find('>', i);
        if (end == std::string::npos) return false;
        const std::string tag = svg.substr(i + 1, end - i - 1);
        i = end;
        if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2) return false;
        if (tag.ends_with('/')) continue;
        if (!tag.starts_with('/')) open.push_back(tag.substr(0, tag.find_first_of(" \n")));
        else if (open.empty() || open.back() != tag.substr(1)) return false;
        else open.pop_back();
    }
    return open.empty() && svg.find("nan") == std::string::npos && svg.find("inf") == std::string::npos;
}

/// Whether all coordinates are within the picture.
bool is_within(const std::string& svg) {
    static const std::regex number{R"re( (x|y|x1|y1|x2|y2|cx|cy)="([^"]*)")re"},
        size{R"re(viewBox="0 0 (\S+) (\S+)")re"}, point{R"re([ML](\S+) ([^ML"]+))re"};
    std::smatch box;
    if (!std::regex_search(svg, box, size)) return false;
    const double width = std::stod(box[1]), height = std::stod(box[2]);
    for (std::sregex_iterator i{svg.begin(), svg.end(), number}, end; i != end; ++i) {
        const double value = std::stod((*i)[2]);
        if (!(value >= 0 && value <= ((*i)[1].str().find('x') != std::string::npos ? width : height)))
            return false;
    }
    for (std::sregex_iterator i{svg.begin(), svg.end(), point}, end; i != end; ++i) {
        const double x = std::stod((*i)[1]), y = std::stod((*i)[2]);
        if (!(x >= 0 && x <= width && y >= 0 && y <= height)) return false;
    }
    return true;
}

} // namespace

TEST_CASE("a history is written as CSV, whatever the locale") {
    const std::locale before = std::locale::global(std::locale{std::locale::classic(), new Comma});
    const Folder folder;
    write_history(odd_history(), folder.path() / "history.csv");
    History plain;
    plain.add({1, 2, 0.1, Limits::infinity(), 1e-3});
    write_history(plain, folder.path() / "plain.csv");
    std::locale::global(before);
    CHECK(read_bytes(folder.path() / "history.csv") ==
          "epoch,loss,validation_loss,learning_rate,accuracy,\"a <b>, \"\"c\"\" & d\"\n"
          "1,1,,,0.5,1e-300\n"
          "2,0.5,0.25,,0.5,2e-300\n"
          "3,0.3333333333333333,0.25,,0.5,3e-300\n");
    CHECK(read_bytes(folder.path() / "plain.csv") ==
          "epoch,loss,validation_loss,learning_rate\n1,0.1,inf,0.001\n");
    CHECK(message_of([&] {
              write_history(plain, folder.path() / "none" / "history.csv");
          }).find("wanted a file that can be written") != std::string::npos);
}

TEST_CASE("curves are well-formed SVG within the picture, for every pair of values") {
    const std::vector<double> values{0,
                                     1,
                                     std::nextafter(1., 2.),
                                     -1,
                                     1e-310,
                                     1e300,
                                     -1e300,
                                     Limits::max(),
                                     Limits::lowest(),
                                     Limits::infinity(),
                                     Limits::quiet_NaN(),
                                     0.5};
    for (const double a : values)
        for (const double b : values) {
            INFO(a << ' ' << b);
            HistoryOf<EpochWith<R2>> history;
            for (const double value : {a, b, a}) {
                EpochWith<R2> epoch{};
                epoch.number = history.epochs().size() + 1;
                epoch.loss = epoch.metrics[0] = epoch.learning_rate = value;
                history.add(epoch);
            }
            const std::string svg = detail::svg_of(detail::HistoryTable{history}, Theme::light);
            REQUIRE(is_well_formed(svg));
            REQUIRE(is_within(svg));
        }
}

TEST_CASE("curves have names, escaped, and the colours of both themes") {
    const Folder folder;
    const auto path = folder.path() / "curves.svg";
    write_curves(odd_history(), path);
    const std::string both = read_bytes(path);
    CHECK(is_well_formed(both));
    CHECK(is_within(both));
    CHECK(both.find("a &lt;b&gt;, \"c\" &amp; d</text>") != std::string::npos);
    for (const char* name : {">training<", ">validation<", ">accuracy<", ">best: epoch 2<"})
        CHECK(both.find(name) != std::string::npos);
    CHECK(both.find(">learning rate<") == std::string::npos); // unknown in this history
    CHECK(both.find("@media (prefers-color-scheme:dark)") != std::string::npos);
    write_curves(odd_history(), path, Theme::dark);
    const std::string dark = read_bytes(path);
    CHECK(dark.find("@media") == std::string::npos);
    CHECK(dark.find("#0d1117") != std::string::npos);
    CHECK(dark.find("#ffffff") == std::string::npos);
    write_curves(odd_history(), path, Theme::light);
    CHECK(read_bytes(path).find("#0d1117") == std::string::npos);
    write_curves(History{}, path);
    CHECK(read_bytes(path).find("no epochs") != std::string::npos);

    // Losses over more than a decade have a logarithmic axis, those over less a linear one.
    History wide, narrow;
    for (std::size_t n = 1; n <= 5; ++n) {
        wide.add({n, 5, std::pow(10., -static_cast<double>(n))});
        narrow.add({n, 5, 1 + static_cast<double>(n)});
    }
    CHECK(detail::svg_of(detail::HistoryTable{wide}, Theme::light).find("(logarithmic)") !=
          std::string::npos);
    CHECK(detail::svg_of(detail::HistoryTable{narrow}, Theme::light).find("(logarithmic)") ==
          std::string::npos);
}

TEST_CASE("names of curves that end at the same height do not overlap") {
    HistoryOf<EpochWith<Accuracy, F1, Recall, Precision>> history;
    for (std::size_t n = 1; n <= 2; ++n) {
        EpochWith<Accuracy, F1, Recall, Precision> epoch{};
        epoch.number = n;
        for (double& metric : epoch.metrics) metric = 0.25 * static_cast<double>(n);
        history.add(epoch);
    }
    const std::string svg = detail::svg_of(detail::HistoryTable{history}, Theme::light);
    static const std::regex name{R"re(class="name f\d" x="\S+" y="(\S+)"|class="f\d" x="\S+" y="(\S+)">)re"};
    std::vector<double> heights;
    for (std::sregex_iterator i{svg.begin(), svg.end(), name}, end; i != end; ++i)
        heights.push_back(std::stod((*i)[1].length() ? (*i)[1] : (*i)[2]));
    std::sort(heights.begin(), heights.end());
    REQUIRE(heights.size() == 4);
    for (std::size_t i = 1; i < 4; ++i) CHECK(heights[i] - heights[i - 1] >= 14.9);
}

TEST_CASE("progress shows metrics and the learning rate in plain lines where there is no terminal") {
    std::ostringstream out;
    {
        Progress progress{out};
        for (std::size_t n = 1; n <= 20; ++n) {
            EpochWith<Accuracy, Odd> epoch{};
            epoch.number = n;
            epoch.total = 20;
            epoch.loss = 0.5;
            epoch.learning_rate = 0.001;
            epoch.metrics = {0.875, 2};
            progress(epoch);
        }
    }
    const std::string text = out.str();
    CHECK(text.find(
              "epoch 20/20  loss 0.500, accuracy 0.875, a <b>, \"c\" & d 2.00, learning rate 0.00100, ") !=
          std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 12);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
}
