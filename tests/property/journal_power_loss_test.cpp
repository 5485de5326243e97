// The journal on a disk that loses power, tears writes, runs full and rots. Every case runs over seeds; a failure names
// its seed, and the same seed fails again. MILLRACE_SEEDS=50 runs fifty times as many.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "../contract/temp_folder.h"
#include "faulty_files.h"
#include "journal_model.h"
#include "log/embedded/journal.h"

namespace millrace::log {
namespace {

std::uint64_t seeds(std::uint64_t usual) {
  const char* const more = std::getenv("MILLRACE_SEEDS");  // NOLINT(concurrency-mt-unsafe)
  return usual * (more ? std::strtoull(more, nullptr, 10) : 1);
}

struct Machine {
  TempFolder folder;
  FaultyFiles files;
  JournalModel model;
  EmbeddedOptions options;
  std::unique_ptr<EmbeddedLog> log;
  std::size_t flushed = 0;  // frames that a successful flush covered
  std::size_t synced = 0;   // frames that a successful sync or harden covered

  Machine(Durability durability, std::uint64_t seed)
      : files(folder / "log", seed), model(seed * 31), options{durability, 6000, &files} {
    auto made = EmbeddedLog::create(folder / "log", {.id = "model", .topics = JournalModel::topics()}, options);
    REQUIRE_MESSAGE(made, (made ? "" : made.fault().message));
    log = *std::move(made);
  }

  // Appends, flushes and now and then syncs or hardens until `frames` were made or something fails.
  Result<void> run(std::size_t frames) {
    for (std::size_t i = 0; i < frames; ++i) {
      if (auto appended = log->append(model.make_frame()); !appended) return appended.fault();
      if (model.below(3) == 0) {
        if (auto done = log->flush(); !done) return done;
        flushed = model.frames();
      }
      if (model.below(25) == 0) {
        if (auto done = log->sync(); !done) return done;
        flushed = synced = model.frames();
      }
      if (model.below(25) == 0) {
        if (auto done = log->harden(); !done) return done;
        synced = flushed;
      }
      if (model.below(30) == 0) {
        const std::int64_t floor = static_cast<std::int64_t>(model.below(200));
        if (auto done = log->drop_before([&](TopicPartition) { return Offset{floor}; }, std::nullopt); !done)
          return done;
      }
    }
    return {};
  }

  // Opens again; gives the number of frames that are there.
  std::size_t reopen() {
    log.reset();
    auto opened = EmbeddedLog::open(folder / "log", options);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.fault().message));
    log = *std::move(opened);
    return JournalModel::frames_in(*log);
  }
};

// A model whose frames beyond `count` are forgotten, as the log has.
void check_prefix(Machine& m, std::size_t count) {
  REQUIRE(count <= m.model.frames());
  CHECK(m.model.difference(*m.log, count) == "");
  m.model.forget_after(count);
  m.flushed = m.synced = count;
}

}  // namespace

TEST_SUITE_BEGIN("log/embedded power loss");

TEST_CASE("LG-1 EL-4: with fsync all that was flushed outlives a power loss at any moment, and nothing is there in half") {
  for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::fsync, seed);
    for (int life = 0; life < 4; ++life) {
      CAPTURE(life);
      m.files.die_after(m.model.below(120));
      const auto ran = m.run(400);
      if (ran) break;  // ran out of frames before its time
      m.log.reset();
      m.files.lose_power();
      const std::size_t count = m.reopen();
      CHECK(count >= m.flushed);
      check_prefix(m, count);
    }
  }
}

TEST_CASE("LG-1 EL-4: with os all that was flushed outlives the process, and nothing is there in half") {
  for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::os, seed);
    for (int life = 0; life < 4; ++life) {
      CAPTURE(life);
      m.files.die_after(m.model.below(120));
      const auto ran = m.run(400);
      if (ran) break;
      m.log.reset();
      m.files.revive();
      const std::size_t count = m.reopen();
      CHECK(count >= m.flushed);
      check_prefix(m, count);
    }
  }
}

TEST_CASE("RE-1: with os a power loss takes a tail, never what was synced, and the log opens without help") {
  for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::os, seed);
    for (int life = 0; life < 4; ++life) {
      CAPTURE(life);
      m.files.die_after(m.model.below(120));
      const auto ran = m.run(400);
      if (ran) break;
      m.log.reset();
      m.files.lose_power();
      const std::size_t count = m.reopen();
      CHECK(count >= m.synced);
      check_prefix(m, count);
    }
  }
}

