// read_csv without options: separators, headers, targets and classes, and what it refuses.
#include "csv_text.hpp"

#include <clocale>
#include <cmath>
#include <cstddef>
#include <limits>
#include <locale>
#include <numeric>
#include <string>
#include <string_view>

using tenon::CsvHeader;
using tenon::CsvMissing;
using tenon::CsvOptions;
using tenon::CsvTarget;
using tenon::CsvWords;
using tenon::Dataset;
using tenon::read_csv;

TEST_CASE("the last column of a CSV file is the target") {
    const Dataset data = read("1,2,3\n4.5,-.5,+6e1\n");
    CHECK(data.size() == 2);
    CHECK(data.input_width == 2);
    CHECK(data.target_width == 1);
    CHECK(data.inputs == Numbers{1, 2, 4.5, -.5});
    CHECK(data.targets == Numbers{3, 60});
    CHECK(data.classes.empty());
    CHECK(data.input(1)[0] == 4.5);
    CHECK(data.target(1)[0] == 60);
}

TEST_CASE("line ends, blank lines, blanks, a byte order mark and a missing last line end do not matter") {
    const Numbers inputs{1, 2, 4, 5};
    for (const char* text :
         {"1,2,3\r\n4,5,6\r\n", "1,2,3\r4,5,6", "\n\n1,2,3\n \t\n\r\n4,5,6\n\n", " 1 ,\t2, 3 \n4,5,6",
          "\xef\xbb\xbf"
          "1,2,3\n4,5,6\n",
          "\"1\",2,3\n4, \"5\" ,6"}) {
        INFO(text);
        CHECK(read(text).inputs == inputs);
        CHECK(read(text).targets == Numbers{3, 6});
    }
}

TEST_CASE("separators may be chosen, and a blank stands for any run of blanks") {
    CHECK(read("1;2;3\n4;5;6", {.separator = ';'}).inputs == Numbers{1, 2, 4, 5});
    CHECK(read("1\t2\t 3\n4\t5\t6", {.separator = '\t'}).inputs == Numbers{1, 2, 4, 5});
    CHECK(read("  1  2 \t3  \n\n4 5 6\n   ", {.separator = ' '}).inputs == Numbers{1, 2, 4, 5});
}

TEST_CASE("Excel's first line sep=; sets the separator") {
    for (const char* text :
         {"sep=;\n1;2;3\n4;5;6\n", "SEP=;\r\n1;2;3\r\n4;5;6", "\xef\xbb\xbfsep=;\n1;2;3\n4;5;6"})
        CHECK(read(text).inputs == Numbers{1, 2, 4, 5});
    CHECK(read("sep=\t\na\tb\n1\t2", {.separator = ';'}).inputs == Numbers{1});
    CHECK(
        error_of("sep=;\n1;2\n3;x") ==
        ", line 3, column 2: wanted a finite number, found \"x\" (.markers if it stands for a missing value, "
        ".target = CsvTarget::category for classes)");
    CHECK(error_of("sep=;") == ": wanted at least one row, found an empty file");
}

TEST_CASE("the message about a wrong separator names one that gives more columns") {
    const std::string wanted = ", line 1: wanted inputs beside the targets, found one column";
    CHECK(error_of("1;2;3\n4;5;6") == wanted + " (.separator = ';' would give more)");
    CHECK(error_of("1\t2\t3\n4\t5\t6") == wanted + " (.separator = '\\t' would give more)");
    CHECK(error_of("1|2\n") == wanted + " (.separator = '|' would give more)");
    CHECK(error_of("1 2 3\n") == wanted + " (.separator = ' ' would give more)");
    CHECK(error_of("1,2\n", {.separator = ';'}) == wanted + " (.separator = ',' would give more)");
    CHECK(error_of("1\n2\n") == wanted);
    CHECK(error_of("a;b\n1,5;2\n").find(".separator = ';'") != std::string::npos);
    CHECK(error_of("1,2;3,4\n5,6;7,8\n") == ", line 1, column 2: wanted a finite number, found \"2;3\" "
                                            "(.separator = ';' if that is the separator; "
                                            ".header = CsvHeader::yes if this line has names)");
    CHECK(error_of("1\t\t3", {.separator = '\t'})
              .starts_with(", line 1, column 2: wanted a value, found the marker"));
}

