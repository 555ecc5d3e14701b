// What the bytes are: their type by their first bytes, and their charset by what is
// declared and by what they can be.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "crawler/extract.h"

namespace xuncha {
namespace {

using namespace std::string_view_literals;

constexpr size_t kSniffBytes = 1024;  // where browsers look for meta and markup

// The most frequent characters of modern Chinese: half of any text is made of
// them, and of text read in the wrong charset next to nothing.
constexpr std::string_view kCommonHan =
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子"
    "说产种面而方后多定行学法"
    "所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开"
    "它合还因由其些然前外天"
    "政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结"
    "解问意建月公无系军很情"
    "者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山"
    "统接知较将组见计别她手"
    "角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器"
    "压志世金增争济阶油思术"
    "极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报"
    "斗完类八离华名确才科张"
    "信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际"
    "商非验连断深难近矿千周"
    "委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快"
    "效斯院查江型眼王按格养"
    "易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严龙飞網網頁學國們這個時來會說"
    "對過開關點業東車書長門"
    "問間電話號課題報館園區試驗無選擇請聯繫";

// A set of the characters above: a bit per code point of the basic block.
const std::array<uint64_t, 0x10000 / 64>& CommonHan() {
  static const std::array<uint64_t, 0x10000 / 64> set = [] {
    std::array<uint64_t, 0x10000 / 64> bits{};
    for (size_t at = 0; at < kCommonHan.size();) {
      const char32_t c = NextCodePoint(kCommonHan, &at);
      if (c < 0x10000) bits[c / 64] |= uint64_t{1} << (c % 64);
    }
    return bits;
  }();
  return set;
}

bool IsCommonHan(char32_t c) { return c < 0x10000 && (CommonHan()[c / 64] >> (c % 64) & 1) != 0; }

// Whether most of it is ASCII, punctuation and common Han.
bool IsPlausible(std::string_view utf8) {
  size_t all = 0, plausible = 0;
  for (size_t at = 0; at < utf8.size();) {
    const char32_t c = NextCodePoint(utf8, &at);
    ++all;
    plausible +=
        (c < 0x80 && c != 0) || (c >= 0x3000 && c < 0x3020) || c >= 0xFF00 || IsCommonHan(c);
  }
  return plausible * 10 >= all * 6;
}

// UTF-16 without a byte order mark: in Latin markup every second byte is NUL, and
// what it then says must be letters. NULs put into another charset to make us take
// it for UTF-16 turn the rest into characters nobody uses. (U+5F00 has a NUL too.)
Charset Utf16ByNuls(std::string_view body) {
  const std::string_view head = body.substr(0, kSniffBytes);
  if (head.size() < 16) return Charset::kUnknown;
  size_t even = 0, odd = 0;
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == 0) ++(i % 2 == 0 ? even : odd);
  }
  const size_t enough = std::max<size_t>(4, head.size() / 32);
  const Charset charset = odd >= enough && even * 4 < odd    ? Charset::kUtf16le
                          : even >= enough && odd * 4 < even ? Charset::kUtf16be
                                                             : Charset::kUnknown;
  if (charset == Charset::kUnknown) return charset;
  constexpr size_t kTested = 16 << 10;
  for (std::string_view part :
       {body.substr(0, kTested),
        body.substr(body.size() > kTested ? (body.size() - kTested) & ~1UL : 0)}) {
    if (!IsPlausible(DecodeToUtf8(part, charset).utf8)) return Charset::kUnknown;
  }
  return charset;
}

std::string_view Archive(std::string_view body) {
  const std::string_view head = body.substr(0, 4096);
  for (std::string_view mark : {"[Content_Types].xml", "word/", "xl/", "ppt/", "_rels/.rels",
                                "mimetypeapplication/vnd.oasis", "OFD.xml"}) {
    if (head.find(mark) != std::string_view::npos) return "office";
  }
  return "zip";
}

