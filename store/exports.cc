// SPDX-License-Identifier: Apache-2.0
#include "store/exports.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kExports;

}  // namespace

Status CheckExport(const EvidenceExport& record) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"调证文书编号", record.reference}, {"调证单位", record.authority}, {"经办人", record.by},
      {"批准人", record.approved_by},     {"批准意见", record.approval},
  };
  for (const auto& [name, text] : texts) {
    if (Trim(text).empty())
      return Error{Code::kInvalid, fmt::format("缺少{}；导出证据必须写明", name)};
    if (text.size() > limits::kExportTextBytesMax)
      return Error{Code::kLimit,
                   fmt::format("{}太长，最多 {} 字节", name, limits::kExportTextBytesMax)};
  }
  if (record.officers.size() < 2)
    return Error{Code::kInvalid, "缺少调证人员姓名；调取证据须两名以上，逐一写明"};
  if (record.officers.size() > limits::kExportOfficersMax)
    return Error{Code::kLimit, fmt::format("调证人员最多 {} 名", limits::kExportOfficersMax)};
  for (size_t i = 0; i < record.officers.size(); ++i) {
    const std::string& officer = record.officers[i];
    if (Trim(officer).empty() || officer.size() > limits::kExportTextBytesMax)
      return Error{Code::kInvalid, "调证人员姓名为空或太长；逐一写明"};
    for (size_t j = 0; j < i; ++j) {
      if (Trim(record.officers[j]) == Trim(officer))
        return Error{Code::kInvalid, "两名调证人员是同一个名字；调取证据须两名以上"};
    }
  }
  if (Trim(record.by) == Trim(record.approved_by))
    return Error{Code::kInvalid, "经办人与批准人是同一人；导出证据须另一人批准"};
  return Ok();
}

namespace {

std::vector<std::string> RefsOf(const EvidenceExport& record) {
  std::vector<std::string> refs = {"export:" + record.id(), "case:" + record.reference};
  refs.insert(refs.end(), record.scope.begin(), record.scope.end());
  return refs;
}

Result<EvidenceExport> Decode(std::string_view key, std::string_view payload) {
  Result<EvidenceExport> record = DecodeStored<EvidenceExport>(kHere, key, payload);
  if (record) record->number = NumberOfKey(key).value_or(0);
  return record;
}

}  // namespace

std::string EvidenceExport::id() const { return fmt::format("E{}", number); }

Result<EvidenceExport> ExportBook::Begin(EvidenceExport record, Millis now) {
  if (Status good = CheckExport(record); !good) return good.error();
  if (record.scope.empty()) return Error{Code::kInvalid, "缺少导出范围；写明事件、网站或网址"};
  const Result<std::optional<std::string>> last = database_.LastKey(kHere, kExportKeys);
  if (!last) return last.error();
  record.number = (*last ? NumberOfKey(**last).value_or(0) : 0) + 1;
  record.begun = now;
  Batch batch(database_);
  PutRecord(batch, kHere, ExportKey(record.number), record);
  const Deed approval{.kind = "evidence-approve",
                      .actor = record.approved_by,
                      .what = record.approval + (record.unmasked ? "（不遮盖个人号码）" : ""),
                      .refs = RefsOf(record)};
  if (Status told = chain_.Append(batch, approval); !told) return told.error();
  const Deed deed{.kind = "evidence-export",
                  .actor = record.by,
                  .what = fmt::format("交{}（{}）", record.authority, Join(record.officers, "、")),
                  .refs = RefsOf(record)};
  if (Status told = chain_.Append(batch, deed); !told) return told.error();
  if (Status done = batch.Commit(); !done) return done.error();
  return record;
}

Status ExportBook::End(const EvidenceExport& record, Millis now) {
  EvidenceExport ended = record;
  ended.ended = now;
  Batch batch(database_);
  PutRecord(batch, kHere, ExportKey(ended.number), ended);
  Deed deed{.actor = ended.by, .refs = RefsOf(ended)};
  if (ended.failure.empty()) {
    deed.kind = "evidence-exported";
    deed.what = fmt::format("{} 项，{} 字节", ended.items, ended.bytes);
    deed.refs.push_back("sha256:" + ended.package.hex());
  } else {
    deed.kind = "evidence-failed";
    deed.what = ended.failure;
  }
  if (Status told = chain_.Append(batch, deed); !told) return told;
  return batch.Commit();
}

Status ExportBook::Each(const std::function<bool(const EvidenceExport&)>& visit) const {
  return database_.Scan(kHere, kExportKeys,
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const Result<EvidenceExport> record = Decode(key, payload);
                          if (!record) return record.error();
                          return visit(*record);
                        });
}

}  // namespace xuncha
