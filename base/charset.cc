// Charset decoding: see charset.h. UTF-8, which is nearly everything, is
// validated and copied without ICU; the rest goes through one ICU converter in
// large pieces. Both ways use the same replacement rule, so that an offset can
// be walked back.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/freed.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr size_t kGuessBytesMax = 64 << 10;  // ICU's detector looks at no more of markup
constexpr size_t kPieceUnits = 16 << 10;     // UTF-16 units converted at once

struct Entry {
  std::string_view name;  // WHATWG
  const char* icu;        // converter that comes closest
};

// In the order of Charset. gb18030 serves gb2312 and gbk, windows-949 is what
// the web calls EUC-KR, and windows-31j is its Shift_JIS.
constexpr auto kCharsets = std::to_array<Entry>({
    {"unknown", "UTF-8"},
    {"utf-8", "UTF-8"},
    {"gb18030", "gb18030"},
    {"big5", "Big5-HKSCS"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"windows-1252", "windows-1252"},
    {"shift_jis", "windows-31j"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "windows-949"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"windows-1251", "windows-1251"},
    {"koi8-r", "KOI8-R"},
});
static_assert(kCharsets.size() == static_cast<size_t>(Charset::kKoi8R) + 1);

struct Label {
  std::string_view label;
  Charset charset;
};

// Labels of the WHATWG encoding standard for the charsets above. Stateful and
// dangerous ones (utf-7, hz-gb-2312, iso-2022-cn) are not here on purpose: a
// browser does not read them, so nobody can hide text in them.
constexpr auto kLabels = std::to_array<Label>({
    {"unicode-1-1-utf-8", Charset::kUtf8},
    {"unicode11utf8", Charset::kUtf8},
    {"unicode20utf8", Charset::kUtf8},
    {"utf-8", Charset::kUtf8},
    {"utf8", Charset::kUtf8},
    {"x-unicode20utf8", Charset::kUtf8},
    {"chinese", Charset::kGb18030},
    {"csgb2312", Charset::kGb18030},
    {"csiso58gb231280", Charset::kGb18030},
    {"gb2312", Charset::kGb18030},
    {"gb_2312", Charset::kGb18030},
    {"gb_2312-80", Charset::kGb18030},
    {"gbk", Charset::kGb18030},
    {"iso-ir-58", Charset::kGb18030},
    {"x-gbk", Charset::kGb18030},
    {"gb18030", Charset::kGb18030},
    {"big5", Charset::kBig5},
    {"big5-hkscs", Charset::kBig5},
    {"cn-big5", Charset::kBig5},
    {"csbig5", Charset::kBig5},
    {"x-x-big5", Charset::kBig5},
    {"unicodefffe", Charset::kUtf16be},
    {"utf-16be", Charset::kUtf16be},
    {"csunicode", Charset::kUtf16le},
    {"iso-10646-ucs-2", Charset::kUtf16le},
    {"ucs-2", Charset::kUtf16le},
    {"unicode", Charset::kUtf16le},
    {"unicodefeff", Charset::kUtf16le},
    {"utf-16", Charset::kUtf16le},
    {"utf-16le", Charset::kUtf16le},
    {"ansi_x3.4-1968", Charset::kWindows1252},
    {"ascii", Charset::kWindows1252},
    {"cp1252", Charset::kWindows1252},
    {"cp819", Charset::kWindows1252},
    {"csisolatin1", Charset::kWindows1252},
    {"ibm819", Charset::kWindows1252},
    {"iso-8859-1", Charset::kWindows1252},
    {"iso-ir-100", Charset::kWindows1252},
    {"iso8859-1", Charset::kWindows1252},
    {"iso88591", Charset::kWindows1252},
    {"iso_8859-1", Charset::kWindows1252},
    {"iso_8859-1:1987", Charset::kWindows1252},
    {"l1", Charset::kWindows1252},
    {"latin1", Charset::kWindows1252},
    {"us-ascii", Charset::kWindows1252},
    {"windows-1252", Charset::kWindows1252},
    {"x-cp1252", Charset::kWindows1252},
    {"csshiftjis", Charset::kShiftJis},
    {"ms932", Charset::kShiftJis},
    {"ms_kanji", Charset::kShiftJis},
    {"shift-jis", Charset::kShiftJis},
    {"shift_jis", Charset::kShiftJis},
    {"sjis", Charset::kShiftJis},
    {"windows-31j", Charset::kShiftJis},
    {"x-sjis", Charset::kShiftJis},
    {"cseucpkdfmtjapanese", Charset::kEucJp},
    {"euc-jp", Charset::kEucJp},
    {"x-euc-jp", Charset::kEucJp},
    {"cseuckr", Charset::kEucKr},
    {"csksc56011987", Charset::kEucKr},
    {"euc-kr", Charset::kEucKr},
    {"iso-ir-149", Charset::kEucKr},
    {"korean", Charset::kEucKr},
    {"ks_c_5601-1987", Charset::kEucKr},
    {"ks_c_5601-1989", Charset::kEucKr},
    {"ksc5601", Charset::kEucKr},
    {"ksc_5601", Charset::kEucKr},
    {"windows-949", Charset::kEucKr},
    {"csiso2022jp", Charset::kIso2022Jp},
    {"iso-2022-jp", Charset::kIso2022Jp},
    {"cp1251", Charset::kWindows1251},
    {"windows-1251", Charset::kWindows1251},
    {"x-cp1251", Charset::kWindows1251},
    {"cskoi8r", Charset::kKoi8R},
    {"koi", Charset::kKoi8R},
    {"koi8", Charset::kKoi8R},
    {"koi8-r", Charset::kKoi8R},
    {"koi8_r", Charset::kKoi8R},
});

