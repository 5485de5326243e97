// A file layer that fails as disks and machines do. It works on real files in one folder, so that they can be mapped,
// and beside them keeps what a disk would hold: what was synced, and the writes that were not.
//
//   FaultyFiles files(folder, seed);
//   files.die_after(37);       // the 38th change is torn, then nothing reaches the disk any more
//   ... run the journal until it fails ...
//   files.lose_power();        // the folder is now what the disk held: unsynced sectors kept or lost at random
//
// The model: a sync makes a file's content durable, sync_folder its names. Of unsynced changes a power loss keeps the
// sizes and names of a random prefix, in order, as a journalling file system does, and of the data any sectors.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "log/embedded/file_layer.h"

namespace millrace::log {

class FaultyFiles final : public FileLayer {
 public:
  FaultyFiles(std::string folder, std::uint64_t seed);

  // Changes are writes, syncs, truncations, renames, removals and new files, counted from 1 over the whole life.
  std::uint64_t changes() const { return changes_; }
  void die_after(std::uint64_t more_changes) { die_at_ = changes_ + more_changes + 1; }
  bool dead() const { return die_at_ != 0 && changes_ >= die_at_; }
  // Back after the death, with everything that was written: the process was killed, the machine ran on.
  void revive() { die_at_ = 0; }
  // Back after the death, with what the disk held.
  void lose_power();

  // From the write after `more_writes` others on, writes fail with `error` until allow_writes(); the first of them
  // takes a part.
  void refuse_writes_after(std::uint64_t more_writes, int error);
  void allow_writes() { refuse_at_ = 0; }
  std::uint64_t writes() const { return writes_; }
  void refuse_sync(bool refuse) { refuse_sync_ = refuse; }
  void write_short(bool on) { write_short_ = on; }  // every write takes a random part

  int open(const std::string& path, OpenMode mode) override;
  void close(int file) override;
  std::int64_t read(int file, char* to, std::size_t bytes, std::uint64_t at) override;
  std::int64_t write(int file, std::string_view bytes, std::uint64_t at) override;
  int sync(int file) override;
  int truncate(int file, std::uint64_t size) override;
  std::int64_t size(int file) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;
  int make_folder(const std::string& path) override;
  int sync_folder(const std::string& path) override;
  int list(const std::string& folder, std::vector<std::string>& names) override;
  int free_share(const std::string& path) override;
  std::shared_ptr<const Mapping> map(int file, std::size_t bytes) override;

 private:
  struct Change {  // of a file; a truncation has no bytes
    std::uint64_t at;
    std::string bytes;
    bool truncation;
  };
  struct Node {
    std::string disk;  // as of the last sync
    std::vector<Change> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  bool survives();  // counts a change; false when the machine is dead
  std::string after_power_loss(const Node& node);
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  FileLayer& real_ = real_files();
  const std::string folder_;
  std::mt19937_64 random_;
  Names names_, disk_names_;
  std::vector<Names> unsynced_names_;  // after each unsynced change of a name
  std::map<int, std::shared_ptr<Node>> open_;
  std::uint64_t changes_ = 0, die_at_ = 0, writes_ = 0, refuse_at_ = 0;
  int refuse_error_ = 0;
  bool refuse_sync_ = false, write_short_ = false;
};

}  // namespace millrace::log