TEST_CASE("a header is words, one of them above a number") {
    CHECK(read("a,b,c\n1,2,3").inputs == Numbers{1, 2});
    CHECK(read(",b,c\n1,2,3").inputs == Numbers{1, 2});
    CHECK(read("a,b,c\n1,2,3").input_names == Names{"a", "b"});
    CHECK(read(",b,c\n1,2,3").input_names == Names{"column 1", "b"});
    CHECK(read("1,2,3\n4,5,6", {.header = CsvHeader::yes}).inputs == Numbers{4, 5});
    CHECK(read("a,b\nx,y\nx,1\n", {.target = CsvTarget::category, .words = CsvWords::one_hot}).size() == 2);
    CHECK(error_of("a,b,c\n1,2,3", {.header = CsvHeader::no})
              .starts_with(", line 1, column 1: wanted a finite number, found \"a\""));
    CHECK(error_of("x1,2,3\n4,5,6") ==
          ", line 1, column 1: wanted a finite number, found \"x1\" (.words = CsvWords::one_hot or "
          "CsvWords::number for words, .ignore = {0} leaves the column out; .header = CsvHeader::yes if this "
          "line "
          "has names)");
}

TEST_CASE("a first row of data is never read as a header") {
    // years as names are data, too, without the option
    CHECK(read("0,1,2\n5.5,6.5,7.5\n").size() == 2);
    CHECK(read("1e-400,1e-330\n1,2\n3,4\n").inputs == Numbers{0, 1, 3});
    for (const char* marker : {"?", "NA", "N/A", "nan", "NaN", "null"}) {
        INFO(marker);
        const std::string text = std::string{marker} + ',' + marker + ",a\n1,2,b\n3,4,a\n";
        CHECK(error_of(text).starts_with(
            ", line 1, column 1: wanted a value, found the marker of a missing value, \""));
        CHECK(read(text, {.missing = CsvMissing::drop}).inputs == Numbers{1, 2, 3, 4});
        CHECK(read(text, {.missing = CsvMissing::drop}).dropped_rows == 1);
    }
    CHECK(
        error_of("inf,1e999\n1,2").starts_with(", line 1, column 1: wanted a finite number, found \"inf\""));
    // words that occur again in their own column
    CHECK(read("x,y\nz,w\nx,w\n", {.words = CsvWords::one_hot}).inputs == Numbers{1, 0, 0, 1, 1, 0});
    CHECK(error_of(",,a\n1,2,a").starts_with(", line 1, column 1: wanted a value"));
}

TEST_CASE("a first line that may be a header or a row is refused without the option") {
    const std::string message =
        ", line 1: wanted a header or a row of data, found words, and no line of numbers "
        "below (.header = CsvHeader::yes or CsvHeader::no)";
    CHECK(error_of("a,b\nc,d\n") == message);
    CHECK(error_of(",,a\n1,2,b\n3,4,c\n") == message);
    CHECK(read("a,b\nc,d\n", {.header = CsvHeader::yes, .words = CsvWords::one_hot}).size() == 1);
    CHECK(read("a,b\nc,d\n", {.header = CsvHeader::no, .words = CsvWords::one_hot}).size() == 2);
}

