// The encoding is by columns: all lengths of zones, then all their kinds, and so
// on. Columns of one sort of small number pack better than records do, and a
// column is read in one short loop.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/page_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "store/enums.h"
#include "store/records.h"
#include "store/wire.h"

namespace xuncha {
namespace {

constexpr char kVersion = 1;
constexpr uint64_t kMarkup = 1;
constexpr uint64_t kTitleIsZone = 2;  // the title is the text of the first title zone
constexpr int kKindBits = 4;          // of a zone's tag; the rest is its hiding

static_assert(kZoneKinds <= 1 << kKindBits);

// ---- writing ------------------------------------------------------------------

// Strings that come again and again, by number: 0 is none, and a number not used
// before stands for the next string of the list.
class NamesOut {
 public:
  uint64_t Number(std::string_view name) {
    if (name.empty()) return 0;
    const auto [at, fresh] = numbers_.try_emplace(std::string(name), numbers_.size() + 1);
    if (fresh) names_.push_back(at->first);
    return at->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::unordered_map<std::string, uint64_t> numbers_;
  std::vector<std::string> names_;
};

class Writer {
 public:
  void Number(uint64_t value) { AppendVarint(out_, value); }
  void Signed(int64_t value) { AppendVarint(out_, ZigZag(value)); }
  void Bytes(std::string_view bytes) {
    Number(bytes.size());
    out_.append(bytes);
  }
  void Names(const NamesOut& names) {
    Number(names.names().size());
    for (const std::string& name : names.names()) Bytes(name);
  }
  std::string& out() { return out_; }

 private:
  std::string out_;
};

const Zone* TitleZone(const Document& document) {
  const auto found = std::find_if(document.zones.begin(), document.zones.end(),
                                  [](const Zone& zone) { return zone.kind == ZoneKind::kTitle; });
  return found == document.zones.end() ? nullptr : &*found;
}

std::string_view TextOf(const Document& document, Span span) {
  return std::string_view(document.text).substr(span.begin, span.size());
}

bool Fits(Span span, size_t size) { return span.begin <= span.end && span.end <= size; }

// Whether a text can say what the document says.
bool IsInOrder(const Document& document) {
  const size_t size = document.text.size();
  uint32_t at = 0;
  for (const Zone& zone : document.zones) {
    if (!Fits(zone.text, size) || zone.text.begin < at) return false;
    at = zone.text.end;
  }
  at = 0;
  for (const SourceRun& run : document.runs) {
    if (run.text < at || run.text > size) return false;
    at = run.text;
  }
  const auto fits = [size](const auto& what) { return Fits(what.text, size); };
  return Fits(document.visible, size) && document.zones.size() <= limits::kZonesMax &&
         document.signals.size() <= limits::kTextSignalsMax &&
         std::all_of(document.links.begin(), document.links.end(), fits) &&
         std::all_of(document.signals.begin(), document.signals.end(), fits);
}

void WriteZones(const std::vector<Zone>& zones, Writer& out) {
  out.Number(zones.size());
  for (const Zone& zone : zones) {
    out.Number(static_cast<uint64_t>(zone.kind) | static_cast<uint64_t>(zone.hiding) << kKindBits);
  }
  uint32_t end = 0;
  for (const Zone& zone : zones) {
    out.Number(zone.text.begin - end);
    end = zone.text.end;
  }
  for (const Zone& zone : zones) out.Number(zone.text.size());
  NamesOut details;
  for (const Zone& zone : zones) out.Number(details.Number(zone.detail));
  out.Names(details);
}

std::string UrlOfHost(std::string_view host) { return fmt::format("http://{}/", host); }

// Links with words, in their order. False if a host is none that can be read back.
bool WriteLinks(const std::vector<Link>& all, Writer& out) {
  std::vector<const Link*> links;
  for (const Link& link : all) {
    if (!link.text.empty()) links.push_back(&link);
  }
  if (links.size() > limits::kLinksPerPageMax) return false;
  out.Number(links.size());
  uint32_t end = 0;
  for (const Link* link : links) {
    out.Signed(int64_t{link->text.begin} - end);
    end = link->text.end;
  }
  for (const Link* link : links) out.Number(link->text.size());
  NamesOut hosts, references;
  for (const Link* link : links) out.Number(link->url.empty() ? 0 : hosts.Number(link->url.host()));
  // Of what leads nowhere in the web the reference itself tells whether it stays inside.
  for (const Link* link : links) {
    if (link->url.empty()) out.Number(references.Number(link->href));
  }
  out.Names(hosts);
  out.Names(references);
  return std::all_of(hosts.names().begin(), hosts.names().end(), [](const std::string& host) {
    const Result<Url> url = Url::Parse(UrlOfHost(host));
    return url && url->host() == host;
  });
}

void WriteSignals(const std::vector<Signal>& signals, Writer& out) {
  out.Number(signals.size());
  for (const Signal& signal : signals) {
    out.Number(static_cast<uint64_t>(signal.kind));
    out.Number(signal.text.begin);
    out.Number(signal.text.size());
    out.Number(signal.count);
    out.Bytes(signal.detail);
  }
}

// Where a run begins, and how much of the source lies between it and the end of
// the run before: markup, most often of the same few lengths.
void WriteRuns(const std::vector<SourceRun>& runs, Writer& out) {
  out.Number(runs.size());
  uint32_t text = 0;
  for (const SourceRun& run : runs) {
    out.Number(run.text - text);
    text = run.text;
  }
  int64_t expected = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const SourceRun& run = runs[i];
    if (i > 0 && !runs[i - 1].generated) expected += run.text - runs[i - 1].text;
    out.Number(ZigZag(run.source - expected) << 1 | (run.generated ? 1 : 0));
    expected = run.source;
  }
}

// ---- reading ------------------------------------------------------------------

// Reads on after damage as if all were zero; whoever reads asks `ok` where it counts.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }
  void Refuse() { ok_ = false; }

