//===- CsvSourceTest.cpp - Windows of a table -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/DataSource.h"

#include "TestSupport.h"

#include <cmath>
#include <set>

using namespace gradopt::train;

static constexpr int64_t T = GRADOPT_DIM_TIME, B = GRADOPT_DIM_BATCH;

namespace {

class CsvSource : public testing::Test {
protected:
  Expected<std::unique_ptr<DataSource>> open(const std::string &text,
                                             const std::string &spec) {
    put(folder.file("f.csv"), text);
    std::string whole = "csv:" + folder.file("f.csv") + "?" + spec;
    DataOptions used = options;
    // Statistics that a test makes up are those of the same columns.
    if (!used.stored.empty() && !used.stored.count(columnRolesKey)) {
      used.stored.clear();
      auto opened = openDataSource(whole, used);
      used.stored = options.stored;
      if (opened.ok())
        used.stored[columnRolesKey] = (*opened)->metadata()[columnRolesKey];
    }
    return openDataSource(whole, used);
  }
  std::unique_ptr<DataSource> source(const std::string &text,
                                     const std::string &spec) {
    auto opened = open(text, spec);
    EXPECT_TRUE(opened.ok()) << opened.message();
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  /// Column a of one window over all rows, in the file's units.
  std::vector<double> column(const std::string &text, const std::string &more) {
    options.wanted = {{"x", GRADOPT_F64, {T, B, 1}}};
    options.stored = {
        {columnStatisticsKey, R"({"a":[0.0,1.0],"1":[0.0,1.0]})"}};
    auto opened = open(text, more + "&horizon=0");
    EXPECT_TRUE(opened.ok()) << opened.message();
    if (!opened.ok())
      return {};
    std::vector<double> x(static_cast<size_t>((*opened)->time())), y = x;
    void *pointers[] = {x.data(), y.data()};
    (*opened)->fill(0, pointers);
    return x;
  }
  template <typename... Parts>
  void refuse(const std::string &text, const std::string &spec,
              const Parts &...parts) {
    expectError(open(text, spec), "f.csv'", parts...);
  }

  TemporaryFolder folder;
  DataOptions options;
};

/// A batch in f32.
struct Batch {
  std::vector<float> x, y;
  BatchInfo info;
};

} // namespace

template <typename Fill>
static Batch batchOf(Fill fill) {
  Batch batch{std::vector<float>(1000, -1), std::vector<float>(1000, -1), {}};
  std::vector<float> lengths(1000);
  void *pointers[] = {batch.x.data(), batch.y.data(), lengths.data()};
  batch.info = fill(pointers);
  auto size = static_cast<size_t>(batch.info.time * batch.info.batch);
  batch.x.resize(size);
  batch.y.resize(size);
  return batch;
}

static Batch training(const DataSource &source, uint64_t index) {
  return batchOf([&](void *const *p) { return source.fill(index, p); });
}

static Batch evaluation(const DataSource &source, int64_t index) {
  return batchOf(
      [&](void *const *p) { return source.fillEvaluation(index, p); });
}

/// Columns a = 0, 1, ... and b = 100 a, rows of them.
static std::string ramp(int rows) {
  std::string text = "a,b\n";
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i) + "," + std::to_string(100 * i) + "\n";
  return text;
}

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

/// Statistics under which ramp() stays as it is.
static const char identity[] = R"({"a":[0.0,1.0],"b":[0.0,1.0]})";