using Converter = std::unique_ptr<UConverter, Freed<ucnv_close>>;

// Called by ICU for every sequence it cannot convert: one U+FFFD, counted.
void ReplaceAndCount(const void* context, UConverterToUnicodeArgs* args, const char*, int32_t,
                     UConverterCallbackReason reason, UErrorCode* status) {
  if (reason > UCNV_IRREGULAR) return;  // reset, close, clone
  // The context is the caller's counter; ICU hands it through as const.
  ++*static_cast<size_t*>(const_cast<void*>(context));
  const UChar replacement = 0xfffd;
  *status = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

// A converter to Unicode that counts into `malformed`. A converter missing from
// the ICU data is a broken installation, not a property of the page.
Converter Open(Charset charset, size_t* malformed) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(kCharsets[static_cast<size_t>(charset)].icu, &status));
  CHECK(U_SUCCESS(status));
  if (malformed != nullptr) {
    ucnv_setToUCallBack(converter.get(), ReplaceAndCount, malformed, nullptr, nullptr, &status);
  } else {
    ucnv_setSubstString(converter.get(), u"?", 1, &status);
  }
  CHECK(U_SUCCESS(status));
  return converter;
}

bool IsUtf8(Charset charset) { return charset == Charset::kUtf8 || charset == Charset::kUnknown; }

std::string_view WithoutBom(std::string_view bytes, Charset charset) {
  size_t size = 0;
  const Charset marked = CharsetByBom(bytes, &size);
  const Charset read_as = charset == Charset::kUnknown ? Charset::kUtf8 : charset;
  if (marked == read_as) bytes.remove_prefix(size);
  return bytes;
}

Decoded DecodeUtf8(std::string_view bytes) {
  Decoded decoded;
  decoded.utf8.reserve(bytes.size());
  while (true) {
    const size_t good = ValidUtf8Prefix(bytes);
    decoded.utf8.append(bytes.substr(0, good));
    bytes.remove_prefix(good);
    if (bytes.empty()) return decoded;
    decoded.utf8 += kReplacement;
    ++decoded.malformed;
    size_t skipped = 0;
    NextCodePoint(bytes, &skipped);
    bytes.remove_prefix(skipped);
  }
}

// UTF-16 to UTF-8. A high surrogate that ends a piece waits in `pending`.
class Utf16Writer {
 public:
  explicit Utf16Writer(std::string& out) : out_(out) {}

  void Add(const UChar* units, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const char32_t unit = units[i];
      if (unit < 0x80 && pending_ == 0) {
        out_ += static_cast<char>(unit);
        continue;
      }
      if (pending_ != 0) {
        const char32_t high = pending_;
        pending_ = 0;
        if (unit >= 0xdc00 && unit <= 0xdfff) {
          AppendUtf8(out_, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
          continue;
        }
        out_ += kReplacement;
      }
      if (unit >= 0xd800 && unit <= 0xdbff) {
        pending_ = unit;
      } else {
        AppendUtf8(out_, unit);  // a low surrogate alone becomes U+FFFD there
      }
    }
  }
  void Finish() {
    if (pending_ != 0) out_ += kReplacement;
    pending_ = 0;
  }

 private:
  std::string& out_;
  char32_t pending_ = 0;
};

size_t OffsetInUtf8(std::string_view bytes, size_t utf8_offset) {
  size_t at = 0, written = 0;
  // What is valid maps to itself; only malformed sequences change the length.
  while (at < bytes.size()) {
    const size_t good = ValidUtf8Prefix(bytes.substr(at));
    if (utf8_offset < written + good) {
      size_t found = at + (utf8_offset - written);
      while (found > at && (static_cast<unsigned char>(bytes[found]) & 0xc0) == 0x80) --found;
      return found;
    }
    at += good;
    written += good;
    if (at == bytes.size() || utf8_offset < written + kReplacement.size()) return at;
    written += kReplacement.size();
    NextCodePoint(bytes, &at);
  }
  return at;
}

size_t Utf8Size(UChar unit) {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;  // half of a pair
}

}  // namespace

std::string_view CharsetName(Charset charset) {
  return kCharsets[static_cast<size_t>(charset)].name;
}

Charset CharsetByLabel(std::string_view label) {
  label = Trim(label);
  for (const Label& known : kLabels) {
    if (EqualsIgnoreCase(label, known.label)) return known.charset;
  }
  return Charset::kUnknown;
}