TEST_CASE("RE-1: a power loss during the recovery from a power loss changes nothing of that") {
  for (std::uint64_t seed = 1; seed <= seeds(15); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::fsync, seed);
    m.files.die_after(20 + m.model.below(60));
    if (m.run(300)) continue;
    m.log.reset();
    m.files.lose_power();
    for (std::uint64_t changes = 0; changes < 6; ++changes) {
      m.files.die_after(changes);
      auto opened = EmbeddedLog::open(m.folder / "log", m.options);
      if (opened) opened->reset();
      m.files.lose_power();
    }
    const std::size_t count = m.reopen();
    CHECK(count >= m.flushed);
    check_prefix(m, count);
  }
}

TEST_CASE("NS-1: a power loss during creation leaves a log or none, and creating it again works") {
  for (std::uint64_t changes = 0; changes < 12; ++changes)
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(changes);
      CAPTURE(seed);
      TempFolder folder;
      FaultyFiles files(folder / "log", seed);
      const EmbeddedOptions options{Durability::fsync, 6000, &files};
      const Namespace ns{.id = "model", .topics = JournalModel::topics()};
      files.die_after(changes);
      auto made = EmbeddedLog::create(folder / "log", ns, options);
      const bool was_made = static_cast<bool>(made);
      if (made) made->reset();
      files.lose_power();
      auto opened = EmbeddedLog::open(folder / "log", options);
      if (was_made) REQUIRE(opened);
      if (!opened) {
        CHECK(opened.fault().code == "not_found");
        opened = EmbeddedLog::create(folder / "log", ns, options);
      }
      REQUIRE_MESSAGE(opened, (opened ? "" : opened.fault().message));
      JournalModel model(seed);
      REQUIRE((*opened)->append(model.make_frame()));
      REQUIRE((*opened)->flush());
      CHECK(model.difference(**opened, 1) == "");
    }
}

TEST_CASE("EL-2: a disk that is full at any write costs a retry and nothing else") {
  for (const Durability durability : {Durability::fsync, Durability::os})
    for (std::uint64_t write = 0; write < seeds(40); ++write) {
      CAPTURE(write);
      Machine m(durability, write + 7);
      m.files.refuse_writes_after(write, write % 2 ? ENOSPC : EDQUOT);
      const auto ran = m.run(50 + write * 6);
      REQUIRE_FALSE(ran);
      CHECK(ran.fault().code == "disk_full");
      CHECK(ran.fault().kind == Fault::Kind::retry);
      // While it is full: appends are refused without a trace once a flush has failed, everything can be read.
      CHECK_FALSE(m.log->flush());
      const std::size_t before = m.model.frames();
      const auto refused = m.log->append(m.model.make_frame());
      REQUIRE_FALSE(refused);
      CHECK(refused.fault().code == "disk_full");
      m.model.forget_after(before);
      const std::size_t there = JournalModel::frames_in(*m.log);
      CHECK(there >= m.flushed);
      CHECK(m.model.difference(*m.log, there) == "");
      m.model.forget_after(there);
      m.files.allow_writes();
      if (write % 3 == 0) {  // the process ends on the full disk
        const std::size_t count = m.reopen();
        CHECK(count >= m.flushed);
        check_prefix(m, count);
        continue;
      }
      REQUIRE(m.log->flush());  // space came back: the same log goes on
      REQUIRE(m.run(20));
      REQUIRE(m.log->flush());
      CHECK(m.model.difference(*m.log, m.model.frames()) == "");
      CHECK(m.reopen() == m.model.frames());
      CHECK(m.log->notes().empty());
      CHECK(m.model.difference(*m.log, m.model.frames()) == "");
    }
}

TEST_CASE("a file system that takes every write in parts changes nothing") {
  for (std::uint64_t seed = 1; seed <= seeds(8); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::fsync, seed);
    m.files.write_short(true);
    REQUIRE(m.run(60));
    REQUIRE(m.log->flush());
    CHECK(m.reopen() == m.model.frames());
    CHECK(m.model.difference(*m.log, m.model.frames()) == "");
  }
}

TEST_CASE("EL-3: after a sync that fails nothing is taken any more, and a restart finds what was durable before") {
  for (std::uint64_t seed = 1; seed <= seeds(8); ++seed) {
    CAPTURE(seed);
    Machine m(Durability::fsync, seed);
    REQUIRE(m.run(20));
    REQUIRE(m.log->flush());
    const std::size_t durable = m.model.frames();
    m.files.refuse_sync(true);
    REQUIRE(m.log->append(m.model.make_frame()));
    const auto flushed = m.log->flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.fault().code == "io");
    m.files.refuse_sync(false);
    CHECK_FALSE(m.log->flush());
    CHECK_FALSE(m.log->append(m.model.make_frame()));
    const std::size_t count = m.reopen();
    CHECK(count >= durable);
    check_prefix(m, count);
    REQUIRE(m.run(5));
  }
}

TEST_SUITE_END();

