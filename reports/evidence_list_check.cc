// SPDX-License-Identifier: Apache-2.0
#include "reports/evidence_list_check.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "proof/sm3.h"
#include "reports/mask.h"

namespace xuncha {
namespace {

constexpr size_t kColumns = 14;
constexpr size_t kSha256 = 5, kSm3 = 6, kUrl = 7, kTime = 9, kRecord = 11;
constexpr size_t kTold = 20;

// Every cell is quoted and holds no line end. Nothing if the line is otherwise.
std::optional<std::vector<std::string>> CellsOf(std::string_view line) {
  std::vector<std::string> cells;
  size_t at = 0;
  for (;;) {
    if (at >= line.size() || line[at] != '"') return std::nullopt;
    std::string cell;
    for (++at;; ++at) {
      if (at >= line.size()) return std::nullopt;
      if (line[at] != '"') {
        cell += line[at];
      } else if (at + 1 < line.size() && line[at + 1] == '"') {
        cell += '"';
        ++at;
      } else {
        break;
      }
    }
    cells.push_back(std::move(cell));
    if (++at == line.size()) return cells;
    if (line[at] != ',' || cells.size() > kColumns) return std::nullopt;
    ++at;
  }
}

struct Line {
  uint64_t number = 0;
  std::string sha256, sm3, url, time;
  bool found = false;
};

// "2026-11-22 01:00:00.000Z", made another way than the list's writer does.
std::string Utc(Millis time) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(time)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(at - midnight);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

class Holder {
 public:
  ListCheck Run(std::string_view csv, ByteSource archive) {
    Lines(csv);
    Records(std::move(archive));
    for (const auto& [id, line] : lines_) {
      if (!line.found) Wrong(fmt::format("清单第 {} 项：原始记录 {} 不在包内", line.number, id));
    }
    return std::move(check_);
  }

 private:
  void Wrong(std::string text) {
    if (check_.problems.size() < kTold) check_.problems.push_back(Neutralise(text));
  }

  void Lines(std::string_view csv) {
    if (!csv.starts_with("\xEF\xBB\xBF") || !csv.ends_with("\r\n"))
      return Wrong("电子数据清单（CSV）：首尾不合格式");
    csv.remove_prefix(3);
    bool head = true;
    while (!csv.empty()) {
      const size_t end = csv.find("\r\n");
      const std::string_view text = csv.substr(0, end);
      csv.remove_prefix(end + 2);
      const auto cells = CellsOf(text);
      if (!cells || cells->size() != kColumns)
        return Wrong(fmt::format("电子数据清单（CSV）：第 {} 项之后的一行不合格式", check_.lines));
      if (std::exchange(head, false)) continue;
      ++check_.lines;
      if ((*cells)[0] != std::to_string(check_.lines))
        Wrong(fmt::format("清单第 {} 项：编号不连续", check_.lines));
      const std::string& id = (*cells)[kRecord];
      if (id.empty()) continue;
      Line line{check_.lines, (*cells)[kSha256], (*cells)[kSm3], (*cells)[kUrl], (*cells)[kTime]};
      if (!lines_.emplace(id, std::move(line)).second)
        Wrong(fmt::format("清单第 {} 项：记录编号重复", check_.lines));
    }
  }

  void Records(ByteSource archive) {
    WarcReader reader(std::move(archive));
    for (;;) {
      const Result<std::optional<WarcRecord>> record = reader.Next();
      if (!record) return Wrong("原始采集记录：" + record.error().text);
      if (!record->has_value()) return;
      const std::string& type = (*record)->type;
      if (type == "response" || type == "revisit" || type == "resource") One(**record);
    }
  }

  void One(const WarcRecord& record) {
    const auto known = lines_.find(record.id);
    if (known == lines_.end())
      return Wrong(fmt::format("原始记录 {} 不在电子数据清单中", record.id));
    Line& line = known->second;
    line.found = true;
    const auto differs = [&](std::string_view what) {
      Wrong(fmt::format("清单第 {} 项：{}与原始记录不符", line.number, what));
    };
    std::string_view payload = record.block;
    if (record.type != "resource") {
      const size_t end = payload.find("\r\n\r\n");
      payload = end == std::string_view::npos ? "" : payload.substr(end + 4);
    }
    if (record.type == "revisit") {
      const std::string* digest = record.Field("WARC-Payload-Digest");
      if (digest == nullptr || *digest != "sha256:" + line.sha256) return differs(" SHA-256 ");
      const auto first = payloads_.find(line.sha256);
      const bool nothing = line.sha256 == Sha256("").hex() && line.sm3 == Sm3("").hex();
      if (nothing) {
        // A server's word that nothing has changed, of what is not in the package.
      } else if (first == payloads_.end()) {
        return Wrong(fmt::format("清单第 {} 项：所指的相同正文不在包内", line.number));
      } else if (first->second != line.sm3) {
        return differs(" SM3 ");
      }
    } else {
      if (Sha256(payload).hex() != line.sha256) return differs(" SHA-256 ");
      if (Sm3(payload).hex() != line.sm3) return differs(" SM3 ");
      if (record.type == "response") payloads_.emplace(line.sha256, line.sm3);
    }
    constexpr std::string_view kPicture = "urn:screenshot:";
    const bool picture = record.target_uri.starts_with(kPicture);
    const std::string url = record.target_uri.substr(picture ? kPicture.size() : 0);
    if (line.url != Neutralise(url) && line.url != Neutralise(MaskIdentifiers(url)))
      return differs("网址");
    // A picture was drawn when the package was made.
    if (!picture && line.time != Utc(record.date)) return differs("采集时间");
    ++check_.records;
  }

  ListCheck check_;
  std::map<std::string, Line> lines_;
  std::map<std::string, std::string> payloads_;  // SHA-256 -> SM3
};

}  // namespace

ListCheck CheckList(std::string_view csv, ByteSource archive) {
  return Holder().Run(csv, std::move(archive));
}

}  // namespace xuncha