std::string_view ByMagic(std::string_view body) {
  struct Magic {
    std::string_view bytes;
    std::string_view type;
  };
  static constexpr Magic kMagic[] = {{"%PDF-", "pdf"},
                                     {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "office"},
                                     {"{\\rtf", "office"},
                                     {"GIF87a", "image"},
                                     {"GIF89a", "image"},
                                     {"\x89PNG\r\n\x1a\n", "image"},
                                     {"\0\0\1\0"sv, "image"},
                                     {"II*\0"sv, "image"},
                                     {"MM\0*"sv, "image"},
                                     {"\xFF\xD8\xFF", "image"},
                                     {"\x1F\x8B", "zip"},
                                     {"Rar!\x1A\x07", "zip"},
                                     {"7z\xBC\xAF\x27\x1C", "zip"},
                                     {"BZh", "zip"},
                                     {"\xFD"
                                      "7zXZ",
                                      "zip"},
                                     {"ID3", "media"},
                                     {"OggS", "media"},
                                     {"FLV\x01", "media"},
                                     {"\x1A\x45\xDF\xA3", "media"},
                                     {"fLaC", "media"},
                                     {"\x7F"
                                      "ELF",
                                      "binary"},
                                     {"FWS", "binary"},
                                     {"CWS", "binary"},
                                     {"wOFF", "binary"},
                                     {"wOF2", "binary"},
                                     {"SQLite format 3", "binary"},
                                     {"\xCA\xFE\xBA\xBE", "binary"}};
  if (body.starts_with("PK\x03\x04") || body.starts_with("PK\x05\x06")) return Archive(body);
  for (const Magic& magic : kMagic) {
    if (body.starts_with(magic.bytes)) return magic.type;
  }
  if (body.starts_with("RIFF") && body.size() > 12)
    return body.substr(8, 4) == "WEBP" ? "image" : "media";
  if (body.size() > 12 && body.substr(4, 4) == "ftyp") return "media";
  if (body.starts_with("MZ") && body.size() > 64 &&
      body.substr(0, 256).find('\0') != std::string_view::npos) {
    return "binary";
  }
  if (body.starts_with("BM") && body.size() > 26 &&
      body.substr(6, 4) == std::string_view("\0\0\0\0", 4)) {
    return "image";
  }
  if (body.size() > 3 && static_cast<unsigned char>(body[0]) == 0xFF &&
      (static_cast<unsigned char>(body[1]) & 0xE6) == 0xE2) {
    return "media";  // MPEG audio frame
  }
  return {};
}

Charset Utf16ByHeader(std::string_view body, std::string_view content_type);

bool LooksLikeHtml(std::string_view head) {
  for (size_t at = 0; (at = head.find('<', at)) != std::string_view::npos; ++at) {
    const std::string_view rest = head.substr(at + 1);
    for (std::string_view name :
         {"!doctype html", "html",     "head",    "body",    "script", "title", "meta",   "div",
          "table",         "a ",       "p>",      "p ",      "br",     "span",  "iframe", "img",
          "style",         "link",     "font",    "h1",      "h2",     "h3",    "ul",     "center",
          "form",          "frameset", "marquee", "section", "!--"}) {
      if (StartsWithIgnoreCase(rest, name)) return true;
    }
  }
  return false;
}

// Markup somewhere behind bytes that look like something else.
bool HoldsMarkup(std::string_view body) {
  const std::string_view part = body.substr(0, 64 << 10);
  for (std::string_view mark :
       {"<html", "<body", "<script", "<!doctype html", "<a href", "<div", "<p>"}) {
    if (ContainsIgnoreCase(part, mark)) return true;
  }
  return false;
}

}  // namespace

std::string_view SniffType(std::string_view body, std::string_view content_type) {
  size_t bom = 0;
  const Charset by_bom = CharsetByBom(body, &bom);
  std::string wide;
  const std::string_view type = Trim(content_type.substr(0, content_type.find(';')));
  const bool sent_as_html =
      StartsWithIgnoreCase(type, "text/html") || ContainsIgnoreCase(type, "xhtml");
  Charset wide_by_header = Charset::kUnknown;
  if (sent_as_html || StartsWithIgnoreCase(type, "text/")) {
    wide_by_header = Utf16ByHeader(body, content_type);
  }
  if (by_bom == Charset::kUnknown && wide_by_header == Charset::kUnknown) {
    if (const std::string_view magic = ByMagic(body); !magic.empty()) {
      // A browser believes text/html whatever the first bytes are.
      return sent_as_html && HoldsMarkup(body) ? "html" : magic;
    }
  }
  const Charset utf16 = by_bom != Charset::kUnknown           ? by_bom
                        : wide_by_header != Charset::kUnknown ? wide_by_header
                                                              : Utf16ByNuls(body);
  std::string_view head = body.substr(0, kSniffBytes);
  if (utf16 == Charset::kUtf16le || utf16 == Charset::kUtf16be) {
    wide = DecodeToUtf8(body.substr(0, 2 * kSniffBytes), utf16).utf8;
    head = wide;
  } else {
    size_t control = 0;
    for (char c : head) {
      const auto byte = static_cast<unsigned char>(c);
      control += byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f' &&
                 byte != 0x1B;
    }
    if (control * 10 > head.size()) return sent_as_html && HoldsMarkup(body) ? "html" : "binary";
  }
  const std::string_view start = Trim(head.substr(std::min(bom, head.size())));
  if (ContainsIgnoreCase(type, "javascript") || ContainsIgnoreCase(type, "ecmascript")) {
    if (!start.starts_with('<') || start.starts_with("<!--")) return "script";
  }
  if (EqualsIgnoreCase(type, "text/css") && !start.starts_with('<')) return "style";
  if (ContainsIgnoreCase(type, "json") && (start.starts_with('{') || start.starts_with('[')))
    return "script";
  if (sent_as_html) return "html";
  if (StartsWithIgnoreCase(start, "<?xml") || ContainsIgnoreCase(type, "/xml") ||
      ContainsIgnoreCase(type, "+xml")) {
    if (StartsWithIgnoreCase(start, "<?xml") || start.starts_with('<')) {
      return ContainsIgnoreCase(head, "<html") || ContainsIgnoreCase(head, "<!doctype html")
                 ? "html"
                 : "xml";
    }
  }
  if (start.starts_with('<') &&
      (StartsWithIgnoreCase(start, "<rss") || StartsWithIgnoreCase(start, "<feed") ||
       StartsWithIgnoreCase(start, "<svg") || StartsWithIgnoreCase(start, "<urlset"))) {
    return "xml";
  }
  if (LooksLikeHtml(head)) return "html";
  return "text";
}

