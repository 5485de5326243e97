// The files of one RocksDB store on a disk that may be full: a write that finds no space waits for some, so RocksDB
// never learns of it (once a write of its log has failed, RocksDB 7 aborts the process or refuses every later write).
//
// WF-1  A write is whole or it waits: it is made at its own offset, so what a failed attempt left is written over.
// WF-2  Who must not wait asks has_room() first; what waits in the background looks again five times a second.
// WF-3  give_up() ends all waiting, while a store is opened and before it goes: what waits then fails.
// WF-4  waiting() is true while any write waits, so who waits for that write can say why and turn to something else.
//
// Threads: any.      Tests: tests/integration/full_disk.sh
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <string>

namespace millrace::state {

class WaitingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit WaitingFiles(std::string folder);
  ~WaitingFiles() override;
  const char* Name() const override { return "millrace.WaitingFiles"; }

  // Whether the disk gives room for so many more bytes now: it is asked for them, and they are given back.
  bool has_room(std::size_t bytes);
  bool waiting() const { return patience_.waiting > 0; }
  void give_up(bool on = true) { patience_.given_up = on; }

  struct Patience {
    std::atomic<bool> given_up{false};
    std::atomic<int> waiting{0};  // writes
  };

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* dbg) override;

 private:
  const std::string folder_;
  Patience patience_;
  int probe_ = -1;  // a file without a name, to ask for room with
};

}  // namespace millrace::state