Charset CharsetByBom(std::string_view bytes, size_t* size) {
  *size = 0;
  if (bytes.starts_with("\xef\xbb\xbf")) {
    *size = 3;
    return Charset::kUtf8;
  }
  if (bytes.starts_with("\xfe\xff")) {
    *size = 2;
    return Charset::kUtf16be;
  }
  if (bytes.starts_with("\xff\xfe")) {
    *size = 2;
    return Charset::kUtf16le;
  }
  return Charset::kUnknown;
}

Decoded DecodeToUtf8(std::string_view bytes, Charset charset) {
  bytes = WithoutBom(bytes, charset);
  if (IsUtf8(charset)) return DecodeUtf8(bytes);
  Decoded decoded;
  decoded.utf8.reserve(bytes.size() + bytes.size() / 2);
  const Converter converter = Open(charset, &decoded.malformed);
  Utf16Writer writer(decoded.utf8);
  std::vector<UChar> units(std::min(kPieceUnits, bytes.size() + 16));
  const char* source = bytes.data();
  const char* source_end = source + bytes.size();
  UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
  while (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    UChar* target = units.data();
    ucnv_toUnicode(converter.get(), &target, units.data() + units.size(), &source, source_end,
                   nullptr, true, &status);
    writer.Add(units.data(), static_cast<size_t>(target - units.data()));
  }
  writer.Finish();
  return decoded;
}

size_t OriginalOffset(std::string_view bytes, Charset charset, size_t utf8_offset) {
  return OriginalOffsets(bytes, charset, std::span(&utf8_offset, 1)).front();
}

std::vector<size_t> OriginalOffsets(std::string_view bytes, Charset charset,
                                    std::span<const size_t> utf8_offsets) {
  std::vector<size_t> out;
  out.reserve(utf8_offsets.size());
  const size_t all = bytes.size();
  bytes = WithoutBom(bytes, charset);
  const size_t bom = all - bytes.size();
  if (IsUtf8(charset)) {
    for (size_t offset : utf8_offsets) out.push_back(bom + OffsetInUtf8(bytes, offset));
    return out;
  }
  size_t malformed = 0;
  const Converter converter = Open(charset, &malformed);
  // No converter here writes more UTF-16 units than it reads bytes, so one call
  // does it, and its offsets count from the beginning.
  std::vector<UChar> units(bytes.size() + 16);
  std::vector<int32_t> offsets(units.size());
  UChar* target = units.data();
  const char* source = bytes.data();
  UErrorCode status = U_ZERO_ERROR;
  ucnv_toUnicode(converter.get(), &target, units.data() + units.size(), &source,
                 source + bytes.size(), offsets.data(), true, &status);
  const auto count = static_cast<size_t>(target - units.data());
  size_t written = 0;
  for (size_t i = 0; i < count && out.size() < utf8_offsets.size(); ++i) {
    written += Utf8Size(units[i]);
    while (out.size() < utf8_offsets.size() && utf8_offsets[out.size()] < written) {
      out.push_back(bom + static_cast<size_t>(std::max(offsets[i], 0)));
    }
  }
  out.resize(utf8_offsets.size(), all);
  return out;
}

std::string EncodeFromUtf8(std::string_view utf8, Charset charset) {
  std::string valid = ToValidUtf8(utf8);
  if (IsUtf8(charset)) return valid;
  const Converter to = Open(charset, nullptr);
  size_t malformed = 0;
  const Converter from = Open(Charset::kUtf8, &malformed);
  std::string out;
  std::vector<char> piece(16 << 10);
  std::array<UChar, 4096> pivot;
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();
  const char* source = valid.data();
  UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
  bool first = true;
  while (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    char* target = piece.data();
    ucnv_convertEx(to.get(), from.get(), &target, piece.data() + piece.size(), &source,
                   valid.data() + valid.size(), pivot.data(), &pivot_source, &pivot_target,
                   pivot.data() + pivot.size(), first, true, &status);
    out.append(piece.data(), target);
    first = false;
  }
  return out;
}

Charset GuessCharset(std::string_view bytes, int* confidence) {
  *confidence = 0;
  bytes = bytes.substr(0, kGuessBytesMax);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, Freed<ucsdet_close>> detector(ucsdet_open(&status));
  if (U_FAILURE(status)) return Charset::kUnknown;
  ucsdet_setText(detector.get(), bytes.data(), static_cast<int32_t>(bytes.size()), &status);
  ucsdet_enableInputFilter(detector.get(), true);
  int32_t count = 0;
  const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &count, &status);
  if (U_FAILURE(status)) return Charset::kUnknown;
  for (int32_t i = 0; i < count; ++i) {  // best first
    const char* name = ucsdet_getName(matches[i], &status);
    const int32_t sure = ucsdet_getConfidence(matches[i], &status);
    if (U_FAILURE(status)) return Charset::kUnknown;
    const Charset charset = CharsetByLabel(name);
    if (charset == Charset::kUnknown) continue;
    *confidence = sure;
    return charset;
  }
  return Charset::kUnknown;
}

}  // namespace xuncha