TEST_F(CsvSource, WindowsAreSequencesWithTheTargetAhead) {
  options.stored = {{columnStatisticsKey, identity}};
  options.wholeData = true;
  options.batch = 2;
  auto all = source(ramp(9), "inputs=a&target=b&window=3&stride=2&horizon=2");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->time(), 3);
  EXPECT_EQ(all->metric(), Metric::MeanSquaredError);
  EXPECT_EQ(all->arrays()[0].dims, (std::vector<int64_t>{T, B, 1}));
  EXPECT_EQ(all->arrays()[1].dims, (std::vector<int64_t>{T, B, 1}));
  // Windows begin at 0, 2 and 4; one at 6 would need rows 6 to 10.
  ASSERT_EQ(all->evaluationBatches(), 2);
  Batch first = evaluation(*all, 0);
  EXPECT_EQ(first.x, (Floats{0, 2, 1, 3, 2, 4}));
  EXPECT_EQ(first.y, (Floats{200, 400, 300, 500, 400, 600}));
  EXPECT_TRUE(first.info.restart);
  Batch last = evaluation(*all, 1);
  EXPECT_EQ(last.info.batch, 1);
  EXPECT_EQ(last.info.units, 1);
  EXPECT_EQ(last.x, (Floats{4, 5, 6}));
  EXPECT_EQ(last.y, (Floats{600, 700, 800}));
}

TEST_F(CsvSource, ShortestFileHasOneWindow) {
  EXPECT_EQ(source(ramp(5), "inputs=a&target=b&window=4")->batchesPerEpoch(),
            1);
  refuse(ramp(4), "inputs=a&target=b&window=4", "has 4 rows",
         "4 steps and a horizon of 1 need 5");
  EXPECT_EQ(source(ramp(1), "inputs=a&target=b&window=1&horizon=0")
                ->batchesPerEpoch(),
            1);
  EXPECT_EQ(source(ramp(65), "inputs=a&target=b")->time(), 64);
}

TEST_F(CsvSource, HoldOutSharesNoRowWithTraining) {
  options.stored = {{columnStatisticsKey, identity}};
  options.holdOut = 0.4;
  options.batch = 100;
  auto rows = source(ramp(20), "inputs=a&target=b&window=3");
  ASSERT_TRUE(rows);
  Batch seen = training(*rows, 0), held = evaluation(*rows, 0);
  // 12 rows: windows of 3 and the row ahead begin at 0 to 8; 8 rows: 12 to 16.
  EXPECT_EQ(seen.info.batch, 9);
  EXPECT_EQ(held.info.batch, 5);
  EXPECT_EQ(std::set<float>(seen.x.begin(), seen.x.end()).size(), 11u);
  EXPECT_EQ(*std::max_element(seen.y.begin(), seen.y.end()), 1100);
  EXPECT_EQ(*std::min_element(held.x.begin(), held.x.end()), 12);
  EXPECT_EQ(*std::max_element(held.y.begin(), held.y.end()), 1900);
  options.holdOut = 0.15;
  refuse(ramp(20), "inputs=a&target=b&window=3", "the held-out part",
         "has 3 rows");
  options.holdOut = 0.9;
  refuse(ramp(20), "inputs=a&target=b&window=3", "the training part",
         "has 2 rows");
}

TEST_F(CsvSource, StandardizesByTheTrainingPart) {
  options.holdOut = 0.5;
  options.batch = 1;
  // Training 1, 3, 1, 3: mean 2, deviation 1. Column c is constant there.
  auto rows = source("a,c\n1,7\n3,7\n1,7\n3,7\n12,7\n2,9\n2,7\n2,7\n",
                     "inputs=a&target=c&window=2");
  ASSERT_TRUE(rows);
  Batch held = evaluation(*rows, 0);
  EXPECT_EQ(held.x, (Floats{10, 0}));
  EXPECT_EQ(held.y, (Floats{2, 0}));
  auto stored = rows->metadata();
  EXPECT_EQ(stored.at(columnStatisticsKey), R"({"a":[2.0,1.0],"c":[7.0,1.0]})");

  // The checkpoint's are used instead, on data of any kind.
  options.stored = stored;
  options.holdOut = 0;
  options.wholeData = true;
  auto other = source("c,a\n8,4\n8,6\n9,5\n", "inputs=a&target=c&window=2");
  ASSERT_TRUE(other);
  EXPECT_EQ(evaluation(*other, 0).x, (Floats{2, 4}));
  EXPECT_EQ(evaluation(*other, 0).y, (Floats{1, 2}));
  EXPECT_EQ(other->metadata(), stored);
}

