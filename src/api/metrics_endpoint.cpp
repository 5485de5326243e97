#include "api/metrics_endpoint.h"

#include <httplib.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <charconv>
#include <limits>
#include <map>
#include <mutex>
#include <thread>

namespace millrace::api {

namespace {

constexpr std::string_view kLoopback = "127.0.0.1";
constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kThreads = 2;  // so that one that asks slowly keeps no other waiting

prometheus::ClientMetric metric_of(const Measure& measure) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : measure.labels) metric.label.push_back({name, value});
  switch (measure.kind) {
    case Measure::Kind::gauge: metric.gauge.value = measure.value; break;
    case Measure::Kind::counter: metric.counter.value = measure.value; break;
    case Measure::Kind::summary:
      metric.summary.sample_sum = measure.value;
      metric.summary.sample_count = measure.count;
      break;
    case Measure::Kind::histogram:
      metric.histogram.sample_sum = measure.value;
      metric.histogram.sample_count = measure.count;
      for (const auto& [bound, count] : measure.buckets) metric.histogram.bucket.push_back({count, bound});
      metric.histogram.bucket.push_back({measure.count, std::numeric_limits<double>::infinity()});
      break;
  }
  return metric;
}

prometheus::MetricType type_of(Measure::Kind kind) {
  switch (kind) {
    case Measure::Kind::gauge: return prometheus::MetricType::Gauge;
    case Measure::Kind::counter: return prometheus::MetricType::Counter;
    case Measure::Kind::histogram: return prometheus::MetricType::Histogram;
    case Measure::Kind::summary: break;
  }
  return prometheus::MetricType::Summary;
}

// One family a name, in the order of names.
std::vector<prometheus::MetricFamily> families_of(const Measures& measures) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (const Measure& measure : measures) {
    prometheus::MetricFamily& family = families[measure.name];
    if (family.metric.empty()) {
      family.name = measure.name;
      family.help = measure.help;
      family.type = type_of(measure.kind);
    }
    family.metric.push_back(metric_of(measure));
  }
  std::vector<prometheus::MetricFamily> all;
  for (auto& [name, family] : families) all.push_back(std::move(family));
  return all;
}

// Host and port of "9464", ":9464", "host:9464", "[::1]:9464".
Result<std::pair<std::string, int>> parts_of(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string port = colon == std::string::npos ? address : address.substr(colon + 1);
  int number = -1;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size() || number < 0 || number > 65535)
    return fatal("bad_argument", "metrics are served at HOST:PORT, or PORT of this machine alone, not at \"" + address + "\"");
  if (host.empty()) host = kLoopback;
  return std::pair(std::move(host), number);
}

}  // namespace

struct MetricsEndpoint::Parts {
  Collect collect;
  std::mutex scraping;
  httplib::Server server;
  std::thread thread;

  ~Parts() {
    server.stop();
    if (thread.joinable()) thread.join();
  }
};

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Parts> parts, std::string address)
    : parts_(std::move(parts)), address_(std::move(address)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::open(const std::string& address, Collect collect) {
  const auto where = parts_of(address);
  if (!where) return where.fault();
  auto [host, port] = *where;
  auto parts = std::make_unique<Parts>();
  parts->collect = std::move(collect);
  httplib::Server& server = parts->server;
  // The library would share a port with another process that listens there, and each would get some of the scrapes.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_keep_alive_max_count(1);
  server.Get("/metrics", [raw = parts.get()](const httplib::Request&, httplib::Response& answer) {
    const std::lock_guard hold(raw->scraping);
    answer.set_content(prometheus::TextSerializer().Serialize(families_of(raw->collect())), kText);
  });
  if (port == 0) {
    port = server.bind_to_any_port(host);
  } else if (!server.bind_to_port(host, port)) {
    port = -1;
  }
  if (port < 0)
    return fatal("io", "metrics cannot be served at " + address + ": the port is in use, or the address is not this "
                       "machine's; name another one by --metrics");
  parts->thread = std::thread([&server] { server.listen_after_bind(); });
  std::string bound = host + ":" + std::to_string(port);
  return std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(parts), std::move(bound)));
}

}  // namespace millrace::api
