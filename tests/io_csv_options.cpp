// The options of read_csv: columns, words, categories, missing values.
#include "csv_text.hpp"

#include <string>

using tenon::CsvCategory;
using tenon::CsvHeader;
using tenon::CsvMissing;
using tenon::CsvOptions;
using tenon::CsvTarget;
using tenon::CsvWords;
using tenon::Dataset;

namespace {
const std::string people =
    "id,sex,age,day,pay\n1,m,30,2021-01-31,10\n2,f,50,2021-02-01,20\n3,m,40,2021-02-02,30\n";
} // namespace

TEST_CASE("targets may be any columns, by number from either end or by name") {
    const CsvOptions options{.targets = {2, 0}};
    CHECK(read("1,2,3\n4,5,6", options).inputs == Numbers{2, 5});
    CHECK(read("1,2,3\n4,5,6", options).targets == Numbers{3, 1, 6, 4});
    CHECK(read("1,2,3\n4,5,6", {.targets = {-3}}).inputs == Numbers{2, 3, 5, 6});
    CHECK(read("1,2,3\n4,5,6", {.targets = {}}).size() == 2);
    CHECK(read("a,b,c\n1,2,3\n4,5,6", {.targets = {"b"}}).targets == Numbers{2, 5});
    CHECK(read("a,b,c\n1,2,3\n4,5,6", {.targets = {"c", "a"}}).targets == Numbers{3, 1, 6, 4});
    CHECK(error_of("1,2,3", {.targets = {3}}) ==
          ", line 1: wanted the column 3 (from 0) of .targets, found 3 columns");
    CHECK(error_of("1,2,3", {.targets = {-4}}) ==
          ", line 1: wanted the column -4 (from 0) of .targets, found 3 columns");
    CHECK(error_of("1,2", {.targets = {0, 1}}) == ", line 1: wanted inputs beside the targets, found none");
    CHECK(error_of("1,2,3\n4,5,6", {.targets = {2, -1}}) ==
          ", line 1, column 3: wanted each column of .targets once, found it twice");
}

TEST_CASE("columns are ignored or chosen by name or number") {
    CHECK(read("a,b,c,d\n1,2,3,4", {.ignore = {"b"}}).inputs == Numbers{1, 3});
    CHECK(read("a,b,c,d\n1,2,3,4", {.ignore = {0, -2}}).inputs == Numbers{2});
    CHECK(read("a,b,c,d\n1,2,3,4", {.inputs = {"c", "a"}}).inputs == Numbers{3, 1});
    CHECK(read("a,b,c,d\n1,2,3,4", {.inputs = {"c", 0}}).input_names == Names{"c", "a"});
    CHECK(read("1,x,2,y,3", {.inputs = {0, 2}}).inputs == Numbers{1, 2});
    CHECK(error_of("a,b,c\n1,2,3", {.ignore = {"c"}}) ==
          ", line 1, column 3 (\"c\"): wanted either a target or ignored, found both");
    CHECK(error_of("a,b,c\n1,2,3", {.inputs = {"a"}, .ignore = {0}}) ==
          ", line 1, column 1 (\"a\"): wanted either an input or ignored, found both");
    CHECK(error_of("a,b,c\n1,2,3", {.inputs = {"c"}}) ==
          ", line 1, column 3 (\"c\"): wanted either an input or a target, found both");
    CHECK(error_of("a,b\n1,2", {.ignore = {"a"}}) ==
          ", line 2: wanted inputs beside the targets, found none");
}

TEST_CASE("a name that no column or that two columns have is refused") {
    CHECK(error_of("a,b,c\n1,2,3", {.ignore = {"x"}}) ==
          ", line 1: wanted one column with the name \"x\" of .ignore, found \"a\", \"b\", \"c\"");
    CHECK(error_of("a,b,a\n1,2,3", {.targets = {"a"}}) ==
          ", line 1: wanted one column with the name \"a\" of .targets, found two (by number: 0 and 2)");
    CHECK(error_of("1,2,3", {.targets = {"a"}}) ==
          ", line 1: wanted one column with the name \"a\" of .targets, "
          "found no header (.header = CsvHeader::yes if there is one)");
    CHECK(read("a,b,a\n1,2,3").inputs == Numbers{1, 2});
}

TEST_CASE("row names as R writes them are ignored") {
    const std::string text = "\"x\",\"y\",\"z\"\n\"1\",1.5,2.5,3\n\"two\",1,2,3\n";
    CHECK(error_of(text) ==
          ", line 2: wanted 3 columns, as the header has, found 4 (.row_names = true if the first "
          "column names the rows, as in R)");
    const Dataset data = read(text, {.row_names = true});
    CHECK(data.inputs == Numbers{1.5, 2.5, 1, 2});
    CHECK(data.input_names == Names{"x", "y"});
    CHECK(read(text, {.targets = {"x"}, .row_names = true}).targets == Numbers{1.5, 1});
    CHECK(read("\"\",\"x\",\"y\"\n\"a\",1,2\n", {.row_names = true}).inputs == Numbers{1});
    CHECK(error_of("a,b\n1,2,3,4", {.row_names = true}) ==
          ", line 2: wanted 2 columns, as the header has, found 4");
}

