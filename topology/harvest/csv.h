// Rows of CSV files as facts of the front door (spec/gateway.md section 1). Pure: who reads the file and appends the facts
// is the importer's affair.
//
//   CsvReader reader(text);
//   std::vector<std::string> cells;
//   reader.next(cells);  const std::vector<std::string> header = csv_header(cells);
//   while (reader.next(cells)) { const CsvOutcome row = csv_lead(header, cells, {batch, reader.row(), import_ms}); … }
//
// CV-1  A row gives a fact or the first of its errors in the order of the specification, never both.
// CV-2  Ids depend on the file's bytes and the row's number alone, so that a file imported twice gives the same facts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "topology/harvest/naming.h"

namespace millrace::harvest {

// First 16 hex of SHA-256 of the file.
std::string csv_batch(std::string_view file);

// Records of RFC 4180 text: quoted cells may hold commas, quotes (doubled) and line ends. Empty lines are passed over; a
// byte order mark is no part of the first name. The text must outlive the reader.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  bool next(std::vector<std::string>& cells);
  // Number of the record given last; the header is 1.
  std::int64_t row() const { return row_; }

 private:
  std::string_view rest_;
  std::int64_t row_ = 0;
};

// Names trimmed, lower-case, blanks as '_'.
std::vector<std::string> csv_header(const std::vector<std::string>& cells);

struct CsvPlace {
  std::string_view batch;
  std::int64_t row = 0;
  TimeMs import_ms = 0;
  std::string_view country_code = "1";  // identity.country_code: whether a phone is an identifier
};
struct CsvEvent {
  std::string id, source;
  std::string_view type;
  TimeMs time_ms = 0;
  std::string data;  // canonical JSON
};
struct CsvOutcome {
  std::optional<CsvEvent> event;
  std::string_view error;  // csv_bad_row, csv_name_missing, …; empty with an event
};
// lead.captured of a row.
CsvOutcome csv_lead(const std::vector<std::string>& header, const std::vector<std::string>& cells, const CsvPlace& place);
// crm.stage_changed of a row of `import --deals`.
CsvOutcome csv_deal(const std::vector<std::string>& header, const std::vector<std::string>& cells, const CsvPlace& place,
                    const StageAliases& aliases);

// Cents of a decimal amount with optional thousands commas and at most two decimals; nullopt when it is not money.
std::optional<std::int64_t> money_cents(std::string_view text);
// An integer of digits alone.
std::optional<std::int64_t> digits_of(std::string_view text);
// Items of a text split at any of `separators`, trimmed, empty ones dropped.
std::vector<std::string> split_list(std::string_view text, std::string_view separators);
// RFC 3339, or a date with an optional time, UTC.
std::optional<TimeMs> csv_time(std::string_view text);

}  // namespace millrace::harvest
