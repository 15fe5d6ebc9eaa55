#include "suites/harness/pool.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stop_requested = 0;

bool read_all(int file, void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = read(file, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool write_all(int file, const void* from, std::size_t size) {
  const auto* at = static_cast<const char*>(from);
  while (size > 0) {
    const ssize_t n = write(file, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

struct Worker {
  pid_t pid = -1;
  int to = -1, from = -1;
  std::optional<std::size_t> task;
  Clock::time_point since; // it has the task
};

// Before each result.
struct Head {
  std::uint64_t size;
  bool last; // of this worker
};

[[noreturn]] void serve(const Pool& pool, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); // a killed parent leaves no workers behind
  std::signal(SIGINT, SIG_IGN);     // Ctrl-C is the parent's to handle
  std::signal(SIGPIPE, SIG_IGN);
  if (pool.begin) pool.begin();
  std::uint64_t index = 0;
  while (read_all(in, &index, sizeof index)) {
    const std::string result = pool.work(index);
    const Head head{result.size(), pool.spent && pool.spent()};
    if (!write_all(out, &head, sizeof head) || !write_all(out, result.data(), result.size()) || head.last) break;
  }
  _exit(0); // destructors belong to the parent
}

Worker start(const Pool& pool, const std::vector<Worker>& others) {
  int down[2], up[2];
  if (pipe(down) != 0 || pipe(up) != 0) throw std::runtime_error(std::string("making a pipe for a worker: ") + std::strerror(errno));
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(std::string("starting a worker: ") + std::strerror(errno));
  if (pid == 0) {
    for (const Worker& other : others) {
      if (other.to >= 0) close(other.to);
      if (other.from >= 0) close(other.from);
    }
    close(down[1]);
    close(up[0]);
    serve(pool, down[0], up[1]);
  }
  close(down[0]);
  close(up[1]);
  return {pid, down[1], up[0], std::nullopt, {}};
}

void finish(Worker& worker, bool kill_it) {
  if (worker.pid < 0) return;
  if (kill_it) kill(worker.pid, SIGKILL);
  close(worker.to);
  close(worker.from);
  waitpid(worker.pid, nullptr, 0);
  worker = Worker{};
}

// Reaps a worker whose pipe broke, and says what happened to it.
std::string cause_of_death(Worker& worker) {
  close(worker.to);
  close(worker.from);
  const pid_t pid = worker.pid;
  worker = Worker{};
  return end_of(pid);
}

// Tasks that share something, in one queue each, by their first.
std::deque<std::deque<std::size_t>> queues_of(const Pool& pool, std::size_t first, std::size_t last) {
  std::deque<std::deque<std::size_t>> queues;
  std::map<const void*, std::size_t> known;
  for (std::size_t index = first; index < last; ++index) {
    const void* const shared = pool.shared ? pool.shared(index) : nullptr;
    const auto [at, fresh] = shared != nullptr ? known.try_emplace(shared, queues.size()) : std::pair(known.end(), true);
    if (fresh) queues.emplace_back();
    queues[fresh ? queues.size() - 1 : at->second].push_back(index);
  }
  return queues;
}

} // namespace

std::string end_of(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  if (WIFSIGNALED(status))
    return std::string("killed by signal ") + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  return "ended with exit status " + std::to_string(WEXITSTATUS(status));
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND); // the second one has its usual effect
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return stop_requested != 0; }

bool Pool::run(std::size_t first, std::size_t last) const {
  std::vector<Worker> workers(static_cast<std::size_t>(jobs));
  std::map<std::size_t, std::string> waiting; // finished out of order
  std::deque<std::deque<std::size_t>> queues = queues_of(*this, first, last);
  std::vector<std::deque<std::size_t>> own(workers.size()); // what each worker goes on with
  std::size_t delivered = first, finished = 0;
  const auto next_for = [&](std::size_t k) -> std::optional<std::size_t> {
    if (own[k].empty() && !queues.empty()) {
      own[k] = std::move(queues.front());
      queues.pop_front();
    }
    auto* from = &own[k];
    if (from->empty()) // no worker rests while another has more than it is at
      from = &*std::max_element(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (from->empty()) return std::nullopt;
    const std::size_t index = from == &own[k] ? from->front() : from->back();
    from == &own[k] ? from->pop_front() : from->pop_back();
    return index;
  };
  const auto deliver = [&](std::size_t index, std::string result) {
    waiting.emplace(index, std::move(result));
    ++finished;
    for (auto ready = waiting.find(delivered); ready != waiting.end(); ready = waiting.find(delivered)) {
      done(delivered++, ready->second);
      waiting.erase(ready);
    }
  };
  struct Cleanup {
    std::vector<Worker>& workers;
    ~Cleanup() {
      for (Worker& worker : workers) finish(worker, worker.task.has_value());
    }
  } cleanup{workers};

  while (delivered < last && !interrupted()) {
    for (std::size_t k = 0; k < workers.size(); ++k) {
      Worker& worker = workers[k];
      if (worker.task) continue;
      const std::optional<std::size_t> next = next_for(k);
      if (!next) continue;
      if (worker.pid < 0) worker = start(*this, workers);
      const std::uint64_t index = *next;
      worker.task = next;
      worker.since = Clock::now();
      if (!write_all(worker.to, &index, sizeof index)) {
        deliver(index, crashed(index, cause_of_death(worker)));
        continue;
      }
      if (progress) progress(finished, index);
    }
    std::vector<pollfd> files;
    for (const Worker& worker : workers)
      if (worker.task) files.push_back({worker.from, POLLIN, 0});
    if (files.empty()) continue;
    if (poll(files.data(), files.size(), 200) < 0 && errno != EINTR)
      throw std::runtime_error(std::string("waiting for workers: ") + std::strerror(errno));
    for (Worker& worker : workers) {
      if (!worker.task) continue;
      bool ready = false;
      for (const pollfd& file : files) ready = ready || (file.fd == worker.from && file.revents != 0);
      const std::size_t index = *worker.task;
      if (!ready) {
        const double most = limit ? limit(index) : std::numeric_limits<double>::infinity();
        if (std::chrono::duration<double>(Clock::now() - worker.since).count() < most) continue;
        finish(worker, true);
        deliver(index, crashed(index, "stopped, since it had not answered within " + std::to_string(std::lround(most)) + " s"));
        continue;
      }
      Head head{};
      std::string result;
      bool whole = read_all(worker.from, &head, sizeof head);
      if (whole) {
        result.resize(head.size);
        whole = read_all(worker.from, result.data(), head.size);
      }
      if (whole) worker.task.reset();
      deliver(index, whole ? std::move(result) : crashed(index, cause_of_death(worker)));
      if (whole && head.last) finish(worker, false);
    }
  }
  // After an interrupt: what is finished but waits for an earlier row is still delivered, in order.
  for (const auto& [index, result] : waiting) done(index, result);
  return delivered >= last;
}

} // namespace assay