TEST_CASE("words among the inputs are refused, one-hot or numbers, as the option says") {
    const std::string text = "size,n,y\nL,1,1\nS,2,2\nM,3,3\nS,4,4\n";
    CHECK(error_of(text) ==
          ", line 2, column 1 (\"size\"): wanted a finite number, found \"L\" (.words = "
          "CsvWords::one_hot or CsvWords::number for words, .ignore = {\"size\"} leaves the column "
          "out)");
    const Dataset wide = read(text, {.words = CsvWords::one_hot});
    CHECK(wide.input_names == Names{"size=L", "size=M", "size=S", "n"});
    CHECK(wide.inputs == Numbers{1, 0, 0, 1, 0, 0, 1, 2, 0, 1, 0, 3, 0, 0, 1, 4});
    const Dataset sorted = read(text, {.words = CsvWords::number});
    CHECK(sorted.input_names == Names{"size", "n"});
    CHECK(sorted.inputs == Numbers{0, 1, 2, 2, 1, 3, 2, 4});
    const Dataset ordered = read(text, {.categories = {{"size", {"S", "M", "L"}, CsvWords::number}}});
    CHECK(ordered.inputs == Numbers{2, 1, 0, 2, 1, 3, 0, 4});
    CHECK(
        error_of(text, {.categories = {{"size", {"S", "M"}, CsvWords::number}}}) ==
        ", line 2, column 1 (\"size\"): wanted one of the given words, found \"L\" (.categories lists them)");
    CHECK(error_of(text, {.categories = {{"size", {"S", "S"}}}}) ==
          ", column 1 (\"size\"), .categories: wanted each name once, found \"S\" twice");
    CHECK(error_of(text, {.categories = {{"size"}, {0}}}) ==
          ", column 1 (\"size\"), .categories: wanted each column once, found it twice");
    CHECK(error_of(text, {.categories = {{"y"}}}) ==
          ", column 3 (\"y\"), .categories: wanted an input, found another column");
}

TEST_CASE("numbers are categories if the option names their column") {
    const Dataset data = read("10,1\n9,2\n10,3\n", {.categories = {{0}}});
    CHECK(data.input_names == Names{"column 1=9", "column 1=10"});
    CHECK(data.inputs == Numbers{0, 1, 1, 0, 0, 1});
}

TEST_CASE("a word in a column of numbers is an error, whatever the option for words") {
    CHECK(error_of("a,b\n1,2\nx,3\n", {.words = CsvWords::one_hot}) ==
          ", line 3, column 1 (\"a\"): wanted a finite number, found \"x\" (.markers if it stands for a "
          "missing "
          "value, .categories = {{\"a\"}} for categories)");
    std::string names = "n,y\n";
    for (int i = 0; i < 1001; ++i) names.append("x").append(std::to_string(i)).append(",1\n");
    CHECK(error_of(names, {.words = CsvWords::one_hot}) ==
          ", line 1002, column 1 (\"n\"): wanted at most 1000 different words, found more (.ignore = {\"n\"} "
          "leaves "
          "the column out)");
    CHECK(read(names, {.words = CsvWords::number}).input_width == 1);
}

TEST_CASE("dates are refused by name") {
    for (const char* date : {"2021-01-31", "2021-1-31 12:30:05", "2021-01-31T12:30Z", "31/1/2021",
                             "31.1.2021", "1/5/21", "2021-01", "2021/01/31", "12:30", "9:05:01", "Jan 1974",
                             "January-2005", "3 Mar 2021", "Jan-68", "01-Feb-2020", "12:30 PM"}) {
        INFO(date);
        const std::string text = "1," + std::string{date} + ",3\n";
        CHECK(
            error_of(text, {.words = CsvWords::one_hot}) ==
            ", line 1, column 2: wanted a finite number, found the date \"" + std::string{date} +
                "\" (.ignore = {1} leaves the column out; .header = CsvHeader::yes if this line has names)");
        CHECK(read(text, {.ignore = {1}}).inputs == Numbers{1});
        CHECK(error_of("1,2," + std::string{date} + "\n").find("found the date") != std::string::npos);
    }
    for (const char* word :
         {"45-54", "1-01", "750-67-8428", "may", "10+ years", "1.2.3", "A/5 21171", "192.168.1.1", "3 to 5",
          "1:2", "-", "T", "am", "16.10.3", ":2", "/5", "5:", "-1-"}) {
        INFO(word);
        CHECK(read("1," + std::string{word} + ",3\n", {.words = CsvWords::one_hot}).input_width == 2);
    }
    CHECK(read(people, {.ignore = {"id", "day"}, .words = CsvWords::one_hot}).input_width == 3);
    CHECK(read(people, {.ignore = {"id", "sex"}, .categories = {{"day"}}}).input_width == 4);
}

