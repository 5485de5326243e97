#include "topology/score/seniority.h"

#include "topology/score/words.h"

namespace millrace::score {

namespace {

struct Row {
  std::string_view phrase;  // as words() writes it
  std::int64_t bp;
};

// In the order of the table: an executive assistant to the CEO is an assistant, a vice president no president.
constexpr Row kRows[] = {
    {" assistant ", 5000},       {" intern ", 5000},          {" trainee ", 5000},  {" coordinator ", 5000},
    {" secretary ", 5000},       {" account executive ", 6000}, {" sales executive ", 6000},
    {" ceo ", 10000},            {" cto ", 10000},            {" cfo ", 10000},     {" coo ", 10000},
    {" cmo ", 10000},            {" cio ", 10000},            {" ciso ", 10000},    {" chief ", 10000},
    {" founder ", 10000},        {" cofounder ", 10000},      {" owner ", 10000},   {" vp ", 9500},
    {" svp ", 9500},             {" evp ", 9500},             {" vice president ", 9500},
    {" president ", 9500},       {" director ", 9000},        {" head ", 9000},     {" executive ", 9500},
    {" manager ", 7000},         {" lead ", 6500},            {" senior ", 6000},   {" sr ", 6000}};

}  // namespace

std::int64_t seniority_bp(std::string_view role, std::string_view job_level) {
  for (const std::string_view text : {role, job_level})
    for (const Row& row : kRows)
      if (holds_run(text, row.phrase)) return row.bp;
  return 5000;
}

}  // namespace millrace::score
