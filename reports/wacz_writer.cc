// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/wacz.h"
#include "reports/warc_text.h"
#include "reports/zip_writer.h"

namespace xuncha {
namespace {

constexpr std::string_view kWarc = "archive/data.warc.gz";
constexpr std::string_view kIndex = "indexes/index.cdx";
constexpr std::string_view kPages = "pages/pages.jsonl";
constexpr std::string_view kPackage = "datapackage.json";
constexpr std::string_view kPackageDigest = "datapackage-digest.json";

// A name that every tool unpacks below the folder it is given.
bool IsMemberName(std::string_view name) {
  if (name.empty() || name.size() > limits::kWaczNameBytesMax || !IsValidUtf8(name)) return false;
  for (const std::string_view part : Split(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return std::ranges::none_of(name, [](const char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '\\' || c == ':';
  });
}

Node WithDigest(const WaczFile& file) {
  Node node = MakeTable();
  Put(node, "name", MakeString(file.path.substr(file.path.rfind('/') + 1)));
  Put(node, "path", MakeString(file.path));
  Put(node, "hash", MakeString(WarcDigest(file.digest)));
  Put(node, "bytes", MakeInteger(static_cast<int64_t>(file.bytes)));
  return node;
}

// Seconds are enough for people; the index has the rest.
std::string Created(Millis time) { return WarcDate(time / 1000 * 1000).substr(0, 19) + "Z"; }

}  // namespace

std::string Surt(std::string_view url) {
  std::string_view rest = url;
  const size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos) return AsciiLower(rest);
  const bool secure = EqualsIgnoreCase(rest.substr(0, scheme), "https");
  rest.remove_prefix(scheme + 3);
  const size_t slash = rest.find_first_of("/?#");
  std::string_view host = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  path = path.substr(0, path.find('#'));
  std::string_view port;
  if (const size_t colon = host.rfind(':');
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (port == (secure ? "443" : "80")) port = {};
  const std::string lower = AsciiLower(host);
  std::string key;
  const bool numeric = lower.find_first_not_of("0123456789.") == std::string::npos;
  if (lower.starts_with('[') || numeric) {
    key = lower;
  } else {
    std::vector<std::string_view> labels = Split(lower, '.');
    // "www." names the same site, as every index has it.
    if (labels.size() > 2 && labels.front() == "www") labels.erase(labels.begin());
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
      if (!key.empty()) key += ',';
      key += *label;
    }
  }
  if (!port.empty()) key += ":" + std::string(port);
  key += ')';
  key += path.starts_with('/') ? "" : "/";
  return WarcUri(key + AsciiLower(path));
}

struct WaczWriter::Rep {
  Rep(const std::string& path, Options options_in)
      : options(std::move(options_in)), zip(path, options.created) {
    std::vector<WarcField> description;
    if (!options.title.empty()) description.push_back({"title", options.title});
    if (!options.description.empty()) description.push_back({"description", options.description});
    description.insert(description.end(), options.about.begin(), options.about.end());
    warc = std::make_unique<WarcWriter>(WarcWriter::Options{.filename = "data.warc.gz",
                                                            .software = options.software,
                                                            .description = std::move(description),
                                                            .created = options.created},
                                        [this](std::string_view bytes) { return zip.Add(bytes); });
  }

  Status Room() const {
    CHECK(warc != nullptr);  // captures come before files
    if (index.size() < limits::kWaczRecordsMax) return Ok();
    return Error{Code::kLimit, fmt::format("a package holds at most {} records; make several",
                                           limits::kWaczRecordsMax)};
  }

  void AddLine(std::string_view url, Millis time, std::string_view mime, std::string_view status,
               const Digest& payload, const WarcPlace& place) {
    Node line = MakeTable();
    const std::string uri = WarcUri(url);
    Put(line, "url", MakeString(uri));
    Put(line, "digest", MakeString(WarcDigest(payload)));
    Put(line, "mime", MakeString(mime));
    Put(line, "filename", MakeString("data.warc.gz"));
    Put(line, "offset", MakeString(std::to_string(place.offset)));
    Put(line, "length", MakeString(std::to_string(place.length)));
    if (!status.empty()) Put(line, "status", MakeString(status));
    Put(line, "recordDigest", MakeString(WarcDigest(place.digest)));
    index.push_back(fmt::format("{} {} {}\n", Surt(uri), CdxTime(time), WriteJson(line)));
  }

