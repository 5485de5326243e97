// A mapping file: how the rows of one CSV file become facts of one type.
//
//   type = "lead.captured"
//   tenant = "acme"
//   source = "crm-export"              # CloudEvents source: with id it makes a fact once for ever
//   id = "{contact_id}"
//   time = "{created}"                 # RFC 3339, or a date with an optional time, UTC
//   skip_without = ["email"]           # rows in which one of these is empty are no facts
//
//   [data]
//   lead_source = "csv"
//   email = "{email}"
//   deal_value_cents = "{amount}"      # …_cents takes decimals
//   tags = "{labels}"                  # lists are split at ; or ,
//   [data.utm]
//   medium = "{medium}"
//
//   [column.medium]                    # a column made of another by its value
//   from = "origin"
//   otherwise = ""
//   values = { "paid search" = "cpc", "email" = "email" }
//
// A template is text with {column}; a field whose text is empty is left out.
//
// MA-1  A row gives a fact or an error; ids depend on the row alone, so a file imported twice gives the same facts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace millrace::connect {

struct MappedRow {
  std::string fact;   // a CloudEvent in JSON; empty with an error, or when the row is skipped
  TimeMs time_ms = 0;
  std::string error;  // bad_time, bad_number:<field>, bad_money:<field>, csv_bad_row
};

class Mapping {
 public:
  // Fails: bad_mapping, naming what is wrong; not_found.
  static Result<Mapping> load(const std::string& file);
  // Fails: bad_mapping when a template names a column that the header does not have.
  Result<void> bind(const std::vector<std::string>& header);
  MappedRow map(const std::vector<std::string>& cells) const;

 private:
  struct Piece {
    std::string text;    // before the column
    std::string column;  // empty at the end
  };
  using Template = std::vector<Piece>;
  struct Target {
    std::string path;  // "utm.medium"
    Template text;
  };
  struct Derived {
    std::string from, otherwise;
    std::map<std::string, std::string> values;
  };
  static Template parse(const std::string& text);
  std::string fill(const Template& text, const std::vector<std::string>& cells) const;
  std::string column(const std::string& name, const std::vector<std::string>& cells) const;

  std::string file_, type_;
  Template tenant_, source_, id_, time_;
  std::vector<std::string> skip_without_;
  std::vector<Target> targets_;  // sorted by path
  std::map<std::string, Derived> derived_;
  std::map<std::string, std::size_t> columns_;
};

}  // namespace millrace::connect
