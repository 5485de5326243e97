#include <doctest/doctest.h>

#include <map>
#include <random>

#include "core/hash.h"
#include "engine/changelog.h"
#include "state/id_window.h"
#include "state/memory_kv.h"

namespace millrace::state {
namespace {

IdWindow::Bytes window_id(std::uint64_t n) { return IdWindow::id_of(hid("", 32, {"id", std::to_string(n)})); }
IdWindow::Bytes mark_of(std::uint64_t n) {
  IdWindow::Bytes mark{};
  mark[0] = static_cast<char>(n);
  mark[15] = static_cast<char>(n >> 8);
  return mark;
}

struct Door {
  explicit Door(std::shared_ptr<MemoryDisk> on = std::make_shared<MemoryDisk>())
      : disk(std::move(on)), space(std::make_unique<MemoryKv>(disk), 1 << 20), seen(space, "seen") {}
  void checkpoint() {
    space.cut({});
    REQUIRE(space.commit(false));
  }
  std::shared_ptr<MemoryDisk> disk;
  TableSpace space;
  IdWindow seen;
};

TEST_SUITE("state/id_window") {
  TEST_CASE("IW-1: what is found does not depend on checkpoints, given-up cuts or restarts") {
    std::uint64_t random = 1;
    const auto draw = [&](std::uint64_t below) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      return (random >> 33) % below;
    };
    auto door = std::make_unique<Door>();
    struct Known {
      TimeMs at_ms;
      IdWindow::Bytes mark;
    };
    std::map<std::uint64_t, Known> model, durable;
    TimeMs now = 1'000, forgotten = -1, durable_now = now, durable_forgotten = forgotten;
    std::size_t right = 0, found = 0;
    const auto checkpointed = [&] {
      durable = model;
      durable_now = now;
      durable_forgotten = forgotten;
    };
    for (int i = 0; i < 60'000; ++i) {
      now += static_cast<TimeMs>(draw(60'000));
      const std::uint64_t n = draw(4'000);
      if (i % 7 == 0) door->seen.forget(forgotten = std::max(forgotten, now - 5 * kDayMs));
      const auto before = door->seen.find(window_id(n));
      const auto known = model.find(n);
      const bool expected = known != model.end() && known->second.at_ms > forgotten;
      right += before.has_value() == expected && (!before || (before->at_ms == known->second.at_ms && before->mark == known->second.mark));
      found += expected;
      if (draw(3) != 0) {
        door->seen.add(window_id(n), {now, mark_of(static_cast<std::uint64_t>(i))});
        model[n] = {now, mark_of(static_cast<std::uint64_t>(i))};
      }
      if (i % 500 == 499) {
        switch (draw(4)) {
          case 0:  // the end of the process
            door = std::make_unique<Door>(door->disk);
            REQUIRE(door->space.restore());
            model = durable;
            now = durable_now;
            forgotten = durable_forgotten;
            break;
          case 1:  // a checkpoint that was given up half-way
            door->space.cut({});
            door->space.slice(20);
            door->space.abandon();
            break;
          default: {  // in slices, with facts between them
            door->space.cut({});
            checkpointed();
            for (std::uint64_t more = 10'000; door->space.slice(16); ++more) {
              now += 1;
              door->seen.add(window_id(more), {now, mark_of(more)});
              model[more] = {now, mark_of(more)};
            }
            REQUIRE(door->space.commit(false));
          }
        }
        REQUIRE_FALSE(door->space.fault());
      }
    }
    CHECK(right == 60'000);
    CHECK(found > 10'000);
  }

  TEST_CASE("IW-2: an id that was never seen costs no read of the store, but for few") {
    Door door;
    for (std::uint64_t n = 0; n < 150'000; ++n) {
      door.seen.add(window_id(n), {1'000, mark_of(n)});
      if (n % 30'000 == 29'999) door.checkpoint();
    }
    Door again(door.disk);
    const auto before = door.disk->gets.load();
    std::size_t found = 0;
    for (std::uint64_t n = 1'000'000; n < 1'020'000; ++n) found += again.seen.find(window_id(n)).has_value();
    CHECK(found == 0);
    CHECK(door.disk->gets.load() - before < 20'000 / 250);
    for (std::uint64_t n = 0; n < 150'000; n += 100) {
      const auto seen = again.seen.find(window_id(n));
      REQUIRE(seen);
      found += seen->mark == mark_of(n);
    }
    CHECK(found == 1'500);
  }

  TEST_CASE("IW-3: what is forgotten leaves memory and the store, and never comes back") {
    Door door;
    TimeMs now = 0;
    for (std::uint64_t n = 0; n < 20'000; ++n) {
      now = static_cast<TimeMs>(n) * 60'000;
      door.seen.add(window_id(n), {now, mark_of(n)});
      if (n % 1'000 == 999) door.checkpoint();
    }
    const auto rows = door.disk->rows->size();
    const auto bytes = door.space.clean_bytes();
    door.seen.forget(now - kDayMs);
    CHECK_FALSE(door.seen.find(window_id(10)));
    door.checkpoint();
    CHECK(door.disk->rows->size() < rows / 3);
    CHECK(door.space.clean_bytes() < bytes * 2 / 3);  // what is left is the youngest stretch
    door.seen.forget(0);
    CHECK_FALSE(door.seen.find(window_id(10)));
    Door again(door.disk);
    CHECK_FALSE(again.seen.find(window_id(10)));
    CHECK(again.seen.find(window_id(19'999)));
  }

  TEST_CASE("IW-4: the ids are listed by key, each once, with the last word on it") {
    Door door;
    for (const TimeMs day : {0, 1, 2})
      for (std::uint64_t n = 0; n < 50; ++n) {
        door.seen.add(window_id(n), {day * kDayMs * 2 + static_cast<TimeMs>(n), mark_of(n)});
        if (n == 30) door.checkpoint();
      }
    std::vector<std::string> keys;
    std::string after;
    for (std::size_t before = 1; before != keys.size();) {
      before = keys.size();
      door.seen.list({}, after, 7, [&](std::string_view key, std::string_view json) {
        keys.emplace_back(key);
        CHECK(door.seen.print(key) == json);
        CHECK(std::strtoll(json.data() + std::string_view("{\"first_ms\":").size(), nullptr, 10) >= 4 * kDayMs);
      });
      if (!keys.empty()) after = keys.back();
    }
    CHECK(keys.size() == 50);
    CHECK(std::is_sorted(keys.begin(), keys.end()));
    CHECK_FALSE(door.seen.print("00000000000000000000000000000000"));
  }

  TEST_CASE("IW-5: a row that is damaged or missing is told, not taken for an empty one") {
    Door door;
    for (std::uint64_t n = 0; n < 70'000; ++n) door.seen.add(window_id(n), {1, mark_of(n)});
    door.checkpoint();
    SUBCASE("a page that is missing") {
      auto rows = std::make_shared<MemoryDisk::Rows>(*door.disk->rows);
      std::erase_if(*rows, [](const auto& row) { return row.first.size() > 2 && row.first[0] == 't' && row.first[2] == 'p'; });
      door.disk->rows = rows;
      Door again(door.disk);
      CHECK_FALSE(again.seen.find(window_id(5)));
      REQUIRE(again.space.fault());
      CHECK(again.space.fault()->code == "corrupt");
    }
    SUBCASE("a filter that is cut short") {
      auto rows = std::make_shared<MemoryDisk::Rows>(*door.disk->rows);
      for (auto& [key, value] : *rows)
        if (key.size() > 2 && key[0] == 't' && key[2] == 'f') value.resize(value.size() - 1);
      door.disk->rows = rows;
      Door again(door.disk);
      REQUIRE(again.space.fault());
      CHECK(again.space.fault()->code == "corrupt");
    }
  }

  // What a changelog holds after a crash between its checkpoint and the store's: the rows of a life that was lost, and over
  // them those of the life that folded the same again.
  TEST_CASE("TS-5: rows of a checkpoint that was made again otherwise are passed over") {
    const auto fill = [](Door& door, std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t n = from; n < to; ++n) door.seen.add(window_id(n), {static_cast<TimeMs>(n), mark_of(n)});
      door.checkpoint();
    };
    for (const std::uint64_t until : {2'600, 70'000}) {  // in the youngest stretch; past its sealing
      Door before;
      fill(before, 0, 100);
      auto lost_disk = std::make_shared<MemoryDisk>();
      lost_disk->rows = std::make_shared<MemoryDisk::Rows>(*before.disk->rows);
      Door lost(lost_disk);
      fill(lost, 100, 1'100);
      fill(lost, 1'100, 2'100);
      fill(before, 100, until);
      auto copy = std::make_shared<MemoryDisk>();
      copy->rows = std::make_shared<MemoryDisk::Rows>(*before.disk->rows);
      copy->rows->insert(lost_disk->rows->begin(), lost_disk->rows->end());
      Door restored(copy);
      for (std::uint64_t n = 0; n < until; n += 50) CHECK(restored.seen.find(window_id(n)).has_value());
      CHECK_FALSE(restored.seen.find(window_id(until)));
      fill(restored, until, until + 100);
      Door again(copy);
      CHECK(again.seen.find(window_id(until + 99)));
      CHECK_FALSE(again.space.fault());
    }
  }

  TEST_CASE("TS-5: a copy stands for all that was committed, whoever wrote to it, with however old a store of its own") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      std::mt19937_64 random(seed);
      const auto draw = [&](std::uint64_t below) { return random() % below; };
      const auto at = [](std::uint64_t n) { return static_cast<TimeMs>(n) * (kDayMs / 700); };
      MemoryDisk::Rows copy;
      struct Owner {
        std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
        std::uint64_t has = 0;
      };
      std::array<Owner, 3> owners;
      std::uint64_t committed = 0, of_copy = 0;
      for (int turn = 0; turn < 12; ++turn) {
        Owner& owner = owners[draw(owners.size())];
        if (draw(4) == 0) {  // a lost disk
          owner.disk = std::make_shared<MemoryDisk>();
          *owner.disk->rows = copy;
          owner.has = of_copy;
        }
        Door door(owner.disk);
        door.space.copy_may_be_ahead();
        const auto add = [&](std::uint64_t from, std::uint64_t to) {
          for (std::uint64_t n = from; n < to; ++n) door.seen.add(window_id(n), {at(n), mark_of(n)});
        };
        add(owner.has, committed);
        for (std::uint64_t checkpoints = 1 + draw(3); checkpoints > 0; --checkpoints) {
          const std::uint64_t to = committed + draw(2) * draw(400) + draw(2) * draw(2'000);
          add(committed, to);
          committed = to;
          if (to > 0) door.seen.forget(at(to) - 4 * kDayMs);
          door.space.cut({});
          while (door.space.slice(500)) {
          }
          const engine::ChangelogRecords rows(door.space, {}, 0, {});
          for (const NewRecord& row : rows.all()) {
            if (row.value.data()) copy.insert_or_assign(std::string(row.key), std::string(row.value));
            else copy.erase(std::string(row.key));
          }
          of_copy = committed;
          if (draw(5) == 0) break;  // dies before the store has it
          REQUIRE(door.space.commit(false));
          owner.has = committed;
        }
        auto disk = std::make_shared<MemoryDisk>();
        *disk->rows = copy;
        Door restored(disk);
        REQUIRE_MESSAGE(!restored.space.fault(), "seed " << seed << ", turn " << turn);
        std::uint64_t right = 0, asked = 0;
        for (std::uint64_t n = 0; n < committed + 300; n += 7, ++asked)
          right += restored.seen.find(window_id(n)).has_value() == (n < committed && at(n) > at(committed) - 4 * kDayMs);
        REQUIRE_MESSAGE(right == asked, "seed " << seed << ", turn " << turn);
      }
    }
  }
}

}  // namespace
}  // namespace millrace::state