TEST_F(CsvSource, StatisticsSurviveACheckpoint) {
  auto spec = "inputs=a&target=a&window=1";
  auto rows = source("a\n0.1\n0.2\n1e-7\n3e5\n", spec);
  ASSERT_TRUE(rows);
  auto stored = rows->metadata();
  Batch before = training(*rows, 0);
  options.stored = stored;
  auto again = source("a\n0.1\n0.2\n1e-7\n3e5\n", spec);
  EXPECT_EQ(again->metadata(), stored);
  EXPECT_EQ(training(*again, 0).x, before.x);

  for (const char *bad :
       {"", "[]", "{", R"({"a":1})", R"({"a":[1]})", R"({"a":[1,"b"]})",
        R"({"a":[1,0]})", R"({"a":[1,-1]})", R"({"a":[1e999,1]})"}) {
    options.stored[columnStatisticsKey] = bad;
    expectError(open("a\n1\n2\n", spec), "column statistics are damaged");
  }
  options.stored[columnStatisticsKey] = R"({"b":[0,1]})";
  expectError(open("a\n1\n2\n", spec), "column statistics are damaged", "'a'");
  options.stored = {{"gradopt.step", "1"}};
  expectError(open("a\n1\n2\n", spec), "has no column statistics");
}

TEST_F(CsvSource, ColumnsKeepTheirRolesInACheckpoint) {
  options.stored = source(ramp(9), "inputs=a,b&target=b&window=2")->metadata();
  const std::string had = "on inputs 'a', 'b', target 'b', horizon 1, but";
  for (auto [spec, given] : std::map<std::string, std::string>{
           {"inputs=b,a&target=b", "inputs 'b', 'a', target 'b', horizon 1;"},
           {"inputs=a&target=b", "inputs 'a', target 'b', horizon 1;"},
           {"inputs=a,b&target=a", "inputs 'a', 'b', target 'a', horizon 1;"},
           {"inputs=a,b&target=b&horizon=2",
            "inputs 'a', 'b', target 'b', horizon 2;"}})
    expectError(open(ramp(9), spec + "&window=2"), "f.csv'", had, given);
  // Windows and their stride are no part of it.
  EXPECT_TRUE(source(ramp(9), "inputs=a,b&target=b&window=3&stride=2"));
  options.stored.erase(columnRolesKey);
  expectError(openDataSource("csv:" + folder.file("f.csv") +
                                 "?inputs=a,b&target=b&window=2",
                             options),
              "does not say which columns", columnRolesKey);
}

TEST_F(CsvSource, ConstantColumnsAreZero) {
  // The mean of three times 0.1 is another number in f64.
  auto rows = source("a\n0.1\n0.1\n0.1\n", "inputs=a&target=a&window=2");
  ASSERT_TRUE(rows);
  EXPECT_EQ(training(*rows, 0).x, (Floats{0, 0}));
  EXPECT_EQ(rows->metadata().at(columnStatisticsKey), R"({"a":[0.1,1.0]})");
  EXPECT_EQ(*rows->baseline(), 0);
}

TEST_F(CsvSource, LargeNumbersDoNotOverflow) {
  auto spec = "inputs=a&target=a&window=2";
  auto rows = source("a\n1e200\n-1e200\n1e200\n-1e200\n", spec);
  ASSERT_TRUE(rows);
  EXPECT_THAT(training(*rows, 0).x,
              testing::UnorderedElementsAre(1, -1, 1, -1));
  refuse("a\n1.7e308\n1.7e308\n1\n", spec, "'a'", "too large to standardize");
  options.holdOut = 0.5;
  refuse("a\n1\n1.5\n2\n1e300\n1\n1\n", spec, "line 5, column 'a'",
         "so far from the others");
}

