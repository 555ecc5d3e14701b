// Puts a package together, from front to back: the captures go into the archive as
// they are read from the store, each with its line in the list; then come the lists,
// the papers, the custody log, and last the manifests, which cover all before them,
// and their signature.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"
#include "evidence_embedded.h"
#include "proof/sm3.h"
#include "reports/evidence_parts.h"
#include "reports/wacz.h"
#include "reports/words.h"
#include "store/page_text.h"

namespace xuncha {
namespace {

// What a paper shows of a reason that came from outside.
constexpr size_t kNotesMax = 20;
constexpr uint16_t kNotModified = 304;

class Package {
 public:
  Package(Store& store, const EvidenceOrder& order, const EvidenceServices& services,
          const std::string& path)
      : store_(store),
        order_(order),
        survey_(*order.survey),
        services_(services),
        path_(path),
        text_(order.record),
        list_(path + ".list", order.now) {
    for (const StoredFinding& found : survey_.findings)
      found_[{found.site, found.url}].push_back(&found);
  }

  Result<EvidenceMade> Write() {
    for (const auto& [number, run] : survey_.runs) {
      EvidenceTally::Count(tally_.rules, run.rules.hex());
      EvidenceTally::Count(tally_.configs, run.config.hex());
    }
    Result<std::unique_ptr<WaczWriter>> writer =
        WaczWriter::Create(path_, {.title = "电子数据证据包 " + order_.record.id(),
                                   .description = text_.Own(survey_.Text()),
                                   .software = order_.maker.software,
                                   .created = order_.now,
                                   .about = About(),
                                   .key = WaczKey()});
    if (!writer) return writer.error();
    writer_ = std::move(*writer);
    uint64_t done = 0;
    for (const EvidencePlace& place : survey_.places) {
      if (services_.progress && !services_.progress(done++, survey_.places.size()))
        return Error{Code::kConflict, "导出被中止，没有留下文件"};
      if (Status put = Place(place); !put) return put.error();
    }
    if (Status listed = list_.Finish(); !listed) return listed.error();
    if (Status put = Papers(); !put) return put.error();
    if (Status put = Manifests(); !put) return put.error();
    const Result<WaczWriter::Summary> summary = writer_->Finish();
    if (!summary) return summary.error();
    made_.items = tally_.items;
    made_.bytes = summary->bytes;
    return std::move(made_);
  }

 private:
  // ---- what the archive says of itself ----

  // Readers of web archives know P-384 only; with a key of another kind the manifest's
  // signature is the only one.
  const SigningKey* WaczKey() const {
    return order_.key->kind() == KeyKind::kP384 ? order_.key : nullptr;
  }

  std::vector<WarcField> About() const {
    std::vector<WarcField> about = {
        {"isPartOf", order_.record.id()}, {"caseNumber", text_.Plain(order_.record.reference)},
        {"operator", order_.maker.unit},  {"hostname", order_.maker.host},
        {"system", order_.maker.system},  {"build", "sha256:" + order_.maker.build},
        {"clock", order_.maker.clock},
    };
    for (const auto& [digest, count] : tally_.rules) about.push_back({"rules", "sha256:" + digest});
    for (const auto& [digest, count] : tally_.configs)
      about.push_back({"configuration", "sha256:" + digest});
    std::erase_if(about, [](const WarcField& field) { return field.value.empty(); });
    return about;
  }

  void Note(std::string note) {
    if (made_.notes.size() < kNotesMax &&
        std::find(made_.notes.begin(), made_.notes.end(), note) == made_.notes.end())
      made_.notes.push_back(std::move(note));
  }

  // ---- captures ----

