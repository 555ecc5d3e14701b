// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "proof/chain_verdict.h"

namespace xuncha {

std::string_view ChainFaultText(ChainFault fault) {
  switch (fault) {
    case ChainFault::kUnreadable:
      return "无法读取，或与写入时不同";
    case ChainFault::kNoHeader:
      return "不是导出的审计链，或开头已损坏";
    case ChainFault::kMissing:
      return "此条之前缺少条目";
    case ChainFault::kOutOfOrder:
      return "编号不连续，条目被重复或调换";
    case ChainFault::kWrongHash:
      return "内容与其哈希值不符，已被改动";
    case ChainFault::kBrokenLink:
      return "与前一条的哈希值接不上";
    case ChainFault::kWrongRoot:
      return "检查点签署的不是这些条目";
    case ChainFault::kBadSignature:
      return "检查点的签名无效";
    case ChainFault::kUnknownKey:
      return "检查点由未提供的密钥签署";
    case ChainFault::kBadTimestamp:
      return "时间戳不能证明此检查点";
    case ChainFault::kUnnamedTimestamp:
      return "时间戳没有对应的条目";
    case ChainFault::kLostTimestamp:
      return "条目记载的时间戳已不存在";
    case ChainFault::kClockBack:
      return "时间倒退而没有记载";
    case ChainFault::kCutOff:
      return "末尾缺失";
    case ChainFault::kWrongEnd:
      return "末行与前面各行不符";
    case ChainFault::kOtherHistory:
      return "与早先留存的检查点不是同一条链";
  }
  return "";
}

uint64_t UnknownKeys(const ChainReport& report) {
  return static_cast<uint64_t>(std::count_if(
      report.problems.begin(), report.problems.end(),
      [](const ChainProblem& problem) { return problem.fault == ChainFault::kUnknownKey; }));
}

bool IsDamaged(const ChainReport& report) { return report.problem_count > UnknownKeys(report); }

std::string ChainReport::Text() const {
  std::string text = fmt::format("条目 {}，检查点 {}，时间戳 {}", entries, checkpoints, timestamps);
  if (timestamps_proven > 0)
    text += fmt::format("（其中 {} 个经验证，最近 {}）", timestamps_proven, FormatTime(stamped_at));
  text += fmt::format("，时钟变动 {} 次\n", clock_steps);
  for (const ChainProblem& problem : problems) {
    text += problem.entry == 0 ? std::string("✗ ") : fmt::format("✗ 第 {} 条：", problem.entry);
    text += ChainFaultText(problem.fault);
    if (!problem.detail.empty()) text += fmt::format("（{}）", Neutralise(problem.detail));
    text += '\n';
  }
  if (problem_count > problems.size())
    text += fmt::format("✗ 另有 {} 处问题未列出\n", problem_count - problems.size());
  if (proven > 0) {
    text += fmt::format("第 1 至 {} 条由 {} 的签名证明未被改动\n", proven, FormatTime(proven_at));
  }
  if (entries > proven && UnknownKeys(*this) == 0)
    text += fmt::format("第 {} 至 {} 条尚未签名，只有哈希相连\n", proven + 1, entries);
  if (IsDamaged(*this)) return text + fmt::format("审计链有 {} 处问题\n", problem_count);
  if (UnknownKeys(*this) > 0) {
    return text +
           "缺少公钥，签名未能验证，不能证明审计链未被改动；取回 installation.pub，或用 "
           "--key 指明\n";
  }
  if (proven == 0) return text + "审计链尚未签名，无法证明未被改动\n";
  if (proven < entries) return text + fmt::format("审计链前 {} 条完整，其后无法证明\n", proven);
  return text + "审计链完整\n";
}

ChainChecker::ChainChecker(Options options) : options_(std::move(options)) {}

void ChainChecker::Fault(ChainFault fault, uint64_t entry, std::string detail) {
  ++report_.problem_count;
  if (report_.problems.size() < limits::kAuditProblemsMax)
    report_.problems.push_back({fault, entry, std::move(detail)});
}

void ChainChecker::CheckTime(const AuditEntry& entry) {
  const bool step = entry.kind == kClockStep;
  if (step) ++report_.clock_steps;
  if (!step && entry.time < last_time_ - limits::kClockStepMillisMin) {
    Fault(ChainFault::kClockBack, entry.number,
          fmt::format("{} → {}", FormatTime(last_time_), FormatTime(entry.time)));
  }
  last_time_ = entry.time;
}

void ChainChecker::Add(const AuditEntry& entry, const std::optional<Digest>& stated) {
  const Digest hash = HashOf(entry);
  if (stated && *stated != hash) Fault(ChainFault::kWrongHash, entry.number);
  if (entry.number > last_number_ + 1) {
    Fault(ChainFault::kMissing, entry.number,
          fmt::format("{} 条", entry.number - last_number_ - 1));
  } else if (entry.number <= last_number_) {
    Fault(ChainFault::kOutOfOrder, entry.number);
  }
  if (entry.previous != last_hash_) Fault(ChainFault::kBrokenLink, entry.number);
  CheckTime(entry);
  if (entry.kind == kTimestamped) {
    const std::string_view digest = RefOf(entry, "sha256");
    spoken_.emplace(digest, entry.number);
  }
  last_number_ = entry.number;
  // The link goes on from what was written, so that one fault is told once.
  last_hash_ = stated.value_or(hash);
  edge_.Add(hash);
  ++report_.entries;
  CheckWitnesses();
}

void ChainChecker::CheckWitnesses() {
  for (const Checkpoint& witness : options_.witnesses) {
    if (witness.size == edge_.size() && witness.root != edge_.Root())
      Fault(ChainFault::kOtherHistory, witness.size);
  }
}

bool ChainChecker::Signed(const Checkpoint& checkpoint) {
  const auto key = std::find_if(options_.keys.begin(), options_.keys.end(),
                                [&](const PublicKey& k) { return k.id() == checkpoint.key; });
  if (key == options_.keys.end()) {
    const std::string id = checkpoint.key.hex();
    const bool told = std::any_of(
        report_.problems.begin(), report_.problems.end(), [&](const ChainProblem& problem) {
          return problem.fault == ChainFault::kUnknownKey && problem.detail == id;
        });
    if (!told) Fault(ChainFault::kUnknownKey, checkpoint.size, id);
    return false;
  }
  if (key->Verify(CheckpointText(checkpoint), checkpoint.signature)) return true;
  Fault(ChainFault::kBadSignature, checkpoint.size);
  return false;
}

void ChainChecker::CheckStamp(const Checkpoint& checkpoint) {
  if (checkpoint.timestamp.empty()) return;
  ++report_.timestamps;
  stamps_.emplace(Sha256(checkpoint.timestamp).hex(), checkpoint.size);
  if (!options_.trust) return;
  const Result<TimestampFacts> stamped =
      CheckTimestamp(checkpoint.timestamp, CheckpointText(checkpoint), *options_.trust);
  if (!stamped) return Fault(ChainFault::kBadTimestamp, checkpoint.size, stamped.error().text);
  ++report_.timestamps_proven;
  report_.stamped_at = std::max(report_.stamped_at, stamped->time);
}

void ChainChecker::Add(const Checkpoint& checkpoint) {
  ++report_.checkpoints;
  const bool fits = checkpoint.size == edge_.size() && checkpoint.root == edge_.Root();
  if (!fits) Fault(ChainFault::kWrongRoot, checkpoint.size);
  const bool by_us = Signed(checkpoint);
  CheckStamp(checkpoint);
  if (!fits || !by_us) return;
  report_.proven = std::max(report_.proven, checkpoint.size);
  report_.proven_at = checkpoint.time;
}

ChainReport ChainChecker::Finish() {
  for (const Checkpoint& witness : options_.witnesses) {
    if (witness.size > edge_.size()) {
      Fault(ChainFault::kCutOff, witness.size,
            fmt::format("留存的检查点有 {} 条，此处只有 {} 条", witness.size, edge_.size()));
    }
    (void)Signed(witness);
  }
  for (const auto& [digest, checkpoint] : stamps_) {
    if (!spoken_.contains(digest)) Fault(ChainFault::kUnnamedTimestamp, checkpoint);
  }
  for (const auto& [digest, entry] : spoken_) {
    if (!stamps_.contains(digest)) Fault(ChainFault::kLostTimestamp, entry);
  }
  return std::move(report_);
}

}  // namespace xuncha