TEST_CASE("missing values are refused, dropped or filled, and counted") {
    const std::string text = "a,b,y\n1,?,1\n3,5,2\n,7,3\n2,9,NA\n";
    CHECK(error_of(text) ==
          ", line 2, column 2 (\"b\"): wanted a value, found the marker of a missing value, \"?\" "
          "(.missing = CsvMissing::drop or CsvMissing::mean, or .ignore = {\"b\"} leaves the column "
          "out)");
    const Dataset dropped = read(text, {.missing = CsvMissing::drop});
    CHECK(dropped.inputs == Numbers{3, 5});
    CHECK(dropped.dropped_rows == 3);
    CHECK(dropped.filled_values == 0);
    CHECK(
        error_of(text, {.missing = CsvMissing::mean}) ==
        ", line 5, column 3 (\"y\"): wanted a value, found the marker of a missing value, \"NA\" (.missing = "
        "CsvMissing::drop leaves such rows out)");
    const Dataset filled = read(text, {.missing = CsvMissing::mean_or_drop});
    CHECK(filled.inputs == Numbers{1, 6, 3, 5, 2, 7});
    CHECK(filled.targets == Numbers{1, 2, 3});
    CHECK(filled.dropped_rows == 1);
    CHECK(filled.filled_values == 2);
    CHECK(filled.csv.means == Numbers{2, 6});
    CHECK(read("1,2\n-999,3\n3,4", {.missing = CsvMissing::mean, .markers = {"-999"}}).inputs ==
          Numbers{1, 2, 3});
    CHECK(read("?,1,2\n", {.ignore = {0}}).inputs == Numbers{1}); // ignored fields may be missing
    CHECK(error_of("?,1\nNA,2", {.missing = CsvMissing::drop}) ==
          ": wanted a row without missing values, found none in 2 (.ignore leaves columns out)");
    CHECK(error_of("?,1\nNA,2", {.missing = CsvMissing::mean}) ==
          ", column 1: wanted a value, found only missing values (.ignore = {0} leaves the column "
          "out)");
    CHECK(read("1e308,1\n1e308,2\n?,3\n", {.missing = CsvMissing::mean}).inputs[2] == Approx(1e308));
}

TEST_CASE("a missing word is filled with the shares of all words") {
    const std::string text = "c,y\nu,1\nv,2\n,3\nu,4\nu,5\n";
    const Dataset data = read(text, {.words = CsvWords::one_hot, .missing = CsvMissing::mean});
    CHECK(data.inputs == Numbers{1, 0, 0, 1, .75, .25, 1, 0, 1, 0});
    const Dataset numbers = read(text, {.words = CsvWords::number, .missing = CsvMissing::mean});
    CHECK(numbers.inputs == Numbers{0, 1, .25, 0, 0});
}

TEST_CASE("a test file is read as its training file was") {
    const Dataset train = read("sex,age,y\nm,30,no\nf,50,yes\nm,?,no\n",
                               {.words = CsvWords::one_hot, .missing = CsvMissing::mean});
    CHECK(train.input_names == Names{"sex=f", "sex=m", "age"});
    const Dataset test = read("sex,age,y\nm,?,yes\n?,20,yes\n", train.csv);
    CHECK(test.input_names == train.input_names);
    CHECK(test.classes == train.classes);
    CHECK(test.inputs[2] == 40);
    CHECK(test.inputs[3] == Approx(1 / 3.));
    CHECK(test.inputs[4] == Approx(2 / 3.));
    CHECK(test.targets == Numbers{0, 1, 0, 1});
    CHECK(error_of("sex,age,y\nx,1,no\n", train.csv)
              .starts_with(", line 2, column 1 (\"sex\"): wanted one of the given words"));
    CHECK(error_of("sex,age,y\nm,x,no\n", train.csv)
              .starts_with(", line 2, column 2 (\"age\"): wanted a finite number"));
    CHECK(error_of("1,2", {.missing = CsvMissing::mean, .means = {1, 2}}) ==
          ": wanted 1 .means, one for each input, found 2");
    const Dataset numbers = read("1,2\n");
    CHECK(error_of("1,a\n", numbers.csv).starts_with(", line 1, column 2: wanted a finite number"));
}
