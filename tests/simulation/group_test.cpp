// Members of a group over a modelled one: sharing changes, members die, are thrown out without knowing, and commits end in
// every way; one seed replays any failure.
#include <doctest/doctest.h>

#include "tests/simulation/group_hall.h"
#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

// How a batch ends: alone, after what it has sent was folded too, or beside the folding of the next one; `both`: aside with a
// backlog, and chained without.
enum class Ends { alone, chained, aside, both };
constexpr Ends kEnds[] = {Ends::alone, Ends::chained, Ends::aside, Ends::both};

void let(Hall& hall, Ends how) {
  hall.group.chain = hall.crowded = how == Ends::chained || how == Ends::both;
  if (how == Ends::aside || how == Ends::both)
    for (auto& machine : hall.all) machine->backlog = how == Ends::both ? 50 : 1, machine->checkpoint_records = 50;
}
void require_ended(const Hall& hall, Ends how) {
  if (how == Ends::both) {  // which of them is chance
    CHECK(hall.group.chained + hall.group.aside > 0);
    return;
  }
  CHECK((hall.group.chained > 0) == (how == Ends::chained));
  CHECK((hall.group.aside > 0) == (how == Ends::aside));
}

void through_chaos(Hall& hall, Ends how) {
  let(hall, how);
  hall.all[1]->patient = true;
  hall.start();
  hall.produce(0, 600);
  for (int step = 0; step < 150; ++step) {
    Machine& one = *hall.all[hall.random() % 3];
    switch (hall.random() % 12) {
      case 0:  // killed and started again, on its own disks or, now and then, on new ones
        one.die();
        if (hall.random() % 3 == 0) one.lose_disks();
        one.start();
        break;
      case 1:
        hall.group.throw_out(*one.member);
        break;
      case 2:
        hall.produce(600 + step * 4, 604 + step * 4);
        break;
      default: one.turn();
    }
  }
  hall.settle();
}

}  // namespace

