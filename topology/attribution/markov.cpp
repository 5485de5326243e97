#include "topology/attribution/markov.h"

#include <algorithm>
#include <vector>

#include "core/arith.h"

namespace millrace::attribution {

namespace {

constexpr std::int64_t kMass = std::int64_t{1} << 48;
constexpr int kRounds = 1024;

// The graph with states as numbers: -1 is (conv), -2 is (null).
struct Graph {
  struct Edge {
    int to;
    std::int64_t count;
  };
  std::vector<std::string> names;  // in order; the last is (start)
  std::vector<std::vector<Edge>> edges;
  std::vector<std::int64_t> sums;
};

Graph numbered(const Transitions& transitions) {
  Graph g;
  std::map<std::string_view, int> number;
  for (const auto& [from, row] : transitions) {
    if (from != kStart) number.emplace(from, 0);
    for (const auto& [to, count] : row)
      if (to != kConverted && to != kNull) number.emplace(to, 0);
  }
  for (auto& [name, index] : number) {
    index = static_cast<int>(g.names.size());
    g.names.emplace_back(name);
  }
  const auto start = g.names.size();
  g.edges.resize(start + 1);
  g.sums.resize(start + 1);
  for (const auto& [from, row] : transitions) {
    const auto at = from == kStart ? start : static_cast<std::size_t>(number.at(from));
    for (const auto& [to, count] : row) {
      g.edges[at].push_back({to == kConverted ? -1 : to == kNull ? -2 : number.at(to), count});
      g.sums[at] += count;
    }
  }
  return g;
}

// The mass that reaches (conv) when channel `removed` swallows what comes to it (-3: none is removed).
std::int64_t converted(const Graph& g, int removed) {
  const std::size_t start = g.names.size();
  std::vector<std::int64_t> mass(start + 1), next(start + 1);
  mass[start] = kMass;
  std::int64_t total = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::fill(next.begin(), next.end(), 0);
    bool any = false;
    for (std::size_t from = 0; from <= start; ++from) {
      if (mass[from] == 0) continue;
      for (const Graph::Edge& edge : g.edges[from]) {
        const auto moved = static_cast<std::int64_t>(Int128{mass[from]} * edge.count / g.sums[from]);
        if (edge.to == -1) {
          total += moved;
        } else if (edge.to >= 0 && edge.to != removed && moved > 0) {
          next[static_cast<std::size_t>(edge.to)] += moved;
          any = true;
        }
      }
    }
    std::swap(mass, next);
    if (!any) break;
  }
  return total;
}

}  // namespace

void count_journey(Transitions& graph, std::span<const std::string> channels, std::string_view result,
                   std::int64_t times) {
  if (channels.empty() || times == 0) return;
  const std::string* from = nullptr;
  for (const std::string& channel : channels) {
    graph[from ? *from : std::string(kStart)][channel] += times;
    from = &channel;
  }
  graph[*from][std::string(result)] += times;
}

MarkovResult markov(const Transitions& transitions) {
  MarkovResult result;
  const Graph g = numbered(transitions);
  const std::int64_t p = converted(g, -3);
  result.conversion_bp = rdiv(Int128{10000} * p, kMass);
  if (p == 0) return result;
  std::vector<std::int64_t> effects;
  for (std::size_t c = 0; c < g.names.size(); ++c)
    effects.push_back(std::max<std::int64_t>(0, p - converted(g, static_cast<int>(c))));
  const auto shares = split(10000, effects);
  for (std::size_t c = 0; c < g.names.size(); ++c) {
    result.removal_effect_bp[g.names[c]] = rdiv(Int128{10000} * effects[c], p);
    result.share_bp[g.names[c]] = shares[c];
  }
  return result;
}

}  // namespace millrace::attribution