  Status Place(const EvidencePlace& place) {
    const auto seen = store_.ObservationOf(place.site, place.url, place.run);
    if (!seen) return seen.error();
    if (!seen->has_value()) {
      return Error{Code::kDamaged,
                   fmt::format("{} 第 {} 次巡查的观测不见了；运行 xuncha store verify",
                               Neutralise(place.url), place.run)};
    }
    const Observation& one = **seen;
    EvidenceTally::Count(tally_.rules, one.rules.hex());
    std::vector<const StoredFinding*> found = FoundIn(one, one.findings, one.body);
    if (one.full_run != one.run) return Unchanged(one, one.full_run, found);
    // Another night's answer, told of where that night's record stands.
    if (one.exchange_run != 0) {
      const auto answer = store_.ObservationOf(one.site, one.url, one.exchange_run);
      if (!answer) return answer.error();
      if (answer->has_value()) return Unchanged(one, one.exchange_run, found);
    }
    for (const LimitHit& hit : one.limits)
      EvidenceTally::Count(tally_.limits, std::string(LimitText(hit.limit)));
    std::string remark = place.outside ? "范围之外的完整记录，供范围内的复查记录引用；" : "";
    if (one.exchange_run != 0) {
      remark +=
          fmt::format("第 {} 次巡查（{}）内容未变，应答是第 {} 次巡查所得，该次记录已到期清除；",
                      one.run, FormatTime(one.time), one.exchange_run);
    }
    remark += FindingsText(found);

    if (Status put = Hops(one, one.hops, "重定向", ""); !put) return put;
    if (Status put = Own(one, found, remark); !put) return put;
    for (const ObservedView& view : one.views) {
      const std::vector<const StoredFinding*> others = FoundIn(one, view.findings, view.body);
      if (Status put = Other(one, view, others); !put) return put;
      found.insert(found.end(), others.begin(), others.end());
    }
    return Pictures(one, found);
  }

  // Those that were seen in this very answer: between two nights on which a finding was,
  // the page may have been clean. What was found in what is kept, later, was seen in the
  // body that it names.
  std::vector<const StoredFinding*> FoundIn(const Observation& one,
                                            const std::vector<std::string>& shown,
                                            const Digest& body) const {
    std::vector<const StoredFinding*> found;
    const auto known = found_.find({one.site, one.url});
    if (known == found_.end()) return found;
    std::copy_if(known->second.begin(), known->second.end(), std::back_inserter(found),
                 [&](const StoredFinding* f) {
                   if (std::find(shown.begin(), shown.end(), f->finding.id) != shown.end())
                     return true;
                   return !body.empty() && f->body == body && f->first_run <= one.run &&
                          one.run <= f->last_run;
                 });
    return found;
  }
  static std::string FindingsText(const std::vector<const StoredFinding*>& found) {
    std::string text;
    for (const StoredFinding* f : found) text += "发现 " + f->finding.id + "；";
    return text;
  }

  // Nothing but its time, status and connection was kept of it; all else is of `run`.
  Status Unchanged(const Observation& one, uint64_t run,
                   const std::vector<const StoredFinding*>& found) {
    ++tally_.unchanged;
    EvidenceItem item = ItemOf(one.url, one.title, "复查记录");
    item.server = one.remote_address;
    item.time = one.time;
    item.bytes = one.body_bytes;
    item.sha256 = one.body;
    item.remark =
        FindingsText(found) +
        fmt::format("应答 {}，内容与第 {} 次巡查的完整记录相同（SHA-256 为其正文的）；耗时 {} 毫秒",
                    one.status, run, one.elapsed);
    return List(std::move(item));
  }

  Status Hops(const Observation& one, const std::vector<Hop>& hops, std::string_view what,
              std::string_view visitor) {
    for (const Hop& hop : hops) {
      EvidenceTally::Count(
          tally_.redirects,
          fmt::format("{} {} → {}{}", hop.status, hop.from, hop.to,
                      hop.followed ? "" : fmt::format("（未跟随：{}）", hop.refused)));
      if (!hop.followed || hop.exchange.headers.empty()) continue;
      std::vector<WarcField> details = Details(one, visitor);
      details.push_back({"redirect", hop.to});
      if (Status put = Add(hop.exchange, hop.exchange.body_digest, false, {}, std::move(details),
                           ItemOf(hop.exchange.url, "跳转到 " + hop.to, what));
          !put)
        return put;
    }
    return Ok();
  }

