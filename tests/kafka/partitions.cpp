// Reads what `foreign partitions` prints (a key in hexadecimal and a partition, one a line) and prints the same with our
// own partitioner, so that the two can be compared byte for byte.   millrace_partitions PARTITIONS <java >ours
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "core/hash.h"

int main(int, char** argv) {
  const auto partitions = static_cast<std::uint16_t>(std::atoi(argv[1]));
  std::string hex, theirs;
  while (std::cin >> hex >> theirs) {
    std::string key;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
      key.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    std::printf("%s %u\n", hex.c_str(), static_cast<unsigned>(millrace::partition_of(key, partitions)));
  }
}
