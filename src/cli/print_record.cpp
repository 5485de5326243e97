#include <unistd.h>

#include "cli/tail.h"
#include "core/json.h"
#include "core/time.h"
#include "topology/wire/strict.h"

namespace millrace::cli {

namespace {

std::string place(const TopicTable& topics, const Position& p) {
  return topics[p.topic].name + "/" + std::to_string(p.partition.value) + "/" + std::to_string(p.offset.value);
}

}  // namespace

std::string ndjson_line(const TopicTable& topics, const Record& record) {
  std::string line(record.value);
  const bool object = line.size() > 1 && line.front() == '{' && line.back() == '}';
  if (!object) {
    line = "{\"raw\":";
    append_json_string(line, record.value);
    line.push_back('}');
  }
  line.pop_back();
  line.append(",\"at\":\"").append(place(topics, record.at)).append("\"");
  if (record.headers.cause.known()) line.append(",\"cause\":\"").append(place(topics, record.headers.cause)).append("\"");
  if (record.headers.root.known()) line.append(",\"root\":\"").append(place(topics, record.headers.root)).append("\"");
  line.append(",\"key\":");
  append_json_string(line, record.key);
  return line + "}";
}

std::string pretty_lines(const TopicTable& topics, const Record& record) {
  wire::StrictJson json;
  if (json.read(record.value) != wire::StrictProblem::none)
    return place(topics, record.at) + "  (not JSON, " + std::to_string(record.value.size()) + " bytes)\n";
  const auto text = [&](const char* name) -> std::string {
    const wire::JsonValue* v = wire::StrictJson::find(json.root(), name);
    return v && v->is(wire::JsonValue::Kind::string) ? std::string(json.string_of(*v)) : std::string();
  };
  std::string out = text("time") + "  " + text("type") + "  " + std::string(record.key) + "  @" + place(topics, record.at) + "\n";
  if (const wire::JsonValue* data = wire::StrictJson::find(json.root(), "data"); data && data->is(wire::JsonValue::Kind::object)) {
    std::vector<wire::JsonMember> members;
    json.members_of(*data, members);
    for (const auto& m : members) {
      if (m.key == "sealed" || m.key == "tokens") continue;
      std::string value(m.value.text.substr(0, 160));
      if (value.starts_with("\"s1.")) value = "(sealed)";
      else if (m.value.text.size() > 160) value += "…";
      out += "    " + std::string(m.key) + std::string(m.key.size() < 22 ? 22 - m.key.size() : 1, ' ') + value + "\n";
    }
  }
  return out;
}

}  // namespace millrace::cli