  Status Own(const Observation& one, const std::vector<const StoredFinding*>& found,
             const std::string& remark) {
    Exchange exchange = one.exchange;
    if (exchange.url.empty()) exchange.url = one.url;
    if (exchange.started == 0) exchange.started = one.time;
    EvidenceItem item = ItemOf(exchange.url, one.title, "网页");
    item.remark = remark;
    if (exchange.headers.empty()) {
      ++tally_.unanswered;
      item.server = one.remote_address;
      item.time = one.time;
      item.remark += "没有取得应答" + (one.error.empty() ? "" : "：" + one.error);
      return List(std::move(item));
    }
    if (one.status == kNotModified && one.exchange_run == 0) {
      item.category = "复查记录";
      item.remark += fmt::format("服务器答未变，没有正文；此前的完整记录的正文 SHA-256 为 {}；",
                                 one.body.hex());
      // What it confirms, as that stands in the package; nothing if it is gone.
      const auto confirmed = archived_.find(one.body);
      const bool here = confirmed != archived_.end();
      return Add(exchange, here ? confirmed->second : Digest{},
                 here && confirmed->second != one.body, {}, Details(one, ""), std::move(item));
    }
    std::vector<WarcField> details = Details(one, "");
    if (!one.title.empty()) details.push_back({"title", text_.Plain(one.title)});
    for (const std::string& signal : one.signals)
      details.push_back({"signal", text_.Plain(signal)});
    AddFindings(details, found);
    if (one.status == 200 && !exchange.body_digest.empty()) {
      if (Status page = writer_->AddPage(
              {.url = exchange.url, .time = exchange.started, .title = text_.Plain(one.title)});
          !page)
        return page;
    }
    const Digest body = one.coded_kept ? exchange.coded : one.body;
    archived_.emplace(one.body, body);
    return Add(exchange, body, one.coded_kept, one.limits, std::move(details), std::move(item));
  }

  Status Other(const Observation& one, const ObservedView& view,
               const std::vector<const StoredFinding*>& found) {
    if (!view.differs || view.exchange.headers.empty()) return Ok();
    const std::string_view visitor = VisitorName(view.as);
    const bool is_target = view.as == Visitor::kTarget;
    const std::string what = is_target ? std::string(VisitorText(view.as))
                                       : fmt::format("其他访客所得（{}）", VisitorText(view.as));
    if (Status put =
            Hops(one, view.hops, (is_target ? what : "其他访客所得") + "：重定向", visitor);
        !put)
      return put;
    std::vector<WarcField> details = Details(one, visitor);
    AddFindings(details, found);
    EvidenceItem item = ItemOf(view.exchange.url, is_target ? std::string() : one.title, what);
    item.remark += FindingsText(found);
    return Add(view.exchange, view.body, false, {}, std::move(details), std::move(item));
  }

  // Whose answer it is.
  static uint64_t RunOf(const Observation& one) {
    return one.exchange_run != 0 ? one.exchange_run : one.run;
  }
  std::vector<WarcField> Details(const Observation& one, std::string_view visitor) const {
    std::vector<WarcField> details = {{"site", one.site},
                                      {"run", std::to_string(RunOf(one))},
                                      {"rules", "sha256:" + one.rules.hex()},
                                      {"checked", std::string(CheckedName(one.checked))}};
    if (!visitor.empty()) details.push_back({"visitor", std::string(visitor)});
    for (const LimitHit& hit : one.limits)
      details.push_back({"limit", fmt::format("{}: {}", LimitName(hit.limit), hit.detail)});
    return details;
  }

