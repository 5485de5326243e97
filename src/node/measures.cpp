#include "node/measures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "node/node.h"

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

const double kProcessStart = static_cast<double>(wall_ms()) / 1e3;

}  // namespace

void add_status(const std::vector<StatusRow>& rows, bool dense, Measures& out) {
  for (const StatusRow& row : rows) {
    const std::string partition = std::to_string(row.partition);
    const Labels inbox{{"stage", row.stage}, {"inbox", row.inbox}, {"partition", partition}};
    out.push_back(gauge("millrace_lag_records", "Offsets of an inbox that its stage has not passed", static_cast<double>(row.lag), inbox));
    out.push_back(gauge("millrace_log_start_offset", "First offset of an inbox that the log still has", static_cast<double>(row.start), inbox));
    out.push_back(gauge("millrace_log_end_offset", "Offset that the next record of an inbox will have", static_cast<double>(row.end), inbox));
    const std::pair<const char*, std::int64_t> results[] = {
        {"ok", row.folded}, {"ignored", row.ignored}, {"duplicate", row.duplicates}, {"forwarded", row.forwarded}, {"dlq", row.dead_letters}};
    for (const auto& [result, records] : results)
      out.push_back(counter("millrace_namespace_records_total", "Records of an inbox by what became of them, since the namespace began",
                            static_cast<double>(records), {{"stage", row.stage}, {"partition", partition}, {"result", result}}));
    if (dense)
      out.push_back(gauge("millrace_conserved", "1: every record that was delivered is accounted for", row.conserved ? 1 : 0,
                          {{"stage", row.stage}, {"partition", partition}}));
  }
}

void add_folder(const std::string& folder, Measures& out) {
  std::error_code failed;
  std::map<std::string, double> bytes;
  for (fs::directory_iterator task(folder + "/state", failed), end; !failed && task != end; task.increment(failed)) {
    const std::string name = task->path().filename().string();
    const auto dash = name.rfind('-');
    if (dash == std::string::npos) continue;
    std::error_code gone;  // files come and go meanwhile
    for (fs::directory_iterator file(task->path(), gone), none; !gone && file != none; file.increment(gone)) {
      const auto size = file->file_size(gone);
      if (!gone) bytes[name.substr(0, dash)] += static_cast<double>(size);
    }
  }
  for (const auto& [stage, size] : bytes)
    out.push_back(gauge("millrace_state_bytes", "Bytes of a stage's state in this folder", size, {{"stage", stage}}));
  if (const auto space = fs::space(folder, failed); !failed && space.capacity > 0)
    out.push_back(gauge("millrace_disk_free_ratio", "Share of the folder's disk that is free; intake waits below 0.1, stages below 0.03",
                        static_cast<double>(space.available) / static_cast<double>(space.capacity)));
}

void add_process(const char* log, Measures& out) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  out.push_back(counter("process_cpu_seconds_total", "Processor time of this process", seconds_of(used.ru_utime) + seconds_of(used.ru_stime)));
  std::ifstream statm("/proc/self/statm");
  double whole = 0, resident = 0;
  if (statm >> whole >> resident)
    out.push_back(gauge("process_resident_memory_bytes", "Memory of this process", resident * static_cast<double>(::sysconf(_SC_PAGESIZE))));
  out.push_back(gauge("process_start_time_seconds", "When this process started, since 1970", kProcessStart));
  out.push_back(gauge("millrace_build_info", "1; its labels say which program this is", 1, {{"version", "0.1.0"}, {"log", log}}));
}

}  // namespace millrace::node