TEST_F(CsvSource, BaselinesHaveNames) {
  options.stored = {{columnStatisticsKey, identity}};
  auto ahead = source(ramp(9), "inputs=a&target=b&window=3&horizon=2");
  EXPECT_DOUBLE_EQ(*ahead->baseline(), 200 * 200);
  EXPECT_EQ(ahead->baselineName(),
            "persistence: the target as it was 2 rows before");
  auto next = source(ramp(9), "inputs=b&target=b,a&window=3");
  EXPECT_DOUBLE_EQ(*next->baseline(), (100 * 100 + 1) / 2.0);
  EXPECT_EQ(next->baselineName(),
            "persistence: the target as it was 1 row before");
  options.stored.clear();
  auto now = source(ramp(9), "inputs=a&target=b&window=3&horizon=0");
  EXPECT_DOUBLE_EQ(*now->baseline(), 1);
  EXPECT_EQ(now->baselineName(), "mean of the training part");
  // Of the held-out rows, if there are some: 2, 2, 5 and 5 after 0 and 2.
  options.holdOut = 0.5;
  auto held =
      source("a\n0\n2\n0\n2\n2\n2\n5\n5\n", "inputs=a&target=a&window=1");
  EXPECT_DOUBLE_EQ(*held->baseline(), 3);
}

TEST_F(CsvSource, GivesTheFormThatTheModelWants) {
  options.stored = {{columnStatisticsKey, identity}};
  options.wanted = {{"x", GRADOPT_F64, {T, B, 2}},
                    {"y", GRADOPT_F64, {B}},
                    {"lengths", GRADOPT_I64, {B}}};
  options.batch = 2;
  options.wholeData = true;
  auto all = source(ramp(5), "inputs=a,b&target=b&window=3");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->arrays().size(), 3u);
  EXPECT_EQ(all->arrays()[1].dims, (std::vector<int64_t>{B}));
  Doubles x(12), y(2);
  std::vector<int64_t> lengths(2);
  void *pointers[] = {x.data(), y.data(), lengths.data()};
  EXPECT_EQ(all->fillEvaluation(0, pointers).batch, 2);
  EXPECT_EQ(x, (Doubles{0, 0, 1, 100, 1, 100, 2, 200, 2, 200, 3, 300}));
  EXPECT_EQ(y, (Doubles{300, 400}));
  EXPECT_EQ(lengths, (std::vector<int64_t>{3, 3}));

  auto dims = [&](std::vector<int64_t> wanted, const char *target) {
    options.wanted = {{"y", GRADOPT_F32, std::move(wanted)}};
    return source(ramp(5), std::string("inputs=a&window=3&target=") + target)
        ->arrays()[1]
        .dims;
  };
  using Dims = std::vector<int64_t>;
  EXPECT_EQ(dims({T, B}, "b"), (Dims{T, B}));
  EXPECT_EQ(dims({T, B, 1}, "b"), (Dims{T, B, 1}));
  EXPECT_EQ(dims({B, 1}, "b"), (Dims{B, 1}));
  EXPECT_EQ(dims({B, 2}, "a,b"), (Dims{B, 2}));
  EXPECT_EQ(dims({B}, "a,b"), (Dims{B, 2}));
  options.wanted = {{"lengths", GRADOPT_I32, {B}}};
  auto narrow = source(ramp(5), "inputs=a&target=b&window=3");
  std::vector<int32_t> few(2);
  Floats one(6), two(6);
  void *others[] = {one.data(), two.data(), few.data()};
  narrow->fillEvaluation(0, others);
  EXPECT_EQ(few, (std::vector<int32_t>{3, 3}));
}