  // The finding, and the rules it rests on, in the words they had then.
  void AddFindings(std::vector<WarcField>& details,
                   const std::vector<const StoredFinding*>& found) const {
    for (const StoredFinding* f : found) {
      const Finding& finding = f->finding;
      details.push_back(
          {"finding", text_.Own(fmt::format("{} | {} | {} | clause {} | {}", finding.id,
                                            finding.kind, SeverityName(finding.severity),
                                            finding.clause, finding.because))});
      for (const Evidence& evidence : finding.evidence) {
        details.push_back(
            {"rule", text_.Plain(fmt::format("{} | {} | {} | {}", evidence.rule, evidence.pattern,
                                             evidence.found, evidence.because))});
      }
    }
  }

  Status Add(const Exchange& exchange, const Digest& body, bool coded,
             const std::vector<LimitHit>& limits, std::vector<WarcField> details,
             EvidenceItem item) {
    std::string bytes, certificates, names;
    if (!body.empty()) {
      Result<std::string> read = store_.blobs().Get(body);
      if (!read) return read.error();
      bytes = std::move(*read);
    }
    if (!exchange.tls.chain.empty()) {
      Result<std::string> read = store_.blobs().Get(exchange.tls.chain);
      if (!read) return read.error();
      certificates = std::move(*read);
    }
    if (!exchange.names.digest.empty()) {
      Result<std::string> read = store_.blobs().Get(exchange.names.digest);
      if (!read) return read.error();
      names = std::move(*read);
    }
    std::string_view truncated;
    for (const LimitHit& hit : limits) {
      if (truncated.empty()) truncated = TruncationOf(hit.limit);
    }
    item.server = exchange.remote_address;
    item.time = exchange.started;
    const Result<WrittenCapture> written = writer_->AddCapture({.exchange = &exchange,
                                                                .body = bytes,
                                                                .coded = coded,
                                                                .certificates = certificates,
                                                                .names = names,
                                                                .truncated = truncated,
                                                                .details = std::move(details)});
    if (!written && written.error().code == Code::kInvalid) {
      ++tally_.unanswered;
      item.remark += "应答不合 HTTP 格式，不能写成 WARC 记录：" + written.error().text;
      return List(std::move(item));
    }
    if (!written) return written.error();
    ++tally_.captures;
    item.format = written->mime;
    item.bytes = bytes.size();
    item.sha256 = written->payload;
    item.sm3 = Sm3(bytes);
    item.record = written->response.id;
    item.place = evidence::kArchive;
    item.remark += fmt::format("应答 {}；", written->status);
    if (written->revisit) {
      ++tally_.revisits;
      item.remark += "正文与包内较早的记录相同（revisit）；";
    }
    if (!exchange.coding.empty() && !coded) {
      ++tally_.decoded;
      item.remark += fmt::format("内容编码 {} 已解开；", exchange.coding);
    }
    if (FindIgnoreCase(exchange.headers, "transfer-encoding: chunked") != std::string::npos)
      ++tally_.joined;
    if (exchange.cut) {
      ++tally_.cut;
      item.remark += "正文不完整；";
    }
    Connection(exchange, names);
    return List(std::move(item));
  }

  void Connection(const Exchange& exchange, std::string_view names) {
    if (!names.empty()) EvidenceTally::Count(tally_.names, NamesText(names));
    EvidenceTally::Count(tally_.servers, exchange.remote_address);
    const Result<Url> url = Url::Parse(exchange.url);
    if (url && !exchange.addresses.empty()) {
      EvidenceTally::Count(tally_.names, fmt::format("{}：连接试过 {}", url->host(),
                                                     Join(exchange.addresses, ", ")));
    }
    if (exchange.tls.used) {
      EvidenceTally::Count(
          tally_.tls,
          fmt::format(
              "{} {}{}", exchange.tls.version, exchange.tls.cipher,
              exchange.tls.error.empty() ? "，证书有效" : "，证书错误：" + exchange.tls.error));
    }
  }

