// Where a namespace is: a data folder with a log of its own, or a Kafka cluster and the folder of one instance on it.
#pragma once

#include <map>
#include <string>

namespace millrace::node {

struct Target {
  std::string data;      // the folder
  std::string key_seed;  // tests only: keys derived instead of drawn
  std::map<std::string, std::string> kafka;  // "brokers" and what log/kafka/settings.h knows; empty: no cluster
  bool on_cluster() const { return kafka.contains("brokers"); }
  std::string name_space() const {  // on the cluster; may be empty
    const auto name = kafka.find("namespace");
    return name == kafka.end() ? std::string() : name->second;
  }
};

}  // namespace millrace::node
