// SPDX-License-Identifier: Apache-2.0
#include "reports/evidence_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "proof/chain_file.h"
#include "proof/sm3.h"
#include "reports/evidence.h"
#include "reports/evidence_list_check.h"
#include "reports/wacz.h"
#include "reports/warc.h"

namespace xuncha {
namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kTold = 50;  // problems; nobody reads more

// The manifest and what must come after it cannot stand in it; the two files of the
// WACZ format name each other and it.
bool BesideManifest(std::string_view path) {
  return path == evidence::kManifest || path == evidence::kManifestSignature ||
         path == evidence::kManifestStamp || path == "datapackage.json" ||
         path == "datapackage-digest.json";
}

struct Sums {
  Digest sha256, sm3;
};

bool IsSm2(const PublicKey& key) { return key.kind() == KeyKind::kSm2; }

class Checker {
 public:
  Checker(const WaczReader& reader, const EvidenceTrust& trust) : reader_(reader), trust_(trust) {}

  EvidenceReport Run(const WaczReport& archive) {
    Archive(archive);
    if (reader_.Find(evidence::kManifest) == nullptr) {
      if (!archive.signed_ok)
        Open(fmt::format("WACZ {}：就算整包都被改写过，也无从分辨", archive.signature));
      Open(
          "没有 evidence/manifest-sha256.txt，不是 xuncha 制作的证据包："
          "由谁在何时制作、保管链、清单都未核对");
      return std::move(report_);
    }
    Hash();
    Manifest(evidence::kManifest, "SHA-256", &Sums::sha256);
    Manifest(evidence::kManifestSm3, "SM3", &Sums::sm3);
    const Voucher sm2 = Sm2Signature();
    Signature(sm2);
    OwnSignature(archive);
    Stamp("清单的时间戳", evidence::kManifestStamp, evidence::kManifest);
    Custody();
    Stamp("审计链检查点的时间戳", evidence::kCheckpointStamp, evidence::kCheckpointText);
    List();
    report_.notes.push_back("打印用的文件（HTML、PDF、xlsx）只核对了校验值，内容请由人核对");
    return std::move(report_);
  }

 private:
  void Hold(std::string text) { report_.holds.push_back(std::move(text)); }
  void Open(std::string text) { report_.unchecked.push_back(std::move(text)); }
  void Wrong(std::string text) {
    ++wrong_;
    if (report_.problems.size() < kTold) report_.problems.push_back(std::move(text));
    if (report_.problems.size() == kTold) report_.problems.emplace_back("……其余从略");
  }

  void Archive(const WaczReport& archive) {
    for (const std::string& problem : archive.problems) Wrong("WACZ：" + Neutralise(problem));
    if (archive.ok()) {
      Hold(fmt::format("WACZ 的结构、索引与每条记录（{} 个文件，{} 条记录，{} 个页面）",
                       archive.members, archive.records, archive.pages));
    }
    report_.notes.push_back("WACZ 自带的签名：" + Neutralise(archive.signature));
  }

  // Every member once, with both sums.
  void Hash() {
    for (const WaczReader::Member& member : reader_.members()) {
      const ByteSource source = reader_.Source(member);
      Sha256Stream sha256;
      Sm3Stream sm3;
      for (;;) {
        const Result<std::string> piece = source(kPieceBytes);
        if (!piece) {
          Wrong(Neutralise(piece.error().text));
          break;
        }
        if (piece->empty()) {
          sums_[member.path] = {sha256.Finish(), sm3.Finish()};
          break;
        }
        sha256.Add(*piece);
        sm3.Add(*piece);
      }
    }
  }

  std::string Read(std::string_view path, size_t most = limits::kEvidenceFileBytesMax) {
    const WaczReader::Member* member = reader_.Find(path);
    if (member == nullptr) {
      Wrong(fmt::format("{}：缺失", path));
      return "";
    }
    Result<std::string> bytes = reader_.Read(*member, most);
    if (bytes) return std::move(*bytes);
    Wrong(Neutralise(bytes.error().text));
    return "";
  }