  // ---- pictures ----

  // What a visitor got need not be written as the page is: its text says how it was read.
  Charset CharsetOf(const Observation& one, const Digest& body) const {
    for (const ObservedView& view : one.views) {
      if (view.body != body || view.text.empty()) continue;
      const Result<std::string> text = store_.blobs().Get(view.text);
      const Result<Document> read = text ? DecodeText(*text) : text.error();
      if (read) return read->charset;
    }
    return one.charset;
  }

  // Of the first capture of each body something was found in.
  Status Pictures(const Observation& one, const std::vector<const StoredFinding*>& found) {
    if (!services_.picture) return Ok();
    for (const StoredFinding* f : found) {
      const bool here = f->body == one.body ||
                        std::any_of(one.views.begin(), one.views.end(),
                                    [&](const ObservedView& view) { return view.body == f->body; });
      if (!here || f->body.empty() || drawn_.contains(f->body)) continue;
      if (drawn_.size() >= limits::kExportPicturesMax) {
        Note(fmt::format("只绘制前 {} 个页面的截图", limits::kExportPicturesMax));
        return Ok();
      }
      drawn_.insert(f->body);
      const Result<std::string> body = store_.blobs().Get(f->body);
      if (!body) return body.error();
      const Charset charset = f->body == one.body ? one.charset : CharsetOf(one, f->body);
      const Result<std::string> png = services_.picture(DecodeToUtf8(*body, charset).utf8);
      if (!png) {
        Note("截图未能绘制：" + png.error().text);
        continue;
      }
      const std::string& url = one.exchange.url.empty() ? one.url : one.exchange.url;
      EvidenceItem item = ItemOf(url, one.title, "截图");
      const Result<WarcPlace> place =
          writer_->AddResource("urn:screenshot:" + url, "image/png", one.time, *png);
      if (!place) return place.error();
      ++tally_.pictures;
      item.format = "image/png";
      item.bytes = png->size();
      item.sha256 = Sha256(*png);
      item.sm3 = Sm3(*png);
      item.time = order_.now;
      item.record = place->id;
      item.place = evidence::kArchive;
      item.remark = fmt::format("按保存的正文（SHA-256 {}）绘制，脚本关闭、断网，不是原始数据",
                                f->body.hex());
      if (Status listed = List(std::move(item)); !listed) return listed;
    }
    return Ok();
  }

  // ---- the list ----

  EvidenceItem ItemOf(std::string_view url, std::string_view name,
                      std::string_view category) const {
    EvidenceItem item;
    item.url = url;
    item.name = name;
    item.category = category;
    return item;
  }
  Status List(EvidenceItem item) {
    item.number = ++tally_.items;
    item.name = text_.Plain(item.name);
    item.url = text_.Plain(item.url);
    item.format = Neutralise(item.format);
    item.remark = text_.Own(item.remark);
    list_.Add(item);
    return Ok();
  }

  // ---- the rest ----

  Status AddFrom(const std::string& name, const std::string& path) {
    const Result<ByteSource> source = SourceOfFile(path);
    if (!source) return source.error();
    return writer_->AddFile(name, *source);
  }

