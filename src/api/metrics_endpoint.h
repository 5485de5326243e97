// GET /metrics: what a process tells of itself, for Prometheus.
//
//   auto endpoint = MetricsEndpoint::open("127.0.0.1:9464", [&] { return cluster.measures(); });
//
// ME-1  A scrape waits for nothing but `collect`, which gives what is known and asks nobody.
// ME-2  Nothing is served but numbers under names of stages, partitions and members; still, it listens on the loopback
//       address unless another one is named.
// Threads: `collect` is called on the endpoint's own, one scrape at a time.      Tests: tests/integration/metrics.sh
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/measures.h"
#include "core/result.h"

namespace millrace::api {

class MetricsEndpoint {
 public:
  using Collect = std::function<Measures()>;
  // `address`: HOST:PORT, :PORT or PORT (on 127.0.0.1); port 0 is a free one.
  // Fails: bad_argument (no address), io (taken, or not this machine's).
  static Result<std::unique_ptr<MetricsEndpoint>> open(const std::string& address, Collect collect);
  ~MetricsEndpoint();

  // Where it listens, HOST:PORT.
  const std::string& address() const { return address_; }

 private:
  struct Parts;
  MetricsEndpoint(std::unique_ptr<Parts> parts, std::string address);
  std::unique_ptr<Parts> parts_;
  const std::string address_;
};

}  // namespace millrace::api
