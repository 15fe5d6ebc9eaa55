// Worker processes: results in order, a crash costs one result, an error here ends them all.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "suites/harness/pool.hpp"

namespace assay {
namespace {

struct Delivered {
  std::vector<std::size_t> order;
  std::vector<std::string> results;
  bool whole = false;
};

Delivered run(Pool pool, std::size_t first, std::size_t last) {
  Delivered delivered;
  pool.done = [&](std::size_t index, const std::string& result) {
    delivered.order.push_back(index);
    delivered.results.push_back(result);
  };
  pool.crashed = [](std::size_t, const std::string& cause) { return "crashed: " + cause; };
  delivered.whole = pool.run(first, last);
  return delivered;
}

Delivered run(int jobs, std::size_t first, std::size_t last, std::function<std::string(std::size_t)> work) {
  Pool pool;
  pool.jobs = jobs;
  pool.work = std::move(work);
  return run(std::move(pool), first, last);
}

TEST(Pool, ResultsComeInOrderWhateverTheNumberOfJobs) {
  for (const int jobs : {1, 2, 5}) {
    const Delivered delivered = run(jobs, 3, 23, [](std::size_t index) {
      std::this_thread::sleep_for(std::chrono::milliseconds(index % 3));                     // the later ones finish first
      return std::string(index % 7 == 0 ? 300'000 : 1, static_cast<char>('a' + index % 26)); // more than a pipe holds, or little
    });
    EXPECT_TRUE(delivered.whole);
    ASSERT_EQ(delivered.order.size(), 20u);
    for (std::size_t k = 0; k < 20; ++k) {
      EXPECT_EQ(delivered.order[k], k + 3);
      EXPECT_EQ(delivered.results[k][0], static_cast<char>('a' + (k + 3) % 26));
    }
  }
}

TEST(Pool, TasksThatShareGoToOneWorkerInTurn) {
  static const int shared[2] = {};
  static int answers = 0; // of one worker
  Pool pool;
  pool.work = [](std::size_t index) {
    if (index == 2) std::_Exit(9);
    return std::to_string(answers++);
  };
  pool.shared = [](std::size_t index) { return index < 6 ? &shared[index % 2] : nullptr; };
  EXPECT_EQ(run(pool, 0, 8).results, (std::vector<std::string>{"0", "1", "crashed: ended with exit status 9", "2", "0", "3", "4", "5"}));
  pool.jobs = 5; // more than there are to share out: none rests
  const Delivered delivered = run(pool, 0, 8);
  EXPECT_TRUE(delivered.whole);
  EXPECT_EQ(delivered.order, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Pool, ACrashCostsOneResult) {
  for (const int jobs : {1, 3}) {
    const Delivered delivered = run(jobs, 0, 6, [](std::size_t index) -> std::string {
      if (index == 2) std::raise(SIGKILL);
      if (index == 4) std::_Exit(9);
      return "fine";
    });
    EXPECT_TRUE(delivered.whole);
    EXPECT_EQ(delivered.results, (std::vector<std::string>{"fine", "fine", "crashed: killed by signal 9 (Killed)", "fine",
                                                           "crashed: ended with exit status 9", "fine"}));
  }
}

TEST(Pool, ASpentWorkerIsReplaced) {
  static int answers = 0; // of one worker
  Pool pool;
  pool.jobs = 2;
  pool.work = [](std::size_t) { return std::to_string(++answers); };
  pool.spent = [] { return answers == 2; };
  const Delivered delivered = run(std::move(pool), 0, 40);
  EXPECT_TRUE(delivered.whole);
  ASSERT_EQ(delivered.results.size(), 40u);
  for (const std::string& result : delivered.results) EXPECT_TRUE(result == "1" || result == "2") << result;
}

TEST(Pool, AWorkerThatNeverAnswersIsStopped) {
  Pool pool;
  pool.jobs = 2;
  pool.work = [](std::size_t index) {
    std::this_thread::sleep_for(std::chrono::seconds(index == 1 ? 60 : 0));
    return std::string("fine");
  };
  pool.limit = [](std::size_t) { return 1.0; };
  const auto start = std::chrono::steady_clock::now();
  const Delivered delivered = run(std::move(pool), 0, 4);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_TRUE(delivered.whole);
  EXPECT_EQ(delivered.results,
            (std::vector<std::string>{"fine", "crashed: stopped, since it had not answered within 1 s", "fine", "fine"}));
}

TEST(Pool, NothingToDo) { EXPECT_TRUE(run(2, 5, 5, {}).whole); }

TEST(Pool, AnErrorOfTheReceiverEndsTheWorkers) {
  Pool pool;
  pool.jobs = 2;
  pool.work = [](std::size_t index) {
    std::this_thread::sleep_for(std::chrono::seconds(index == 0 ? 0 : 60));
    return std::string();
  };
  pool.done = [](std::size_t, const std::string&) { throw std::runtime_error("disk full"); };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(pool.run(0, 2), std::runtime_error);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

} // namespace
} // namespace assay