TEST_SUITE("engine/group") {
  TEST_CASE("C3: members that come, die and are thrown out leave every source record with one effect, and C1 holds") {
    for (const Ends how : kEnds)
      for (unsigned seed = 1; seed <= 20; ++seed) {
        Hall hall(seed, 3);
        through_chaos(hall, how);
        require_proven(hall, seed);
        require_ended(hall, how);
      }
  }

  TEST_CASE("GR-4: commits that end as lost, behind or unknown take back what was folded, and nothing is doubled") {
    for (const Ends how : kEnds)
      for (unsigned seed = 1; seed <= 20; ++seed) {
        Hall hall(seed, 2);
        let(hall, how);
        hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = hall.group.torn_end_of_1000 = 40;
        hall.group.unknown_of_1000 = 20;
        hall.all[1]->patient = true;
        hall.start();
        hall.produce(0, 1200);
        for (int step = 0; step < 400; ++step) hall.all[hall.random() % 2]->turn();
        hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = 0;
        hall.settle();
        require_proven(hall, seed);
        require_ended(hall, how);
      }
  }

  TEST_CASE("SG-1: over batches that are lost and members that begin anew, figures count each committed record once") {
    for (const Ends how : {Ends::alone, Ends::aside, Ends::both}) {
      Hall hall(6, 2);
      let(hall, how);
      hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = 40;
      hall.start();
      hall.produce(0, 1200);
      for (int step = 0; step < 400; ++step) hall.all[hall.random() % 2]->turn();
      hall.settle();
      require_proven(hall, 6);
      double passed = 0, counts = 0;
      for (const TopicId inbox : {kIn, kSums})
        for (std::uint16_t p = 0; p < 6; ++p)
          if (const auto at = hall.log.committed({inbox, Partition{p}}))
            passed += static_cast<double>(at->folded + at->ignored + at->duplicates + at->forwarded + at->dead_letters);
      for (const auto& machine : hall.all) counts += counted(machine->figures);
      CHECK(counts == passed);
    }
  }

  TEST_CASE("GP-5 GP-6: a process that dies at any call of a batch that is chained, or committed aside, leaves all of it or nothing") {
    for (const Ends how : {Ends::chained, Ends::aside, Ends::both}) {
      std::uint64_t last = 0;
      for (std::uint64_t call = 1; call != 0; ++call) {
        Hall hall(9, 2);
        let(hall, how);
        hall.all[1]->patient = true;
        hall.group.die_at = call;
        hall.start();
        hall.produce(0, 90);
        hall.settle();
        const bool died = hall.group.die_at == 0;
        require_proven(hall, static_cast<unsigned>(call), 40);
        if (died) last = call;
        else break;
      }
      CHECK(last > 200);
    }
  }

  TEST_CASE("GP-6: while a batch is committed the next one is folded, and its checkpoints are cut between two") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      Hall hall(seed, 1);
      let(hall, Ends::aside);
      Machine& one = *hall.all[0];
      one.patient = true, one.batch_records = 40;
      hall.start();
      hall.settle();
      hall.produce(0, 3000);
      std::uint64_t ahead = 0;
      for (int quiet = 0; quiet < 40;) {
        const std::uint64_t before = one.runner->folded(), aside = hall.group.aside;
        const bool worked = one.turn();
        ahead += aside == hall.group.aside && one.member->ends_aside() && one.runner->folded() > before;
        quiet = worked ? 0 : quiet + 1;
      }
      CHECK(ahead > 4);
      require_proven(hall, seed);
      one.die();  // nothing but its disks is left, which stand where something was committed
      one.start();
      hall.settle();
      require_proven(hall, seed);
    }
  }

  TEST_CASE("GR-1 CH-1 TK-3: a checkpoint that is cut in the middle of a record, behind a batch that then does not commit, leaves nothing") {
    enum class Then { again, lost, behind };  // what becomes of the batch: said again, or not committed
    for (const Then then : {Then::again, Then::lost, Then::behind})
      for (const bool keeps_disks : {true, false}) {
        Hall hall(3, 1);
        let(hall, Ends::aside);
        Machine& one = *hall.all[0];
        one.patient = true, one.batch_records = 1000, one.checkpoint_records = 0;  // one is due at each commit
        const Partition p{partition_of("k", 6)};
        const TopicPartition inbox{kIn, p}, rows{kInRows, p};
        one.start();
        for (int i = 0; i < 12'500; ++i) hall.log.write({inbox, i, "k", "v", {}});  // 2,500 timers
        hall.settle();
        REQUIRE(one.runner->close());
        one.die();
        one.start();
        hall.settle();  // and no checkpoint is under way
        // Of the store, of the changelog and of the group: where it stands, with how many timers of that record.
        using Place = std::pair<std::int64_t, std::uint64_t>;
        const auto place_in = [](std::string_view checkpoint) {
          state::CheckpointMeta meta;
          checkpoint.remove_prefix(1);
          REQUIRE(state::decode(checkpoint, meta));
          return Place{meta.position, meta.cursor};
        };
        const auto in_store = [&] { return place_in(one.disks["count" + std::to_string(p.value)]->rows->at(std::string(state::kCheckpointKey))); };
        const auto in_changelog = [&] {
          Place last{};
          log::Batch batch;
          REQUIRE(hall.log.fetch(rows, Offset{0}, 1'000'000, 1 << 30, batch));
          for (const Record& row : batch.records)
            if (row.key == state::kCheckpointKey) last = place_in(row.value);
          return last;
        };
        const auto in_group = [&] {
          const auto at = hall.log.committed(inbox);
          return Place{at->next, at->cursor};
        };
        const Place before = in_group();
        REQUIRE(before.second == 0);
        REQUIRE(in_changelog() == before);

        Headers copy;
        copy.broadcast = true;
        const Offset tick = hall.log.write({inbox, 20'000, "", "tick", copy});  // a batch for each thousand timers
        (then == Then::again ? hall.group.torn_start_of_1000 : then == Then::lost ? hall.group.lost_of_1000 : hall.group.behind_of_1000) = 1000;
        const std::uint64_t aside = hall.group.aside;
        std::optional<Fault> met;
        while (!met && hall.group.aside == aside)
          if (const auto worked = one.runner->turn(std::chrono::milliseconds(0)); !worked) met = worked.fault();
        hall.group.torn_start_of_1000 = hall.group.lost_of_1000 = hall.group.behind_of_1000 = 0;
        CHECK((met && met->code == "membership_lost") == (then != Then::again));
        if (then == Then::again) {  // its rows go with a later batch, which shows where it was cut
          CHECK(in_group() == Place{tick.value, 2000});
          for (int more = 0; in_changelog() == before; ++more) {
            REQUIRE(more < 1000);
            hall.log.write({inbox, 20'001, "k", "v", {}});
            REQUIRE(one.runner->turn(std::chrono::milliseconds(0)));
          }
          CHECK(in_changelog() == Place{tick.value, 1000});
        }
        one.die();
        const auto nothing_ahead = [&] {
          CHECK(in_store() <= in_changelog());
          CHECK(in_changelog() <= in_group());
        };
        nothing_ahead();
        if (then != Then::again) CHECK(in_group() == before);
        if (!keeps_disks) one.lose_disks();
        one.start();
        hall.log.write({inbox, 20'001, "k", "v", {}});
        hall.settle();
        one.die();
        nothing_ahead();
        require_proven(hall, 3);
      }
  }

  TEST_CASE("TK-3: a store that stands beyond the group's position by a record, or by a part of one, is told as ahead") {
    for (const auto& [records, cursor] : {std::pair<std::int64_t, std::uint64_t>{1, 0}, {0, 1}}) {
      Hall hall(6, 1);
      Machine& one = *hall.all[0];
      one.start();
      hall.produce(0, 200);
      hall.settle();
      REQUIRE(one.runner->close());
      one.die();
      std::string& checkpoint = one.disks["count0"]->rows->at(std::string(state::kCheckpointKey));
      state::CheckpointMeta meta;
      std::string_view bytes = std::string_view(checkpoint).substr(1);
      REQUIRE(state::decode(bytes, meta));
      meta.position += records, meta.cursor += cursor;
      checkpoint.resize(1);
      state::encode(checkpoint, meta);
      one.start();
      const std::optional<Fault> met = one.met();
      REQUIRE(met);
      CHECK_MESSAGE(met->code == "state_ahead", met->message);
    }
  }

  TEST_CASE("GP-5 GR-3: a batch that is full or late goes on through the stages, and one that grows too large is cut") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      Hall hall(seed, 2);
      hall.group.chain = hall.crowded = true;
      for (auto& machine : hall.all) machine->patient = true, machine->batch_records = 1 + seed;
      hall.start();
      hall.produce(0, 900);
      hall.settle();
      require_proven(hall, seed);
      CHECK(hall.group.chained > 0);
    }
  }

  TEST_CASE("GR-3: a batch that chains is committed when it has passed its stages, though more comes all the while") {
    Hall hall(4, 1);
    hall.group.chain = true;
    hall.all[0]->patient = true;
    hall.start();
    hall.settle();
    const auto committed = [&] {
      std::int64_t sum = 0;
      for (std::uint16_t p = 0; p < 6; ++p)
        if (const auto at = hall.log.committed({kIn, Partition{p}})) sum += at->next;
      return sum;
    };
    int commits = 0;
    for (int i = 0; i < 1200; i += 12) {  // to so many partitions that hardly a turn finds nothing
      const std::int64_t before = committed();
      hall.produce(i, i + 12);
      hall.all[0]->turn();
      commits += committed() > before;
    }
    CHECK(commits > 20);
    hall.settle();
    require_proven(hall, 4, 100);
  }

  TEST_CASE("GP-5: alone and undisturbed a member reads nothing from a topic that it has folded from memory") {
    Hall hall(4, 1);
    hall.group.chain = true;
    hall.start();
    hall.settle();
    for (int i = 0; i < 600; i += 20) {
      hall.produce(i, i + 20);
      hall.settle();
    }
    require_proven(hall, 4);
    std::uint64_t sums = 0;
    for (std::uint16_t p = 0; p < 6; ++p) sums += hall.log.records_from({kSums, Partition{p}}, 0);
    CHECK(hall.group.chained >= sums);
  }

  TEST_CASE("FO-3: a tick with more timers due than one step fires goes on, also at a member of a group") {
    Hall hall(3, 1);
    hall.start();
    const Partition p{partition_of("k", 6)};
    for (int i = 0; i < 12'500; ++i) hall.log.write({{kIn, p}, i, "k", "v", {}});  // 2,500 timers
    Headers copy;
    copy.broadcast = true;
    hall.log.write({{kIn, p}, 20'000, "", "tick", copy});
    hall.log.write({{kIn, p}, 20'001, "k", "v", {}});
    hall.settle();
    require_proven(hall, 3);
  }

  TEST_CASE("GR-7: a member with more changed rows than it may have waits for its checkpoint, at each commit") {
    Hall hall(7, 1);
    Machine& one = *hall.all[0];
    one.dirty_max = 0;
    one.start();
    hall.produce(0, 300);
    hall.settle();
    one.die();  // nothing is left to fold again
    one.start();
    hall.settle();
    CHECK_MESSAGE(one.restored.starts_with("12 tasks, 0 records folded again, "), one.restored);
    require_proven(hall, 7, 100);
  }

  TEST_CASE("GR-1 GR-2: a clean stop leaves no tail, and the next start folds nothing again") {
    Hall hall(7, 2);
    hall.start();
    hall.produce(0, 1000);
    hall.settle();
    for (auto& machine : hall.all) REQUIRE(machine->runner->close());
    for (auto& machine : hall.all) machine->die();
    require_proven(hall, 7);
    for (auto& machine : hall.all) machine->start();
    hall.settle();
    for (auto& machine : hall.all) CHECK(machine->runner->folded() == 0);
  }
}

}  // namespace millrace::test