TEST_CASE("words as targets become classes, sorted, one-hot") {
    const Dataset data = read("1,pear\n2,apple\n3,\"a \"\"b\"\", c\"\n4,apple\n");
    CHECK(data.classes == Names{"a \"b\", c", "apple", "pear"});
    CHECK(data.target_width == 3);
    CHECK(data.targets == Numbers{0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("numbers are classes if the option says so, in the order of their values") {
    const Dataset data = read("1,10\n2,9\n3,x\n4,-1", {.target = CsvTarget::category});
    CHECK(data.classes == Names{"-1", "9", "10", "x"});
    CHECK(data.targets == Numbers{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0});
}

TEST_CASE("a test file is read with the classes of its training file") {
    const Dataset data = read("1,b", {.classes = {"c", "b", "a"}});
    CHECK(data.classes == Names{"c", "b", "a"});
    CHECK(data.targets == Numbers{0, 1, 0});
    CHECK(read("1,2\n2,3", {.classes = {"3", "2"}}).targets == Numbers{0, 1, 1, 0});
    CHECK(error_of("1,b\n2,d", {.classes = {"b", "a"}}) ==
          ", line 2, column 2: wanted one of the given classes, found \"d\" (.classes lists them)");
    CHECK(error_of("1,b", {.classes = {"b", "a", "b"}}) ==
          ", .classes: wanted each name once, found \"b\" twice");
    CHECK(error_of("1,2", {.target = CsvTarget::number, .classes = {"1"}}) ==
          ": wanted no .classes for CsvTarget::number, found 1");
}

TEST_CASE("a target that is neither all numbers nor all words is refused") {
    CHECK(error_of("1,2\n3,4x")
              .starts_with(", line 2, column 2: wanted a finite number, found \"4x\" (.markers"));
    CHECK(error_of("1,a\n3,4") == ", line 2, column 2: wanted the name of a class, found \"4\" (.target = "
                                  "CsvTarget::category accepts numbers as names)");
    CHECK(error_of("1,a\n3,b", {.target = CsvTarget::number})
              .starts_with(", line 1, column 2: wanted a finite number, found \"a\""));
    CHECK(error_of("1,2,a", {.targets = {1, 2}, .target = CsvTarget::category}) ==
          ": wanted one target column with classes, found 2");
    CHECK(error_of("1,2,3\n1,2,a", {.targets = {1, 2}}) ==
          ", line 2, column 3: wanted a finite number, found \"a\" (classes must be the only target)");
    CHECK(
        error_of("1,1e400\n3,b").starts_with(", line 1, column 2: wanted a finite number, found \"1e400\""));
}

TEST_CASE("markers of missing values never become classes") {
    for (const char* marker :
         {"", "?", "NA", "na", "N/A", "#N/A", "nan", "NaN", "-nan", "null", "NULL", "."}) {
        const std::string text = std::string{"1,a\n2,"} + marker + "\n3,b\n";
        INFO(text);
        const std::string found = *marker ? '"' + std::string{marker} + '"' : "nothing";
        CHECK(error_of(text) == ", line 2, column 2: wanted a value, found the marker of a missing value, " +
                                    found + " (.missing = CsvMissing::drop leaves such rows out)");
        CHECK(read(text, {.missing = CsvMissing::drop}).classes == Names{"a", "b"});
        CHECK(error_of(text, {.target = CsvTarget::category})
                  .starts_with(", line 2, column 2: wanted a value"));
    }
    CHECK(read("1,NA\n2,?", {.header = CsvHeader::no, .markers = {""}}).classes == Names{"?", "NA"});
}

TEST_CASE("words of which most occur once are classes only if the option says so") {
    std::string text;
    for (char name = 'a'; name < 'm'; ++name) text += std::string{"1,"} + name + '\n';
    CHECK(error_of(text) ==
          ", column 2: wanted classes that have more than one row each, found 12 different words "
          "in 12 rows (.targets chooses another column, .target = CsvTarget::category accepts this)");
    CHECK(read(text, {.target = CsvTarget::category}).classes.size() == 12);
    for (int i = 0; i < 1001; ++i) text += "1,x" + std::to_string(i) + '\n';
    CHECK(error_of(text, {.target = CsvTarget::category})
              .starts_with(", line 1001, column 2: wanted at most 1000 different classes, found more"));
}

TEST_CASE("an empty CSV file and one with only a header are refused") {
    CHECK(error_of("") == ": wanted at least one row, found an empty file");
    CHECK(error_of("\n \n\r\n") == ": wanted at least one row, found an empty file");
    CHECK(error_of("a,b,c\n\n") == ": wanted at least one row after the header, found none");
}

TEST_CASE("ragged rows are refused with both numbers of columns") {
    CHECK(error_of("1,2,3\n\n4,5\n") == ", line 3: wanted 3 columns, found 2");
    CHECK(error_of("1,2,3\n4,5,6,\n") == ", line 2: wanted 3 columns, found 4");
    CHECK(error_of("a,b,c\n1,2\n") == ", line 2: wanted 3 columns, as the header has, found 2");
}

TEST_CASE("fields that are not finite numbers as a whole are refused with line and column") {
    for (const char* field : {"1.5abc", "abc", "inf", "-Infinity", "1e309", "1e999", "-1e400", "0x10", "1e",
                              "--1", "+-1", "1 2", "1.2.3", "-", "1_0", "1e99999999999999999999"}) {
        INFO(field);
        CHECK(error_of("1,2,3\r\n4," + std::string{field} + ",6\r\n")
                  .starts_with(", line 2, column 2: wanted a finite number, found \"" + std::string{field} +
                               "\" (."));
    }
    CHECK(error_of("1,2,3\n4,\x01\x7f,6\n")
              .starts_with(", line 2, column 2: wanted a finite number, found \"\\x01\\x7f\""));
    CHECK(error_of("1,2,3\n4," + std::string(100, 'a') + ",6\n")
              .starts_with(", line 2, column 2: wanted a finite number, found \"" + std::string(40, 'a') +
                           "\"..."));
    CHECK(error_of("a,b,c\n1,x,3")
              .starts_with(", line 2, column 2 (\"b\"): wanted a finite number, found \"x\" "));
    CHECK(error_of("\"x, y\",\"b\nb\",c\n1,x,3")
              .starts_with(", line 3, column 2 (\"b\\x0ab\"): wanted a finite number, found \"x\""));
}

TEST_CASE("numbers are doubles, and what is too small becomes 0 or subnormal") {
    const Dataset data =
        read("16777217,0.1,1700000001\n1e-320,-1e-400,1700000063\n4.9e-324,1e-99999999999999999999,0\n"
             "0.000000001e-300,1.7976931348623157e308,0\n");
    CHECK(data.inputs[0] == 16777217);
    CHECK(data.inputs[1] == 0.1);
    CHECK(data.targets[0] == 1700000001);
    CHECK(data.targets[1] == 1700000063);
    CHECK(data.inputs[2] == 1e-320);
    CHECK(data.inputs[3] == 0);
    CHECK(std::signbit(data.inputs[3]));
    CHECK(data.inputs[4] == std::numeric_limits<double>::denorm_min());
    CHECK(data.inputs[5] == 0);
    CHECK(data.inputs[6] == 1e-309);
    CHECK(data.inputs[7] == std::numeric_limits<double>::max());
    const std::string zeros(400, '0');
    CHECK(read("0." + zeros + "1,1" + "\n").inputs == Numbers{0});
    CHECK(read("0." + zeros + "1e401,1\n").inputs == Numbers{1});
    CHECK(error_of("1" + zeros + ",1\n").find("wanted a finite number") != std::string::npos);
}

TEST_CASE("broken quotes are refused") {
    CHECK(error_of("1,2\n\"3,4\n5,6") ==
          ", line 2, column 1: wanted a closing quote, found the end of the file");
    CHECK(error_of("1,2\n3,\"4\"x\n") ==
          ", line 2, column 2: wanted a separator after the closing quote, found \"x\"");
    CHECK(error_of("\"") == ", line 1, column 1: wanted a closing quote, found the end of the file");
}

TEST_CASE("CSV is read with a decimal point under a locale with a decimal comma") {
    struct Comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const std::locale before = std::locale::global(std::locale{std::locale::classic(), new Comma});
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8"))
        WARN("only the C++ locale was changed: no locale de_DE.UTF-8");
    const Dataset data = read("1234.5,0.25");
    const std::string message = error_of("1,2\n3,4,5");
    std::locale::global(before);
    std::setlocale(LC_ALL, "C");
    CHECK(data.inputs == Numbers{1234.5});
    CHECK(data.targets == Numbers{.25});
    CHECK(message == ", line 2: wanted 2 columns, found 3");
}

TEST_CASE("damaged CSV results in an Error or whole rows, never in a crash") {
    const Folder folder;
    const auto damage = [&](const std::string& text, const CsvOptions& options) {
        return check_damaged(folder, text, [&](const auto& path) { return read_csv(path, options); });
    };
    CHECK(damage("a,b,c\r\n1,2.5e1,\"x\"\n-3,\"4\",y\n", {}) > 100);
    CHECK(damage("1,2.5e1,3\n\n-3,4,5", {}) > 100);
    CHECK(damage(" 1 2.5e1  \"3\"\n-3 4 5", {.separator = ' ', .target = CsvTarget::category}) > 100);
    CHECK(damage("sep=;\nid;b;c\n1;x;3\n\"2\";;5\n3;\"\"\"y\";1e400",
                 {.ignore = {"id"}, .words = CsvWords::one_hot, .missing = CsvMissing::mean}) > 100);
    CHECK(damage(
              "x y\n\"1\" a 3\n\"2\" b NA\n",
              {.separator = ' ', .row_names = true, .words = CsvWords::number, .missing = CsvMissing::drop}) >
          50);
}

TEST_CASE("real tables are read") {
    struct Table {
        const char* name;
        std::size_t rows, inputs, classes;
        CsvTarget target = CsvTarget::detect;
    };
    for (const Table& table :
         {Table{"tabular/iris.csv", 150, 4, 3}, Table{"tabular/sonar.csv", 208, 60, 2},
          Table{"tabular/ionosphere.csv", 351, 34, 2}, Table{"tabular/housing.csv", 506, 13, 0},
          Table{"tabular/winequality-red.csv", 1599, 11, 6, CsvTarget::category},
          Table{"tabular/wine.csv", 178, 13, 3, CsvTarget::category},
          Table{"tabular/wheat-seeds.csv", 210, 7, 3, CsvTarget::category},
          Table{"tabular/pima-indians-diabetes.csv", 768, 8, 2, CsvTarget::category},
          Table{"tabular/banknote_authentication.csv", 1372, 4, 2, CsvTarget::category},
          Table{"optdigits/optdigits.tra", 3823, 64, 10, CsvTarget::category},
          Table{"optdigits/optdigits.tes", 1797, 64, 10, CsvTarget::category}}) {
        INFO(table.name);
        const auto path = real_data(table.name);
        if (path.empty()) continue;
        const Dataset data = read_csv(path, {.target = table.target});
        CHECK(is_consistent(data));
        CHECK(data.size() == table.rows);
        CHECK(data.input_width == table.inputs);
        CHECK(data.classes.size() == table.classes);
        CHECK(data.target_width == (table.classes ? table.classes : 1));
        if (table.classes)
            CHECK(std::accumulate(data.targets.begin(), data.targets.end(), 0.0) ==
                  static_cast<double>(table.rows));
    }
}