  Status Papers() {
    const std::string list(evidence::kList);
    if (Status put = AddFrom(list + ".csv", list_.csv()); !put) return put;
    if (Status put = AddFrom(list + ".xlsx", list_.xlsx()); !put) return put;
    Result<EvidenceCustody> custody = GatherCustody(store_, order_);
    if (!custody) return custody.error();
    const Checkpoint& checkpoint = order_.checkpoint;
    const std::pair<std::string_view, std::string_view> files[] = {
        {evidence::kProofs, custody->proofs},
        {evidence::kCheckpointSignature, checkpoint.signature},
        {evidence::kCheckpointStamp, checkpoint.timestamp},
        {evidence::kVerify, embedded::evidence()[1].bytes},
    };
    for (const auto& [name, bytes] : files) {
      if (bytes.empty()) continue;
      if (Status put = writer_->AddFile(name, bytes); !put) return put;
    }
    if (Status put = writer_->AddFile(evidence::kCheckpointText, CheckpointText(checkpoint)); !put)
      return put;
    if (Status put = writer_->AddFile(evidence::kPublicKey, order_.key->public_key().Pem()); !put)
      return put;
    if (order_.sm2 != nullptr) {
      if (Status put = writer_->AddFile(evidence::kSm2Key, order_.sm2->public_key().Pem()); !put)
        return put;
    }

    const std::string why = services_.no_browser.empty() ? "没有安装浏览器" : services_.no_browser;
    if (!services_.print) Note(why + "，文件只有 HTML，没有 PDF");
    if (!services_.picture) Note(why + "，没有截图");
    PaperFacts facts{.order = &order_,
                     .tally = &tally_,
                     .custody = &*custody,
                     .notes = made_.notes,
                     .stamped = services_.stamp != nullptr,
                     .pictures = tally_.pictures > 0};
    for (const WaczFile& file : writer_->files())
      facts.files.push_back({file.path, file.bytes, file.digest, file.sm3});
    for (const EvidencePaper& paper : MakePapers(facts)) {
      if (Status put = writer_->AddFile(std::string(paper.name) + ".html", paper.html); !put)
        return put;
      if (!services_.print) continue;
      const Result<std::string> pdf = services_.print(paper.html);
      if (!pdf) {
        Note("PDF 未能制成：" + pdf.error().text);
        continue;
      }
      if (Status put = writer_->AddFile(std::string(paper.name) + ".pdf", *pdf); !put) return put;
    }
    return writer_->AddFile(evidence::kReadme, MakeReadme(facts));
  }

  Status Manifests() {
    std::string sm3;
    for (const WaczFile& file : writer_->files())
      sm3 += fmt::format("{}  {}\n", file.sm3.hex(), file.path);
    if (Status put = writer_->AddFile(evidence::kManifestSm3, sm3); !put) return put;
    if (order_.sm2 != nullptr) {
      const Result<std::string> signature = order_.sm2->Sign(sm3);
      if (!signature) return signature.error();
      if (Status put = writer_->AddFile(evidence::kSm2Signature, *signature); !put) return put;
    }
    std::string sha256;
    for (const WaczFile& file : writer_->files())
      sha256 += fmt::format("{}  {}\n", file.digest.hex(), file.path);
    made_.manifest = Sha256(sha256);
    const Result<std::string> signature = order_.key->Sign(sha256);
    if (!signature) return signature.error();
    if (Status put = writer_->AddFile(evidence::kManifest, sha256); !put) return put;
    if (Status put = writer_->AddFile(evidence::kManifestSignature, *signature); !put) return put;
    if (!services_.stamp) return Ok();
    const Result<std::string> stamp = services_.stamp(sha256);
    if (!stamp) {
      Note("清单的时间戳未取得：" + stamp.error().text);
      return Ok();
    }
    return writer_->AddFile(evidence::kManifestStamp, *stamp);
  }

  Store& store_;
  const EvidenceOrder& order_;
  const EvidenceSurvey& survey_;
  const EvidenceServices& services_;
  const std::string path_;
  const EvidenceText text_;
  EvidenceList list_;
  EvidenceTally tally_;
  EvidenceMade made_;
  std::map<std::pair<std::string, std::string>, std::vector<const StoredFinding*>> found_;
  std::set<Digest> drawn_;
  std::map<Digest, Digest> archived_;  // body -> the same as it stands in the archive
  std::unique_ptr<WaczWriter> writer_;
};

}  // namespace

Result<EvidenceMade> WriteEvidence(Store& store, const EvidenceOrder& order,
                                   const EvidenceServices& services, const std::string& path) {
  return Package(store, order, services, path).Write();
}

}  // namespace xuncha