  Status EndWarc() {
    if (warc == nullptr) return Ok();
    if (index.empty())
      return Error{Code::kInvalid, "a package without a capture; name what is to be exported"};
    warc.reset();
    if (Status ended = zip.End(); !ended) return ended;
    return Indexes();
  }

  Status File(std::string_view name, const ByteSource& source) {
    constexpr size_t kPiece = 1 << 20;
    if (Status begun = zip.Begin(name); !begun) return begun;
    for (;;) {
      const Result<std::string> piece = source(kPiece);
      if (!piece) return piece.error();
      if (piece->empty()) break;
      if (Status put = zip.Add(*piece); !put) return put;
    }
    return zip.End();
  }

  Status Indexes() {
    std::ranges::sort(index);
    std::string all;
    if (Status begun = zip.Begin(kIndex); !begun) return begun;
    for (const std::string& line : index) {
      if (Status put = zip.Add(line); !put) return put;
    }
    if (Status ended = zip.End(); !ended) return ended;

    if (Status begun = zip.Begin(kPages); !begun) return begun;
    if (Status put =
            zip.Add("{\"format\":\"json-pages-1.0\",\"id\":\"pages\",\"title\":\"Pages\"}\n");
        !put)
      return put;
    for (const WaczPage& page : pages) {
      Node line = MakeTable();
      const std::string uri = WarcUri(page.url), time = WarcDate(page.time);
      Put(line, "id", MakeString(StableId({uri, time})));
      Put(line, "url", MakeString(uri));
      Put(line, "ts", MakeString(time));
      if (!page.title.empty()) Put(line, "title", MakeString(page.title));
      if (!page.text.empty()) Put(line, "text", MakeString(page.text));
      if (Status put = zip.Add(WriteJson(line) + "\n"); !put) return put;
    }
    return zip.End();
  }

  Result<std::string> PackageText() const {
    Node package = MakeTable();
    Put(package, "profile", MakeString("data-package"));
    Put(package, "wacz_version", MakeString("1.1.1"));
    if (!options.title.empty()) Put(package, "title", MakeString(options.title));
    if (!options.description.empty()) Put(package, "description", MakeString(options.description));
    Put(package, "created", MakeString(Created(options.created)));
    Put(package, "software", MakeString(options.software));
    if (!pages.empty()) {
      Put(package, "mainPageUrl", MakeString(WarcUri(pages.front().url)));
      Put(package, "mainPageDate", MakeString(WarcDate(pages.front().time)));
    }
    Node resources = MakeArray();
    for (const WaczFile& file : zip.files()) resources.items.push_back(WithDigest(file));
    Put(package, "resources", std::move(resources));
    return WriteJson(package);
  }

  Result<std::string> DigestText(const Digest& package) const {
    const std::string hash = WarcDigest(package);
    Node text = MakeTable();
    Put(text, "path", MakeString(kPackage));
    Put(text, "hash", MakeString(hash));
    if (options.key != nullptr) {
      const Result<std::string> signature = options.key->SignPlain(hash);
      if (!signature) return signature.error();
      Node data = MakeTable();
      Put(data, "hash", MakeString(hash));
      Put(data, "created", MakeString(Created(options.created)));
      Put(data, "software", MakeString(options.software));
      Put(data, "version", MakeString("0.1.0"));
      Put(data, "signature", MakeString(Base64(*signature)));
      Put(data, "publicKey", MakeString(Base64(options.key->public_key().der())));
      Put(text, "signedData", std::move(data));
    }
    return WriteJson(text);
  }

  Status Text(std::string_view name, std::string_view bytes) {
    return File(name, SourceOfBytes(bytes));
  }

