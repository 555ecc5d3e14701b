// Every word of the package is held against another place: members against the list
// of resources, index lines against records, pages against the index, the list against
// its digest, the digest against the signature.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/gzip.h"
#include "reports/wacz.h"

namespace xuncha {
namespace {

constexpr size_t kPieceBytes = 256 << 10;
constexpr size_t kProblemsMax = limits::kWarcComplaintsMax;

// "20261122010203" of a date as records and pages write it.
std::string Seconds(std::string_view date) {
  std::string digits;
  for (const char c : date.substr(0, 19))
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

std::string TextOf(const Node& node, std::string_view key) {
  const Node* value = node.Find(key);
  return value != nullptr && value->is(Node::Type::kString) ? value->string : "";
}

// A number, or a text that is one, as indexes have it.
std::optional<uint64_t> NumberOf(const Node& node, std::string_view key) {
  const Node* value = node.Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is(Node::Type::kInteger) && value->integer >= 0)
    return static_cast<uint64_t>(value->integer);
  uint64_t number = 0;
  const std::string& text = value->string;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Calls `visit` with each line and its number, from 1; kLimit if all are longer than `most`.
Status EachLine(const ByteSource& source, uint64_t most,
                const std::function<void(std::string_view, uint64_t)>& visit) {
  std::string held;
  uint64_t number = 0;
  for (;;) {
    const Result<std::string> piece = source(kPieceBytes);
    if (!piece) return piece.error();
    if (piece->empty()) break;
    if (piece->size() > most) return Error{Code::kLimit, fmt::format("第 {} 行起过长", number + 1)};
    most -= piece->size();
    held += *piece;
    size_t at = 0;
    for (size_t end; (end = held.find('\n', at)) != std::string::npos; at = end + 1)
      visit(std::string_view(held).substr(at, end - at), ++number);
    held.erase(0, at);
    if (held.size() > limits::kWaczTextBytesMax * 8)
      return Error{Code::kLimit, fmt::format("第 {} 行过长", number + 1)};
  }
  if (!held.empty()) visit(held, ++number);
  return Ok();
}

class Verifier {
 public:
  explicit Verifier(const WaczReader& reader) : reader_(reader) {}

  WaczReport Run() {
    report_.members = reader_.members().size();
    HashMembers();
    Package();
    Digests();
    for (const WaczReader::Member& member : reader_.members()) {
      if (member.path.starts_with("archive/")) Archive(member);
    }
    for (const WaczReader::Member& member : reader_.members()) {
      if (member.path.starts_with("indexes/")) Index(member);
    }
    if (records_.empty()) Problem("archive/", "没有 WARC 记录");
    if (!has_index_) Problem("indexes/", "没有 CDXJ 索引");
    for (const auto& [place, record] : records_) {
      if (!record.indexed && record.captures)
        Problem(place.first, fmt::format("位于 {} 的记录不在索引中", place.second));
    }
    Pages();
    return std::move(report_);
  }

 private:
  struct Record {
    std::string uri, seconds, millis, payload;
    uint64_t length = 0;
    bool captures = false;  // a response, or a revisit
    bool indexed = false;
  };

  void Problem(std::string_view where, std::string_view what) {
    if (report_.problems.size() == kProblemsMax) report_.problems.emplace_back("（其余问题从略）");
    if (report_.problems.size() > kProblemsMax) return;
    report_.problems.push_back(fmt::format("{}：{}", Neutralise(where), what));
  }

  // ---- members ----

  void HashMembers() {
    for (const WaczReader::Member& member : reader_.members()) {
      const ByteSource source = reader_.Source(member);
      Sha256Stream hash;
      for (;;) {
        const Result<std::string> piece = source(kPieceBytes);
        if (!piece) {
          Problem(member.path, piece.error().text);
          break;
        }
        if (piece->empty()) break;
        hash.Add(*piece);
        report_.bytes += piece->size();
      }
      digests_[member.path] = "sha256:" + hash.Finish().hex();
      const bool must_be_plain =
          member.path.starts_with("archive/") || member.path.ends_with(".cdx.gz");
      if (member.packed && must_be_plain) Problem(member.path, "被压缩存放，须原样存放（STORED）");
    }
  }

  std::optional<Node> Json(std::string_view path) {
    const WaczReader::Member* member = reader_.Find(path);
    if (member == nullptr) {
      Problem(path, "缺失");
      return std::nullopt;
    }
    const Result<std::string> text = reader_.Read(*member, limits::kWaczJsonBytesMax);
    if (!text) {
      Problem(path, text.error().text);
      return std::nullopt;
    }
    Result<Node> node = ParseJson(*text, path);
    if (!node || !node->is(Node::Type::kTable)) {
      Problem(path, "不是 JSON 对象");
      return std::nullopt;
    }
    return std::move(*node);
  }

  // ---- datapackage.json ----

  void Package() {
    std::optional<Node> package = Json("datapackage.json");
    if (!package) return;
    package_ = std::move(*package);
    report_.software = TextOf(package_, "software");
    report_.created = TextOf(package_, "created");
    ours_ = report_.software.starts_with("xuncha ");
    if (TextOf(package_, "profile") != "data-package")
      Problem("datapackage.json", "profile 不是 data-package");
    const std::string version = TextOf(package_, "wacz_version");
    if (version != "1.1.1" && version != "1.1.0" && version != "1.0.0")
      Problem("datapackage.json", fmt::format("WACZ 版本“{}”不受支持", Neutralise(version)));
    if (ours_)
      for (const std::string& oddity : reader_.oddities()) Problem("zip", oddity);
    std::set<std::string> listed;
    const Node* resources = package_.Find("resources");
    if (resources == nullptr || !resources->is(Node::Type::kArray)) {
      Problem("datapackage.json", "没有 resources");
      return;
    }
    for (const Node& resource : resources->items) Resource(resource, listed);
    for (const WaczReader::Member& member : reader_.members()) {
      if (member.path == "datapackage.json" || member.path == "datapackage-digest.json") continue;
      if (!listed.contains(member.path)) Problem(member.path, "不在 datapackage.json 的清单中");
    }
    if (!listed.contains("pages/pages.jsonl")) Problem("pages/pages.jsonl", "清单中没有");
  }

  void Resource(const Node& resource, std::set<std::string>& listed) {
    const std::string path = TextOf(resource, "path");
    if (path.empty() || !listed.insert(path).second)
      return Problem("datapackage.json", fmt::format("清单项“{}”无效或重复", Neutralise(path)));
    const WaczReader::Member* member = reader_.Find(path);
    if (member == nullptr) return Problem(path, "清单中有，包内没有");
    if (TextOf(resource, "hash") != digests_[path]) Problem(path, "SHA-256 与清单不符");
    if (NumberOf(resource, "bytes") != member->bytes) Problem(path, "字节数与清单不符");
    const std::string name = TextOf(resource, "name");
    if (ours_ && name != path.substr(path.rfind('/') + 1)) Problem(path, "清单中的名称不符");
  }

  // ---- datapackage-digest.json ----

  void Digests() {
    constexpr std::string_view kHere = "datapackage-digest.json";
    report_.signature = "未签名";
    const std::optional<Node> text = Json(kHere);
    if (!text) return;
    const std::string hash = digests_["datapackage.json"];
    if (TextOf(*text, "path") != "datapackage.json") Problem(kHere, "path 不是 datapackage.json");
    if (TextOf(*text, "hash") != hash) Problem(kHere, "与 datapackage.json 的 SHA-256 不符");
    for (const Member& member : text->members) {
      if (member.first != "path" && member.first != "hash" && member.first != "signedData")
        Problem(kHere, fmt::format("有规范以外的属性“{}”", Neutralise(member.first)));
    }
    if (const WaczReader::Member* member = reader_.Find("datapackage.json")) {
      if (const auto bytes = reader_.Read(*member, limits::kWaczJsonBytesMax))
        report_.datapackage = Sha256(*bytes);
    }
    if (const Node* data = text->Find("signedData")) Signature(*data, hash);
  }

  void Signature(const Node& data, const std::string& hash) {
    constexpr std::string_view kHere = "datapackage-digest.json：signedData";
    static constexpr std::string_view kAnonymous[] = {"hash",    "created",   "software",
                                                      "version", "signature", "publicKey"};
    static constexpr std::string_view kDomain[] = {
        "hash",   "created",    "software",      "version",       "signature",
        "domain", "domainCert", "timeSignature", "timestampCert", "crossSignedCert"};
    report_.signature = "签名无效";
    if (!data.is(Node::Type::kTable)) return Problem(kHere, "不是 JSON 对象");
    const bool domain = data.Find("domain") != nullptr;
    for (const Member& member : data.members) {
      const bool known = domain ? std::ranges::count(kDomain, member.first) != 0
                                : std::ranges::count(kAnonymous, member.first) != 0;
      if (!known) Problem(kHere, fmt::format("有规范以外的属性“{}”", Neutralise(member.first)));
    }
    if (TextOf(data, "hash") != hash) Problem(kHere, "hash 与 datapackage.json 不符");
    if (ours_ && (TextOf(data, "software") != report_.software ||
                  TextOf(data, "created") != report_.created || TextOf(data, "version") != "0.1.0"))
      Problem(kHere, "software、created 或 version 与 datapackage.json 不符");
    if (domain) {
      report_.signature = "域名身份签名，本程序不核验证书链";
      return Problem(kHere, report_.signature);
    }
    report_.public_key = TextOf(data, "publicKey");
    const Result<std::string> spki = FromBase64(report_.public_key);
    const Result<std::string> signature = FromBase64(TextOf(data, "signature"));
    if (!spki || !signature) return Problem(kHere, "公钥或签名不是 base64");
    const Result<PublicKey> key = PublicKey::FromDer(*spki, "publicKey");
    // Of the ways to write one key, the usual one: nothing else could be compared.
    if (!key || key->der() != *spki) return Problem(kHere, "公钥无法读取");
    if (!key->VerifyPlain(hash, *signature)) return Problem(kHere, "签名与内容不符");
    report_.signed_ok = true;
    report_.signature = fmt::format("匿名签名有效，公钥 SHA-256 {}", key->id().hex());
  }

  // ---- archive/ ----

  void Archive(const WaczReader::Member& member) {
    const std::string name = member.path.substr(8);
    WarcReader warc(reader_.Source(member));
    for (;;) {
      const Result<std::optional<WarcRecord>> read = warc.Next();
      if (!read) return Problem(member.path, read.error().text);
      if (!*read) break;
      const WarcRecord& record = **read;
      ++report_.records;
      const bool capture = record.type == "response" || record.type == "revisit";
      report_.captures += capture;
      if (!record.digest_problem.empty())
        Problem(member.path,
                fmt::format("位于 {} 的记录：{}", record.offset, record.digest_problem));
      if (member.path.ends_with(".gz") && record.length == 0)
        Problem(member.path, fmt::format("位于 {} 的记录不是单独的 gzip 成员", record.offset));
      if (!capture && record.type != "resource") continue;
      const std::string* date = record.Field("WARC-Date");
      const std::string* payload = record.Field("WARC-Payload-Digest");
      const std::string* block = record.Field("WARC-Block-Digest");
      std::string seconds = date == nullptr ? "" : Seconds(*date), millis = seconds;
      if (date != nullptr && date->size() >= 24 && (*date)[19] == '.')
        millis += date->substr(20, 3);
      if (records_.size() == limits::kWaczRecordsMax * 2)
        return Problem(member.path, "记录过多，其余未核对");
      records_[{name, record.offset}] = {.uri = record.target_uri,
                                         .seconds = std::move(seconds),
                                         .millis = std::move(millis),
                                         .payload = payload != nullptr ? *payload
                                                    : block != nullptr ? *block
                                                                       : "",
                                         .length = record.length,
                                         .captures = capture};
    }
    for (const std::string& complaint : warc.complaints()) Problem(member.path, complaint);
  }

  // ---- indexes/ ----

  void Index(const WaczReader::Member& member) {
    const bool packed = member.path.ends_with(".cdx.gz") || member.path.ends_with(".cdxj.gz");
    if (!packed && !member.path.ends_with(".cdx") && !member.path.ends_with(".cdxj")) return;
    has_index_ = true;
    if (member.bytes > limits::kWaczIndexBytesMax) return Problem(member.path, "索引过大，未核对");
    ByteSource source = reader_.Source(member);
    if (packed) source = Gunzipped(std::move(source));
    std::string before;
    const Status read =
        EachLine(source, limits::kWaczIndexBytesMax, [&](std::string_view line, uint64_t number) {
          const auto fault = [&](std::string_view what) {
            Problem(member.path, fmt::format("第 {} 行{}", number, what));
          };
          if (line < before) fault("没有按字节排序");
          before = line;
          IndexLine(line, fault);
        });
    if (!read) Problem(member.path, read.error().text);
  }

  template <class Fault>
  void IndexLine(std::string_view line, const Fault& fault) {
    if (line.starts_with("!meta")) return;
    const size_t key = line.find(' ');
    const size_t time = key == std::string_view::npos ? key : line.find(' ', key + 1);
    if (time == std::string_view::npos || line.size() > limits::kWaczLineBytesMax)
      return fault("不是 CDXJ");
    const Result<Node> json = ParseJson(line.substr(time + 1), "cdxj");
    if (!json) return fault("不是 CDXJ");
    const std::string file = TextOf(*json, "filename");
    const std::optional<uint64_t> offset = NumberOf(*json, "offset");
    const std::optional<uint64_t> length = NumberOf(*json, "length");
    if (!offset || !length) return fault("没有位置");
    const auto found = records_.find({file, *offset});
    if (found == records_.end()) return fault("指向的位置没有记录");
    Record& record = found->second;
    // Hashing it again and again would take days.
    if (record.indexed) return fault("指向的记录已在索引中");
    record.indexed = true;
    const std::string_view stamp = line.substr(key + 1, time - key - 1);
    if (stamp != record.seconds && stamp != record.millis) fault("的时间与记录不符");
    if (TextOf(*json, "url") != record.uri) fault("的网址与记录不符");
    if (record.length != 0 && *length != record.length) fault("的长度与记录不符");
    const std::string digest = TextOf(*json, "digest");
    const bool same_kind =
        digest.substr(0, digest.find(':')) == record.payload.substr(0, record.payload.find(':'));
    if (!digest.empty() && same_kind && digest != record.payload) fault("的摘要与记录不符");
    pages_there_.insert(record.uri + "\n" + record.seconds);
    const std::string own = TextOf(*json, "recordDigest");
    // Without a length of its own the record lies where the line pleases.
    if (own.starts_with("sha256:") && *length == record.length) {
      const WaczReader::Member* member = reader_.Find("archive/" + file);
      if (member == nullptr || member->packed) return;
      const Result<Digest> hash = HashOf(reader_.Part(*member, *offset, *length));
      if (!hash || "sha256:" + hash->hex() != own) fault("的 recordDigest 与记录不符");
    }
  }

  static Result<Digest> HashOf(const ByteSource& source) {
    Sha256Stream hash;
    for (;;) {
      const Result<std::string> piece = source(kPieceBytes);
      if (!piece) return piece.error();
      if (piece->empty()) return hash.Finish();
      hash.Add(*piece);
    }
  }

  // ---- pages/ ----

  void Pages() {
    constexpr std::string_view kHere = "pages/pages.jsonl";
    const WaczReader::Member* member = reader_.Find(kHere);
    if (member == nullptr) return Problem(kHere, "缺失");
    bool has_head = false;
    const Status read = EachLine(
        reader_.Source(*member), member->bytes, [&](std::string_view line, uint64_t number) {
          if (Trim(line).empty()) return;
          const Result<Node> json = ParseJson(line, kHere);
          if (!json || !json->is(Node::Type::kTable))
            return Problem(kHere, fmt::format("第 {} 行不是 JSON", number));
          if (number == 1) {
            has_head = TextOf(*json, "format") == "json-pages-1.0";
            return;
          }
          ++report_.pages;
          const std::string url = TextOf(*json, "url"), time = Seconds(TextOf(*json, "ts"));
          if (!pages_there_.contains(url + "\n" + time))
            Problem(kHere, fmt::format("第 {} 行的页面不在索引中", number));
        });
    if (!read) Problem(kHere, read.error().text);
    if (!has_head) Problem(kHere, "首行不是 json-pages-1.0");
  }

  const WaczReader& reader_;
  WaczReport report_;
  Node package_;
  bool ours_ = false, has_index_ = false;
  std::map<std::string, std::string> digests_;
  std::map<std::pair<std::string, uint64_t>, Record> records_;
  std::set<std::string> pages_there_;
};

}  // namespace

Result<WaczReport> VerifyWacz(const std::string& path) {
  const Result<WaczReader> reader = WaczReader::Open(path);
  if (reader) return Verifier(*reader).Run();
  if (reader.error().code == Code::kNotFound || reader.error().code == Code::kSystem)
    return reader.error();
  WaczReport report{.problems = {reader.error().text}};
  report.signature = "未核验";
  return report;
}

}  // namespace xuncha
