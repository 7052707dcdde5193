// read_csv under options drawn from the first bytes; the rest is the file.
#include "fuzz.hpp"

using namespace fuzz;

namespace {

/// A column by its number or its name.
tenon::CsvColumn column(Bytes& bytes) {
    const auto number = bytes.draw<std::int8_t>();
    if (number < 'a' || number > 'z') return number;
    return std::string{static_cast<char>(number)};
}

/// Lines that are not blank, in a text without quotes.
std::size_t count_lines(std::string_view text, char separator) {
    std::size_t lines = 0;
    for (bool blank = true; const char c : text) {
        const bool end = c == '\n' || c == '\r';
        const bool blanks = c == ' ' || (c == '\t' && separator != '\t');
        if (end) blank = true;
        else if (!blanks && blank) {
            blank = false;
            ++lines;
        }
    }
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{data, size};
    tenon::CsvOptions options;
    options.separator = ",; \t|"[bytes.below(5)];
    options.header =
        std::array{tenon::CsvHeader::detect, tenon::CsvHeader::yes, tenon::CsvHeader::no}[bytes.below(3)];
    options.target = std::array{tenon::CsvTarget::detect, tenon::CsvTarget::number,
                                tenon::CsvTarget::category}[bytes.below(3)];
    const std::size_t choice = bytes.below(8), kind = choice % 4;
    if (kind == 3) options.classes = {"a", "b"};
    if (kind > 0) options.targets.clear();
    for (std::size_t i = 0; i < (kind == 3 ? 1 : kind); ++i) options.targets.push_back(column(bytes));
    const std::size_t more = choice < 4 ? 0 : bytes.below(16); // bits
    if (more & 1) options.inputs = {column(bytes), column(bytes)};
    if (more & 2) options.ignore = {column(bytes)};
    options.row_names = more & 4;
    if (choice >= 4) {
        options.words = std::array{tenon::CsvWords::refuse, tenon::CsvWords::one_hot,
                                   tenon::CsvWords::number}[bytes.below(3)];
        options.missing =
            std::array{tenon::CsvMissing::refuse, tenon::CsvMissing::drop, tenon::CsvMissing::mean,
                       tenon::CsvMissing::mean_or_drop}[bytes.below(4)];
    }
    const std::string text = bytes.rest();
    const File file{text};

    const auto table = read_or_refuse([&] { return tenon::read_csv(file.path(), options); }, {file.path()});
    if (!table) return 0;
    check_dataset(*table);
    if (!options.classes.empty() && options.target != tenon::CsvTarget::number)
        check(table->classes == options.classes, "classes are those given");
    for (const std::string& name : table->classes) {
        check(!name.empty(), "a class has a name");
        check(std::ranges::count(table->classes, name) == 1, "a class has one column", name);
    }
    if (text.find('"') == text.npos && !text.starts_with("\xef\xbb\xbf")) {
        const std::size_t lines = count_lines(text, options.separator);
        const std::size_t most_before_rows = options.header == tenon::CsvHeader::no ? 0 : 1;
        const std::size_t excel = text.starts_with("sep="); // says what the separator is
        const std::size_t rows = table->size() + table->dropped_rows;
        check(rows <= lines && rows + most_before_rows + excel >= lines, "each line is a row");
    }
    use_dataset(*table, size);
    return 0;
}
