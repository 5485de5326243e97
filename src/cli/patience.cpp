#include "cli/patience.h"

#include <cstdio>
#include <thread>

#include "engine/room.h"

namespace millrace::cli {

Result<node::Response> send_patiently(node::Writer& writer, const node::Request& request) {
  for (bool waited = false;; waited = true) {
    auto answer = writer.send(request);
    if (!answer) return answer;
    if (answer->code.empty()) {
      if (waited) std::fprintf(stderr, "going on\n");
      return answer;
    }
    if (!answer->retry) return fatal(answer->code, answer->message);
    if (!waited) std::fprintf(stderr, "waiting: %s (%s)\n", answer->message.c_str(), answer->code.c_str());
    std::this_thread::sleep_for(engine::kRoomWait);
  }
}

}  // namespace millrace::cli