  // ---- manifests ----

  void Manifest(std::string_view path, std::string_view kind, Digest Sums::*sum) {
    const std::string text = Read(path);
    if (text.empty()) return Wrong(fmt::format("{}：空的", path));
    const size_t before = wrong_;
    std::set<std::string, std::less<>> named;
    if (!text.ends_with('\n')) Wrong(fmt::format("{}：末行不完整", path));
    for (const std::string_view line :
         Split(std::string_view(text).substr(0, text.rfind('\n')), '\n')) {
      if (line.size() < 67 || line.substr(64, 2) != "  ") {
        Wrong(fmt::format("{}：有一行不合格式", path));
        continue;
      }
      const std::string name(line.substr(66));
      const auto known = sums_.find(name);
      if (!named.insert(name).second) Wrong(fmt::format("{}：重复列出 {}", path, Neutralise(name)));
      if (known == sums_.end()) {
        Wrong(fmt::format("{}：列有 {}，包内没有", path, Neutralise(name)));
      } else if ((known->second.*sum).hex() != line.substr(0, 64)) {
        Wrong(fmt::format("{}：{} 与清单不符", Neutralise(name), kind));
      }
    }
    for (const auto& [name, sums] : sums_) {
      const bool later = name == evidence::kManifestSm3 || name == evidence::kSm2Signature;
      const bool excused = BesideManifest(name) || (path == evidence::kManifestSm3 && later);
      if (!excused && !named.contains(name))
        Wrong(fmt::format("{}：不在 {} 之中", Neutralise(name), path));
    }
    if (wrong_ == before) Hold(fmt::format("全部文件的 {}（{} 个）", kind, named.size()));
  }

  // ---- signatures and timestamps ----

  // Whether what a signature covers may be believed for its sake.
  enum class Voucher { kNone, kTrusted };

  bool TrustsSm2Keys() const { return std::ranges::any_of(trust_.keys, &IsSm2); }
  bool TrustsOtherKeys() const { return !std::ranges::all_of(trust_.keys, &IsSm2); }
  bool Trusts(const PublicKey& own) const {
    return std::any_of(trust_.keys.begin(), trust_.keys.end(),
                       [&](const PublicKey& key) { return key.id() == own.id(); });
  }

  // Of the SM3 sums; there need be none.
  Voucher Sm2Signature() {
    const bool signature = reader_.Find(evidence::kSm2Signature) != nullptr;
    if (!signature && reader_.Find(evidence::kSm2Key) == nullptr) return Voucher::kNone;
    const Result<PublicKey> own =
        PublicKey::FromPem(Read(evidence::kSm2Key, limits::kKeyFileBytesMax), evidence::kSm2Key);
    if (!own || !IsSm2(*own)) {
      Wrong(fmt::format("{}：不是 SM2 公钥", evidence::kSm2Key));
    } else if (!own->Verify(Read(evidence::kManifestSm3),
                            Read(evidence::kSm2Signature, limits::kKeyFileBytesMax))) {
      Wrong("SM3 清单的 SM2 签名与公钥不符");
    } else if (Trusts(*own)) {
      Hold(fmt::format("SM3 清单的 SM2 签名，公钥为所信任的（SHA-256 {}）", own->id().hex()));
      return Voucher::kTrusted;
    } else if (TrustsSm2Keys()) {
      report_.stranger = true;
      Wrong(fmt::format("SM3 清单的 SM2 签名不是由所信任的公钥作出（包内公钥 SHA-256 {}）",
                        own->id().hex()));
    } else {
      Hold(fmt::format("SM3 清单的 SM2 签名与包内公钥相符（SHA-256 {}），公钥由清单的签名担保",
                       own->id().hex()));
    }
    return Voucher::kNone;
  }