TEST_F(CsvSource, EpochsResumeExactly) {
  options.batch = 4;
  auto spec = "inputs=a&target=b&window=3";
  auto whole = source(ramp(17), spec), resumed = source(ramp(17), spec);
  EXPECT_EQ(whole->batchesPerEpoch(), 4);
  for (int i = 0; i < 6; ++i)
    whole->skip();
  auto saved = whole->savePosition();
  ASSERT_TRUE(resumed->restorePosition(saved).ok());
  EXPECT_EQ(training(*resumed, 7).x, training(*whole, 7).x);
  EXPECT_NE(training(*resumed, 0).x, training(*resumed, 4).x);
  std::set<float> starts;
  for (uint64_t i = 4; i < 8; ++i) {
    Batch batch = training(*whole, i);
    EXPECT_EQ(batch.info.batch, i == 7 ? 2 : 4);
    starts.insert(batch.x.begin(), batch.x.begin() + batch.info.batch);
  }
  EXPECT_EQ(starts.size(), 14u);
  for (const char *other :
       {"inputs=b&target=b&window=3", "inputs=a&target=a&window=3",
        "inputs=a&target=b&window=4", "inputs=a&target=b&window=3&stride=2",
        "inputs=a&target=b&window=3&horizon=2"})
    expectError(source(ramp(17), other)->restorePosition(saved), "other data");
  expectError(source(ramp(18), spec)->restorePosition(saved), "other data");
}

TEST_F(CsvSource, ReadsAllForms) {
  auto spec = "inputs=a&target=a&window=3";
  Doubles expected = {1, -2.5, 1000};
  EXPECT_EQ(column("a\n1\n-2.5\n1e3\n", spec), expected);
  // No line end at the end, CRLF, CR, a byte order mark, empty lines at the
  // end.
  EXPECT_EQ(column("a\n1\n-2.5\n1e3", spec), expected);
  EXPECT_EQ(column("a\r\n1\r\n-2.5\r\n1e3\r\n", spec), expected);
  EXPECT_EQ(column("a\r1\r-2.5\r1e3\r", spec), expected);
  EXPECT_EQ(column("\xef\xbb\xbf"
                   "a\n1\n-2.5\n1e3\n\n\r\n",
                   spec),
            expected);
  // Blanks, plus signs, quotes; what the other columns hold does not matter.
  EXPECT_EQ(
      column("b, a ,\n x\t, +1\t,\n\"p, \"\"q\"\"\n\",\"-2.5\" ,nan\n,1E3,\n",
             spec),
      expected);
  EXPECT_EQ(
      column("a;b\n1;2,5\n-2.5;x\n1000;\n", std::string(spec) + "&delimiter=;"),
      expected);
  EXPECT_EQ(column("b\ta\n\t1\n\t-2.5\n\t1000\n",
                   std::string(spec) + "&delimiter=tab"),
            expected);
  EXPECT_EQ(column("1\n-2.5\n1000\n", "inputs=1&target=1&window=3&header=0"),
            expected);
  // Names with what options are written with.
  options.stored = {{columnStatisticsKey, R"({"a":[0,1],"x,y & 5%":[0,1]})"}};
  EXPECT_TRUE(open("a,\"x,y & 5%\"\n1,2\n2,3\n",
                   "inputs=a,x%2Cy %26 5%25&target=a&window=1")
                  .ok());
}

TEST_F(CsvSource, LocatesWhatIsNoNumber) {
  auto spec = "inputs=a&target=b&window=1";
  auto at = [&](const std::string &row, auto... parts) {
    refuse("a,b\n1,2\n" + row + "\n3,4\n", spec, "line 3", parts...);
  };
  at("1,", "column 'b' is empty", "hole");
  at(",1", "column 'a' is empty");
  at(" ,1", "column 'a' is empty");
  at("\"\",1", "column 'a' is empty");
  at("1,x\ty", "column 'b' is 'x\\ty', which is not a number");
  at("1,2.5.1", "'2.5.1', which is not a number");
  at("1,0x10", "not a number");
  at("1,+-1", "not a number");
  at("1,+", "not a number");
  at("1,nan", "'nan'", "must not hold NaN or Inf");
  at("-inf,1", "column 'a'", "must not hold NaN or Inf");
  at("1,1e999", "beyond the range of f64");
  at("1,1e-999", "beyond the range of f64");
  at("1", "has 1 cell, but there are 2 columns");
  at("1,2,3", "has 3 cells, but there are 2 columns");
  at("", "is empty, but there are 2 columns");
  at("1,2\"", "quote stands within a cell");
  at("1,\"2\"3", "closing quote is followed");
  at("1,\"2", "opened and never closed");
  // A cell over two lines counts as two.
  refuse("a,b,c\n1,2,\"x\ny\"\n1,x,\n", spec, "line 4, column 'b'");
  refuse("a,\"b\n", spec, "line 1: a quote is opened");
}