namespace {

struct Quality {
  double malformed = 0;  // share of what is not ASCII
  double common = 0;     // share of common Han among what is not ASCII
};

Quality Judge(std::string_view bytes, Charset charset) {
  const Decoded decoded = DecodeToUtf8(bytes, charset);
  size_t other = 0, common = 0;
  for (size_t at = 0; at < decoded.utf8.size();) {
    if (static_cast<unsigned char>(decoded.utf8[at]) < 0x80) {
      ++at;
      continue;
    }
    const char32_t c = NextCodePoint(decoded.utf8, &at);
    ++other;
    common += IsCommonHan(c);
  }
  if (other == 0) return {};
  return {static_cast<double>(decoded.malformed) / static_cast<double>(other),
          static_cast<double>(common) / static_cast<double>(other)};
}

// Few replacements first, then common characters. One stray byte on a long page is
// no reason to think of another charset.
double Score(const Quality& quality) {
  return quality.common - 4 * std::max(0.0, quality.malformed - 0.002);
}

Charset CharsetParameter(std::string_view text) {
  for (size_t at = 0; (at = FindIgnoreCase(text, "charset", at)) != std::string_view::npos;) {
    at += 7;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at >= text.size() || text[at] != '=') continue;
    ++at;
    while (at < text.size() && (text[at] == ' ' || text[at] == '"' || text[at] == '\'')) ++at;
    size_t end = at;
    while (end < text.size() && text[end] != ';' && text[end] != '"' && text[end] != '\'' &&
           text[end] != ' ' && text[end] != '>' && text[end] != '/') {
      ++end;
    }
    const Charset charset = CharsetByLabel(text.substr(at, end - at));
    if (charset != Charset::kUnknown) return charset;
  }
  return Charset::kUnknown;
}

// <meta ... charset=...> in the first bytes, however it is spelled; the first that
// names a charset counts. Also <?xml encoding="...">.
Charset MetaCharset(std::string_view body) {
  const std::string_view head = body.substr(0, kSniffBytes);
  for (size_t at = 0; (at = FindIgnoreCase(head, "<meta", at)) != std::string_view::npos;) {
    const size_t end = std::min(head.find('>', at), head.size());
    Charset charset = CharsetParameter(head.substr(at, end - at));
    // Meta was readable as ASCII, so it is not UTF-16.
    if (charset == Charset::kUtf16le || charset == Charset::kUtf16be) charset = Charset::kUtf8;
    if (charset != Charset::kUnknown) return charset;
    at = end;
  }
  if (StartsWithIgnoreCase(head, "<?xml")) {
    const size_t at = FindIgnoreCase(head, "encoding");
    const size_t end = head.find("?>");
    if (at != std::string_view::npos && at < end) {
      const size_t open = head.find_first_of("\"'", at);
      if (open != std::string_view::npos) {
        const size_t close = head.find(head[open], open + 1);
        if (close != std::string_view::npos)
          return CharsetByLabel(head.substr(open + 1, close - open - 1));
      }
    }
  }
  return Charset::kUnknown;
}

