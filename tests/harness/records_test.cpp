// The writer of records: whole lines, words for numbers that JSON lacks, and an old file that is kept.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "suites/harness/errors.hpp"
#include "suites/harness/records.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

class RecordFiles : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "assay-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }
  static std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  fs::path folder;
};

// Checksums as Python's zlib.crc32 has them.
TEST_F(RecordFiles, OneLineARow) {
  const fs::path path = folder / "new" / "records.jsonl";
  {
    RecordFile file(path.string());
    file.write({{"a", 1}, {"text", "two\nlines"}});
    EXPECT_EQ(text_of(path), "{\"a\":1,\"text\":\"two\\nlines\",\"crc\":\"3e63bb84\"}\n") << "visible at once: a killed run keeps it";
    file.write({{"text", "\xff is no UTF-8"}});
  }
  std::ifstream lines(path);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_FALSE(Json::parse(line, nullptr, false).is_discarded()) << line;
  EXPECT_EQ(count, 2);
}

TEST_F(RecordFiles, AnOldFileIsKept) {
  const fs::path path = folder / "records.jsonl", previous = folder / "records.previous.jsonl";
  for (const int run : {1, 2, 3}) RecordFile(path.string()).write({{"run", run}});
  EXPECT_EQ(text_of(path), "{\"run\":3,\"crc\":\"c1ab14be\"}\n");
  EXPECT_EQ(text_of(previous), "{\"run\":2,\"crc\":\"b6ac2428\"}\n");
}

TEST_F(RecordFiles, PlacesThatCannotBeWritten) {
  EXPECT_THROW(RecordFile(folder.string()), BadInput);
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(RecordFile((folder / "file" / "records.jsonl").string()), Unusable);
  RecordFile full("/dev/full");
  EXPECT_THROW(full.write({{"a", 1}}), Unusable);
  RecordFile none("");
  none.write({{"a", 1}});
}

TEST(Numbers, JsonHasNoWordForThree) {
  EXPECT_EQ(number(HUGE_VAL), "inf");
  EXPECT_EQ(number(-HUGE_VAL), "-inf");
  EXPECT_EQ(number(std::nan("")), "nan");
  for (const double value : {0.1, -0.0, 0x1p-1074, 1.7976931348623157e308, 1.0 / 3})
    EXPECT_EQ(Json::parse(number(value).dump()).get<double>(), value) << "every bit comes back";
  EXPECT_EQ(hexadecimal(0xabc), "0x0000000000000abc");
}

} // namespace
} // namespace assay