  // The SM3 sums cover the key of this one, so that who trusts their signature trusts it.
  void Signature(Voucher sm2) {
    const std::string manifest = Read(evidence::kManifest);
    const std::string signature = Read(evidence::kManifestSignature, limits::kKeyFileBytesMax);
    const std::string pem = Read(evidence::kPublicKey, limits::kKeyFileBytesMax);
    const Result<PublicKey> own = PublicKey::FromPem(pem, evidence::kPublicKey);
    if (!own) return Wrong(fmt::format("{}：不是公钥", evidence::kPublicKey));
    keys_ = {*own};
    if (!own->Verify(manifest, signature)) return Wrong("清单的签名与公钥不符");
    if (Trusts(*own)) {
      Hold(fmt::format("清单的签名，公钥为所信任的（SHA-256 {}）", own->id().hex()));
    } else if (TrustsOtherKeys()) {
      report_.stranger = true;
      Wrong(
          fmt::format("清单的签名不是由所信任的公钥作出（包内公钥 SHA-256 {}）", own->id().hex()));
    } else if (sm2 == Voucher::kTrusted) {
      Hold(fmt::format("清单的签名与包内公钥相符（SHA-256 {}），公钥由 SM2 签名担保",
                       own->id().hex()));
    } else {
      Open(
          fmt::format("清单的签名与包内公钥相符，但没有可信的公钥可以对照；请用 --key "
                      "给出另行取得的公钥（包内公钥 SHA-256 {}）",
                      own->id().hex()));
    }
  }

  // The WACZ's own. A key that can make it, makes it: one that is not there was taken out.
  void OwnSignature(const WaczReport& archive) {
    if (keys_.empty() || keys_[0].kind() != KeyKind::kP384) return;
    if (archive.public_key.empty()) return Wrong("WACZ 自带的签名：缺失");
    if (!archive.signed_ok) return;  // told of by the archive's own check
    if (archive.public_key != Base64(keys_[0].der()))
      return Wrong("WACZ 自带的签名：公钥不是 evidence/installation.pub");
    Hold("WACZ 自带的签名（wacz-auth），与清单的签名出自同一密钥");
  }

  void Stamp(std::string_view what, std::string_view path, std::string_view data) {
    const WaczReader::Member* member = reader_.Find(path);
    if (member == nullptr) {
      report_.notes.push_back(fmt::format("没有{}：时间只由出具单位的时钟说明", what));
      return;
    }
    if (!trust_.stamp) {
      return Open(fmt::format("{}：没有可信的时间戳机构证书可以对照；用 --tsa-ca 给出", what));
    }
    const std::string reply = Read(path, limits::kTimestampBytesMax);
    const Result<TimestampFacts> facts = CheckTimestamp(reply, Read(data), *trust_.stamp);
    if (!facts) return Wrong(fmt::format("{}：{}", what, Neutralise(facts.error().text)));
    Hold(fmt::format("{}：{}，{}", what, FormatTime(facts->time), Neutralise(facts->authority)));
  }

  // ---- custody ----

  // Of the export, as the archive names it.
  std::string OwnNumber() const {
    const WaczReader::Member* archive = reader_.Find(evidence::kArchive);
    if (archive == nullptr) return "";
    WarcReader records(reader_.Source(*archive));
    const auto first = records.Next();
    if (!first || !*first || (*first)->type != "warcinfo") return "";
    constexpr std::string_view kName = "isPartOf: ";
    for (const std::string_view line : Split((*first)->block, '\n')) {
      if (line.starts_with(kName)) return std::string(Trim(line.substr(kName.size())));
    }
    return "";
  }