// Valid but for a sequence cut off at the end.
bool ValidUtf8ButForEnd(std::string_view body) {
  if (IsValidUtf8(body)) return true;
  for (size_t cut = 1; cut <= 3 && cut < body.size(); ++cut) {
    const auto byte = static_cast<unsigned char>(body[body.size() - cut]);
    if (byte >= 0xC2) return IsValidUtf8(body.substr(0, body.size() - cut));
    if (byte < 0x80) return false;
  }
  return false;
}

size_t CountSequences(std::string_view body) {
  return static_cast<size_t>(std::count_if(
      body.begin(), body.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xC2; }));
}

bool IsAllAscii(std::string_view body) {
  return std::none_of(body.begin(), body.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// UTF-16 by the header, as browsers take it, where the bytes bear it out: NULs, or what
// is no UTF-8. A page that says so of single bytes is read as what it is.
Charset Utf16ByHeader(std::string_view body, std::string_view content_type) {
  const Charset header = CharsetParameter(content_type);
  if (header != Charset::kUtf16le && header != Charset::kUtf16be) return Charset::kUnknown;
  const bool single =
      body.substr(0, kSniffBytes).find('\0') == std::string_view::npos && ValidUtf8ButForEnd(body);
  return single ? Charset::kUnknown : header;
}

}  // namespace

Charset DecideCharset(std::string_view body, std::string_view content_type, Charset* declared) {
  const Charset header = CharsetParameter(content_type);
  const Charset meta = MetaCharset(body);
  *declared = header != Charset::kUnknown ? header : meta;
  size_t bom_size = 0;
  if (const Charset bom = CharsetByBom(body, &bom_size); bom != Charset::kUnknown) return bom;
  if (const Charset wide = Utf16ByHeader(body, content_type); wide != Charset::kUnknown)
    return wide;
  if (const Charset wide = Utf16ByNuls(body); wide != Charset::kUnknown) return wide;
  if (*declared == Charset::kUtf16le || *declared == Charset::kUtf16be) {
    // Declared, but Latin letters stand in single bytes.
    *declared = header;
    if (meta != Charset::kUnknown && meta != header) *declared = meta;
  }
  if (IsAllAscii(body)) {
    if (*declared == Charset::kIso2022Jp && body.find('\x1B') != std::string_view::npos)
      return *declared;
    return *declared == Charset::kUnknown || *declared == Charset::kUtf16le ||
                   *declared == Charset::kUtf16be
               ? Charset::kUtf8
               : *declared;
  }
  if (ValidUtf8ButForEnd(body)) {
    const bool believed =
        *declared == Charset::kUnknown || *declared == Charset::kUtf8 || meta == Charset::kUtf8;
    // Two characters of GBK may be UTF-8 by chance; a page of them may not.
    if (believed || CountSequences(body) >= 6) return Charset::kUtf8;
  }
  // Judged on a sample that begins and ends between characters of most charsets.
  constexpr size_t kSampleBytes = 32 << 10;
  std::string_view sample = body;
  if (sample.size() > kSampleBytes) {
    size_t first = 0;
    while (first < body.size() && static_cast<unsigned char>(body[first]) < 0x80) ++first;
    first = first > 64 ? first - 64 : 0;
    sample = body.substr(first, kSampleBytes);
    while (!sample.empty() && static_cast<unsigned char>(sample.back()) >= 0x80)
      sample.remove_suffix(1);
    if (sample.empty()) sample = body.substr(first, kSampleBytes);
  }
  const Charset claimed = *declared;
  if (claimed == Charset::kGb18030 || claimed == Charset::kBig5 || claimed == Charset::kShiftJis ||
      claimed == Charset::kEucJp || claimed == Charset::kEucKr) {
    const Quality quality = Judge(sample, claimed);
    if (quality.malformed <= 0.01 && (quality.common >= 0.2 || claimed != Charset::kBig5))
      return claimed;
  }
  std::array<Charset, 5> candidates = {claimed, meta, Charset::kUtf8, Charset::kGb18030,
                                       Charset::kUnknown};
  int confidence = 0;
  candidates[4] = GuessCharset(sample, &confidence);
  if (confidence < 30) candidates[4] = Charset::kUnknown;
  Charset best = claimed == Charset::kUnknown ? Charset::kUtf8 : claimed;
  double best_score = -1e9;
  for (Charset candidate : candidates) {
    if (candidate == Charset::kUnknown || candidate == Charset::kUtf16le ||
        candidate == Charset::kUtf16be) {
      continue;
    }
    // What was claimed, and then UTF-8, win when nothing speaks against them.
    const double bonus = candidate == claimed ? 0.02 : candidate == candidates[4] ? 0.01 : 0;
    const double score = Score(Judge(sample, candidate)) + bonus;
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

}  // namespace xuncha