// Damage, on a log that was written for real.
namespace {

struct Damaged {
  static constexpr std::size_t kSegmentBytes = 2000;
  TempFolder folder;
  JournalModel model{7, 40};
  std::vector<std::string> files;

  explicit Damaged(bool clean, int frames = 14) {
    auto made = EmbeddedLog::create(folder / "log", {.id = "rot", .topics = JournalModel::topics()},
                                    {Durability::fsync, kSegmentBytes});
    REQUIRE(made);
    for (int i = 0; i < frames; ++i) {
      REQUIRE((*made)->append(model.make_frame()));
      if (i % 2) REQUIRE((*made)->flush());
    }
    REQUIRE((clean ? (*made)->close() : (*made)->flush()));
    made->reset();
    for (const auto& entry : std::filesystem::directory_iterator(folder / "log"))
      files.push_back(entry.path().filename());
    std::sort(files.begin(), files.end());
  }

  std::string read(const std::string& name) const {
    std::ifstream in(folder / ("log/" + name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder / ("log/" + name), std::ios::binary) << bytes;
  }

  // "whole", or the code of the fault that opening or reading everything gave, or what was wrong and not noticed.
  std::string verdict() const {
    const auto opened = EmbeddedLog::open(folder / "log", {Durability::fsync, kSegmentBytes});
    if (!opened) {
      CHECK(opened.fault().message.size() > 40);
      return opened.fault().code;
    }
    const std::string difference = model.difference(**opened, model.frames());
    const auto checked = (*opened)->check();
    if (difference.starts_with("corrupt")) return "corrupt";
    if (!difference.empty()) return "unnoticed: " + difference;
    return checked ? "whole" : checked.fault().code;
  }
};

}  // namespace

TEST_SUITE_BEGIN("log/embedded damage");

TEST_CASE("RE-1: a flipped bit anywhere is found, or changes nothing") {
  for (const bool clean : {true, false}) {
    Damaged d(clean);
    CHECK(d.verdict() == "whole");
    std::map<std::string, std::map<std::string, int>> verdicts;
    for (const std::string& name : d.files) {
      const std::string bytes = d.read(name);
      const std::string kind = name.ends_with(".journal") ? "journal" : name;
      // Every byte at the edges, where heads and feet are, and a sample between.
      for (std::size_t at = 0; at < bytes.size(); at += at < 40 || at + 16 > bytes.size() ? 1 : 29) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
        d.write(name, flipped);
        const std::string verdict = d.verdict();
        if (verdict != "whole" && verdict != "corrupt") FAIL_CHECK(name, " byte ", at, ": ", verdict);
        ++verdicts[kind][verdict];
      }
      d.write(name, bytes);
    }
    CHECK(verdicts["namespace"]["whole"] == 0);
    CHECK(verdicts["journal"]["corrupt"] > 0);
    CHECK(verdicts["published"]["corrupt"] == 0);
  }
}

TEST_CASE("RE-1: a file cut short is found, wherever it is cut") {
  Damaged d(false);
  for (const std::string& name : d.files) {
    if (name == "lock") continue;
    const std::string bytes = d.read(name);
    for (std::size_t size = 0; size < bytes.size(); size += size + 40 < bytes.size() ? 37 : 1) {
      d.write(name, bytes.substr(0, size));
      const std::string verdict = d.verdict();
      const bool fine = verdict == "corrupt" || (verdict == "whole" && name == "published");
      if (!fine && verdict != "whole") FAIL_CHECK(name, " cut at ", size, ": ", verdict);
      d.write(name, bytes);
    }
  }
}

TEST_CASE("RE-3: a segment that is missing from the middle or the end is found") {
  Damaged d(false);
  std::vector<std::string> segments;
  for (const std::string& name : d.files)
    if (name.ends_with(".journal")) segments.push_back(name);
  REQUIRE(segments.size() > 3);
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const std::string bytes = d.read(segments[i]);
    std::filesystem::remove(d.folder / ("log/" + segments[i]));
    CHECK(d.verdict() == "corrupt");
    d.write(segments[i], bytes);
  }
  CHECK(d.verdict() == "whole");
}

TEST_CASE("a damage names the file, the byte and what to do") {
  Damaged d(true);
  const std::string name = d.files[2];
  std::string bytes = d.read(name);
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  d.write(name, bytes);
  const auto opened = EmbeddedLog::open(d.folder / "log");
  REQUIRE(opened);
  const auto checked = (*opened)->check();
  REQUIRE_FALSE(checked);
  CHECK(checked.fault().kind == Fault::Kind::fatal);
  CHECK(checked.fault().message.find(name) != std::string::npos);
  CHECK(checked.fault().message.find("at byte ") != std::string::npos);
  CHECK(checked.fault().message.find("backup") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace millrace::log