TEST_F(CsvSource, RefusesFiles) {
  auto spec = "inputs=a&target=b&window=1";
  for (const char *empty : {"", "\n", "\r\n\r\n", "\xef\xbb\xbf"})
    refuse(empty, spec, "is empty");
  refuse("a,b\n", spec, "no rows below its line of names");
  refuse(std::string("a,b\n1,\0"
                     "2\n",
                     9),
         spec, "byte 6 is NUL", "binary");
  refuse("\xff\xfe"
         "a",
         spec, "UTF-16");
  refuse("a,c\n1,2\n", spec, "no column 'b': the columns are 'a', 'c'");
  refuse("1,2\n1,2\n", spec + std::string("&header=0"), "no column 'a'",
         "numbers 1 to 2");
  refuse("1,2\n1,2\n", "inputs=3&target=1&window=1&header=0", "no column '3'",
         "numbers 1 to 2");
  refuse("a,b,a\n1,2,3\n", spec, "columns 1 and 3 have the same name 'a'");
  refuse("a,b,,\n1,2,,\n", "inputs=a,&target=b&window=1", "no column ''");
  expectError(
      openDataSource("csv:" + folder.file("none") + "?" + spec, options),
      "cannot read csv", "no such file");
}

TEST_F(CsvSource, RefusesOptions) {
  std::string good = "inputs=a&target=b&window=1";
  std::string text = "a,b\n1,2\n3,4\n";
  EXPECT_TRUE(open(text, good).ok());
  refuse(text, "target=b", "needs the columns", "inputs=A,B&target=C");
  refuse(text, "inputs=a", "needs the columns");
  refuse(text, "", "needs the columns");
  refuse(text, "inputs=a,a&target=b", "'a' stands twice among the inputs");
  refuse(text, "inputs=a&target=b,b", "'b' stands twice among the targets");
  refuse(text, "inputs=%ff&target=b", "not valid UTF-8");
  refuse(text, "inputs=a%&target=b", "inputs=a%", "%25");
  refuse(text, "inputs=a&target=b&window=0", "window=0", "from 1");
  refuse(text, good + "&stride=0", "stride=0", "from 1");
  refuse(text, good + "&horizon=-1", "horizon=-1", "from 0");
  refuse(text, good + "&header=yes", "header=yes", "from 0 to 1");
  refuse(text, good + "&delimiter=", "delimiter=", "one of");
  refuse(text, good + "&delimiter=1", "delimiter=1", "one of");
  refuse(text, good + "&delimeter=;", "no option 'delimeter'",
         "its options are inputs, target, window, stride, horizon, header and "
         "delimiter");
  options.time = 2;
  refuse(text, good, "windows of 1 steps", "asks for 2");
  EXPECT_EQ(source(ramp(5), "inputs=a&target=b")->time(), 2);
  options.batch = 0;
  expectError(open(text, good), "batch size is 0");
}

TEST_F(CsvSource, NoFlippedByteCrashesTheReader) {
  std::string good = "\xef\xbb\xbf"
                     "a,\"b \"\"c\"\"\"\r\n1,2.5\r\n-3e2,\"4\"\r\n5,6\r\n";
  for (size_t i = 0; i < good.size(); ++i)
    for (char value : {'\0', '"', ',', '\n', '\r', ' ', 'e', '9', '\xff'}) {
      std::string bad = good;
      bad[i] = value;
      auto opened = open(bad, "inputs=1&target=2&window=1&header=0");
      auto named = open(bad, "inputs=a&target=b \"c\"&window=1");
      EXPECT_TRUE(opened.ok() || !opened.message().empty());
      EXPECT_TRUE(named.ok() || !named.message().empty());
    }
}