  void Custody() {
    const std::string text = Read(evidence::kCheckpointText, limits::kAuditLineBytesMax);
    const std::string signature = Read(evidence::kCheckpointSignature, limits::kKeyFileBytesMax);
    const std::string proofs = Read(evidence::kProofs);
    const size_t before = wrong_;
    if (!proofs.ends_with('\n')) return Wrong(fmt::format("{}：末行不完整", evidence::kProofs));
    const std::string own = "export:" + OwnNumber();
    std::string approver, exporter;
    uint64_t number = 0, last = 0;
    for (const std::string_view line :
         Split(std::string_view(proofs).substr(0, proofs.size() - 1), '\n')) {
      ++number;
      const Result<InclusionProof> proof = ParseInclusionProof(line);
      if (!proof) {
        Wrong(fmt::format("{} 第 {} 行：{}", evidence::kProofs, number,
                          Neutralise(proof.error().text)));
        continue;
      }
      if (CheckpointText(proof->checkpoint) != text || proof->checkpoint.signature != signature)
        Wrong(fmt::format("{} 第 {} 行：所指的不是包内的检查点", evidence::kProofs, number));
      if (const std::string wrong = CheckProof(*proof, keys_); !wrong.empty())
        Wrong(fmt::format("{} 第 {} 行：{}", evidence::kProofs, number, wrong));
      const AuditEntry& entry = proof->entry;
      if (entry.number <= last)
        Wrong(fmt::format("{} 第 {} 行：次序不对", evidence::kProofs, number));
      last = entry.number;
      // Of this very export: those before it for the same case stand here, too.
      const bool ours = std::find(entry.refs.begin(), entry.refs.end(), own) != entry.refs.end();
      if (ours && entry.kind == "evidence-approve") approver = entry.actor;
      if (ours && entry.kind == "evidence-export") exporter = entry.actor;
    }
    if (approver.empty() || exporter.empty()) {
      Wrong("保管链里没有这次导出或它的批准");
    } else if (approver == exporter) {
      Wrong("导出与批准是同一人");
    }
    if (wrong_ == before) {
      Hold(fmt::format("保管链 {} 条都在签名的审计链中；导出：{}，批准：{}", number,
                       Neutralise(exporter), Neutralise(approver)));
    }
  }

  // ---- the list ----

  void List() {
    const std::string path = std::string(evidence::kList) + ".csv";
    const std::string csv = Read(path);
    const WaczReader::Member* archive = reader_.Find(evidence::kArchive);
    if (archive == nullptr) return Wrong(fmt::format("{}：缺失", evidence::kArchive));
    const size_t before = wrong_;
    const ListCheck checked = CheckList(csv, reader_.Source(*archive));
    for (const std::string& problem : checked.problems) Wrong(problem);
    if (wrong_ == before) {
      Hold(fmt::format("电子数据清单 {} 项，其中 {} 项与原始记录逐条相符", checked.lines,
                       checked.records));
    }
  }

  const WaczReader& reader_;
  const EvidenceTrust& trust_;
  EvidenceReport report_;
  size_t wrong_ = 0;  // also of those that are not told any more
  std::map<std::string, Sums, std::less<>> sums_;
  std::vector<PublicKey> keys_;
};

}  // namespace

std::string EvidenceReport::Text() const {
  std::string text;
  for (const std::string& line : holds) text += "符合    " + line + "\n";
  for (const std::string& line : problems) text += "不符    " + line + "\n";
  for (const std::string& line : unchecked) text += "未核对  " + line + "\n";
  for (const std::string& line : notes) text += "说明    " + line + "\n";
  text +=
      stranger && problems.size() == 1
          ? "结论：包内前后一致，但由别的密钥签署；出具单位换过密钥时，请给出当时的公钥再核对。\n"
      : !problems.empty() ? "结论：有不符之处，这个证据包不完整或被改动过。\n"
      : !unchecked.empty() ? "结论：核对过的都符合，但有未能核对的，不能认定完整。\n"
                           : "结论：完整，全部符合。\n";
  return text;
}

Result<EvidenceReport> CheckEvidence(const std::string& path, const EvidenceTrust& trust) {
  const Result<WaczReport> archive = VerifyWacz(path);
  if (!archive) return archive.error();
  const Result<WaczReader> reader = WaczReader::Open(path);
  if (!reader) {
    if (reader.error().code == Code::kNotFound || reader.error().code == Code::kSystem)
      return reader.error();
    EvidenceReport report;
    report.problems = archive->problems;
    if (report.problems.empty()) report.problems.push_back(Neutralise(reader.error().text));
    return report;
  }
  return Checker(*reader, trust).Run(*archive);
}

}  // namespace xuncha