  uint64_t Number() {
    // Nearly all fit into one byte.
    if (at_ < bytes_.size() && static_cast<signed char>(bytes_[at_]) >= 0)
      return static_cast<unsigned char>(bytes_[at_++]);
    const std::optional<uint64_t> value = ReadVarint(bytes_, &at_);
    if (!value) ok_ = false;
    return value.value_or(0);
  }
  int64_t Signed() { return UnZigZag(Number()); }
  uint32_t Number32() {
    const uint64_t value = Number();
    if (value > UINT32_MAX) ok_ = false;
    return static_cast<uint32_t>(value);
  }
  std::string_view Bytes() {
    const uint64_t size = Number();
    if (size > bytes_.size() - at_) {
      ok_ = false;
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  // How many follow, each of at least `bytes_min`.
  size_t Count(size_t bytes_min, size_t most) {
    const uint64_t count = Number();
    if (count <= most && count <= (bytes_.size() - at_) / bytes_min) return count;
    ok_ = false;
    return 0;
  }
  std::vector<std::string_view> Names(size_t most) {
    std::vector<std::string_view> names(Count(1, most));
    for (std::string_view& name : names) name = Bytes();
    return names;
  }
  Span SpanIn(size_t size) {
    const uint64_t begin = Number(), length = Number();
    if (begin > size || length > size - begin) {
      ok_ = false;
      return {};
    }
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + length)};
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

// What names and numbers make of a record.
enum class Known : uint8_t { kYes, kNewer };

Known ReadZones(Reader& in, Document& document) {
  const uint64_t size = document.text.size();
  std::vector<Zone>& zones = document.zones;
  zones.resize(in.Count(4, limits::kZonesMax));
  for (Zone& zone : zones) {
    const uint64_t tag = in.Number();
    zone.kind = static_cast<ZoneKind>(tag & ((1 << kKindBits) - 1));
    zone.hiding = static_cast<Hiding>(std::min<uint64_t>(tag >> kKindBits, UINT8_MAX));
    if (!IsKnown(zone.kind) || !IsKnown(zone.hiding)) return Known::kNewer;
  }
  std::vector<uint32_t> gaps(zones.size());
  for (uint32_t& gap : gaps) gap = in.Number32();
  uint64_t end = 0;
  for (size_t i = 0; i < zones.size(); ++i) {
    const uint64_t begin = end + gaps[i];
    end = begin + in.Number32();
    if (end > size) {
      in.Refuse();
      return Known::kYes;
    }
    zones[i].text = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  std::vector<uint32_t> numbers(zones.size());
  for (uint32_t& number : numbers) number = in.Number32();
  const std::vector<std::string_view> details = in.Names(zones.size());
  for (size_t i = 0; i < zones.size(); ++i) {
    if (numbers[i] > details.size()) {
      in.Refuse();
    } else if (numbers[i] != 0) {
      zones[i].detail = details[numbers[i] - 1];
    }
  }
  return Known::kYes;
}

void ReadLinks(Reader& in, Document& document) {
  std::vector<Link>& links = document.links;
  links.resize(in.Count(3, limits::kLinksPerPageMax));
  std::vector<int64_t> gaps(links.size());
  for (int64_t& gap : gaps) gap = in.Signed();
  const auto size = static_cast<int64_t>(document.text.size());
  int64_t end = 0;
  for (size_t i = 0; i < links.size(); ++i) {
    const int64_t length = in.Number32();
    // Checked one by one: a sum of two hostile numbers may overflow.
    if (gaps[i] < -end || gaps[i] > size - end || length > size - end - gaps[i]) return in.Refuse();
    links[i].text.begin = static_cast<uint32_t>(end + gaps[i]);
    end += gaps[i] + length;
    links[i].text.end = static_cast<uint32_t>(end);
  }
  std::vector<uint32_t> hosts(links.size()), references;
  for (uint32_t& host : hosts) {
    host = in.Number32();
    if (host == 0) references.push_back(0);
  }
  for (uint32_t& reference : references) reference = in.Number32();
  std::vector<Url> urls;
  for (const std::string_view name : in.Names(links.size())) {
    Result<Url> url = Url::Parse(UrlOfHost(name));
    if (!url) return in.Refuse();
    urls.push_back(std::move(*url));
  }
  const std::vector<std::string_view> names = in.Names(links.size());
  size_t next = 0;
  for (size_t i = 0; i < links.size(); ++i) {
    if (hosts[i] > urls.size()) return in.Refuse();
    if (hosts[i] != 0) {
      links[i].url = urls[hosts[i] - 1];
      continue;
    }
    const uint32_t reference = references[next++];
    if (reference > names.size()) return in.Refuse();
    if (reference != 0) links[i].href = names[reference - 1];
  }
}

Known ReadSignals(Reader& in, Document& document) {
  document.signals.resize(in.Count(5, limits::kTextSignalsMax));
  for (Signal& signal : document.signals) {
    const uint64_t kind = in.Number();
    if (kind >= kSignalKinds) return Known::kNewer;
    signal.kind = static_cast<SignalKind>(kind);
    signal.text = in.SpanIn(document.text.size());
    signal.count = in.Number32();
    signal.detail = in.Bytes();
  }
  return Known::kYes;
}

void ReadRuns(Reader& in, Document& document) {
  std::vector<SourceRun>& runs = document.runs;
  runs.resize(in.Count(2, limits::kTextBytesKeptMax));
  uint64_t text = 0;
  for (SourceRun& run : runs) {
    text += in.Number32();
    if (text > document.text.size()) return in.Refuse();
    run.text = static_cast<uint32_t>(text);
  }
  int64_t expected = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i > 0 && !runs[i - 1].generated) expected += runs[i].text - runs[i - 1].text;
    const uint64_t coded = in.Number();
    const int64_t skipped = UnZigZag(coded >> 1);
    if (skipped < -expected || skipped > int64_t{UINT32_MAX} - expected) return in.Refuse();
    runs[i].generated = (coded & 1) != 0;
    runs[i].source = static_cast<uint32_t>(expected + skipped);
    expected = runs[i].source;
  }
}

Error Newer() { return {Code::kNewer, "a text written in a way that this program does not know"}; }

}  // namespace

std::string EncodeText(const Document& document) {
  if (document.text.size() > limits::kTextBytesKeptMax || !IsInOrder(document)) return {};
  const Zone* title = TitleZone(document);
  const bool is_zone = title != nullptr && TextOf(document, title->text) == document.title;
  Writer out;
  out.out().reserve(document.text.size() + document.title.size() + document.runs.size() * 4 + 1024);
  out.out().push_back(kVersion);
  out.Number(static_cast<uint64_t>(document.charset));
  out.Number((document.markup ? kMarkup : 0) | (is_zone ? kTitleIsZone : 0));
  out.Bytes(document.text);
  if (!is_zone) out.Bytes(document.title);
  out.Number(document.visible.begin);
  out.Number(document.visible.size());
  WriteZones(document.zones, out);
  if (!WriteLinks(document.links, out)) return {};
  WriteSignals(document.signals, out);
  WriteRuns(document.runs, out);
  if (out.out().size() > limits::kTextBytesKeptMax) return {};
  return std::move(out.out());
}

Result<Document> DecodeText(std::string_view text) {
  const Error damaged{Code::kDamaged, "the text of a page is not whole"};
  if (text.empty()) return damaged;
  if (text[0] != kVersion) return Newer();
  if (text.size() > limits::kTextBytesKeptMax) {
    return Error{Code::kLimit, fmt::format("the text of a page has {} bytes, more than the {} kept",
                                           text.size(), limits::kTextBytesKeptMax)};
  }
  Reader in(text.substr(1));
  Document document;
  const uint64_t charset = in.Number();
  document.charset = static_cast<Charset>(std::min<uint64_t>(charset, UINT8_MAX));
  if (!IsKnown(document.charset)) return Newer();
  const uint64_t flags = in.Number();
  if (flags > (kMarkup | kTitleIsZone)) return Newer();
  document.markup = (flags & kMarkup) != 0;
  document.text = in.Bytes();
  if ((flags & kTitleIsZone) == 0) document.title = in.Bytes();
  document.visible = in.SpanIn(document.text.size());
  if (ReadZones(in, document) == Known::kNewer) return Newer();
  ReadLinks(in, document);
  if (!in.ok()) return damaged;
  if (ReadSignals(in, document) == Known::kNewer) return Newer();
  ReadRuns(in, document);
  if (!in.ok() || !in.at_end()) return damaged;
  if ((flags & kTitleIsZone) != 0) {
    const Zone* title = TitleZone(document);
    if (title == nullptr) return damaged;
    document.title = TextOf(document, title->text);
  }
  return document;
}

}  // namespace xuncha