  const Options options;
  ZipWriter zip;
  std::unique_ptr<WarcWriter> warc;
  std::vector<std::string> index;
  std::vector<WaczPage> pages;
  std::set<std::string, std::less<>> names;
  uint64_t captures = 0;
};

WaczWriter::WaczWriter(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
WaczWriter::~WaczWriter() = default;

Result<std::unique_ptr<WaczWriter>> WaczWriter::Create(const std::string& path, Options options) {
  if (options.key != nullptr && options.key->kind() != KeyKind::kP384)
    return Error{Code::kInvalid, "web archives are signed with an ECDSA P-384 key; give one"};
  auto rep = std::make_unique<Rep>(path, std::move(options));
  if (Status begun = rep->zip.Begin(kWarc); !begun) return begun.error();
  return std::unique_ptr<WaczWriter>(new WaczWriter(std::move(rep)));
}

Result<WrittenCapture> WaczWriter::AddCapture(const Capture& capture) {
  if (Status room = rep_->Room(); !room) return room.error();
  Result<WrittenCapture> written = rep_->warc->Add(capture);
  if (!written) return written;
  rep_->AddLine(capture.exchange->url, capture.exchange->started,
                written->revisit ? "warc/revisit" : written->mime, std::to_string(written->status),
                written->payload, written->response);
  ++rep_->captures;
  return written;
}

Result<WarcPlace> WaczWriter::AddResource(std::string_view uri, std::string_view mime, Millis time,
                                          std::string_view bytes) {
  if (Status room = rep_->Room(); !room) return room.error();
  const Result<WarcPlace> place = rep_->warc->AddResource(uri, mime, time, bytes);
  if (place) rep_->AddLine(uri, time, mime, "", Sha256(bytes), *place);
  return place;
}

Status WaczWriter::AddPage(WaczPage page) {
  CHECK(rep_->warc != nullptr);  // the list of pages is written with the archive's end
  if (rep_->pages.size() >= limits::kWaczPagesMax) {
    return Error{Code::kLimit, fmt::format("a package holds at most {} pages; make several",
                                           limits::kWaczPagesMax)};
  }
  page.text.resize(ValidUtf8Prefix(page.text.substr(0, limits::kWaczTextBytesMax)));
  rep_->pages.push_back(std::move(page));
  return Ok();
}

Status WaczWriter::AddFile(std::string_view name, std::string_view bytes) {
  return AddFile(name, SourceOfBytes(bytes));
}

Status WaczWriter::AddFile(std::string_view name, const ByteSource& bytes) {
  const bool ours = name.starts_with("archive/") || name.starts_with("indexes/") ||
                    name.starts_with("pages/") || name == kPackage || name == kPackageDigest;
  if (ours || !IsMemberName(name)) {
    return Error{Code::kInvalid,
                 fmt::format("\"{}\" cannot be the name of an added file; use \"evidence/NAME\"",
                             Neutralise(name.substr(0, 200)))};
  }
  if (!rep_->names.emplace(name).second)
    return Error{Code::kInvalid, fmt::format("\"{}\" is in the package already", name)};
  if (rep_->names.size() + 8 > limits::kWaczMembersMax)
    return Error{Code::kLimit, fmt::format("more than {} files", limits::kWaczMembersMax)};
  if (Status ended = rep_->EndWarc(); !ended) return ended;
  return rep_->File(name, bytes);
}

const std::vector<WaczFile>& WaczWriter::files() const { return rep_->zip.files(); }

Result<WaczWriter::Summary> WaczWriter::Finish() {
  Rep& rep = *rep_;
  if (Status ended = rep.EndWarc(); !ended) return ended.error();
  const Result<std::string> package = rep.PackageText();
  if (!package) return package.error();
  Summary summary{.datapackage = Sha256(*package)};
  const Result<std::string> digest = rep.DigestText(summary.datapackage);
  if (!digest) return digest.error();
  if (Status put = rep.Text(kPackage, *package); !put) return put.error();
  if (Status put = rep.Text(kPackageDigest, *digest); !put) return put.error();
  const Result<uint64_t> bytes = rep.zip.Finish();
  if (!bytes) return bytes.error();
  summary.files = rep.zip.files();
  summary.bytes = *bytes;
  summary.captures = rep.captures;
  summary.pages = rep.pages.size();
  return summary;
}

}  // namespace xuncha
