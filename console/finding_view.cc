// SPDX-License-Identifier: Apache-2.0
#include "console/finding_view.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "reports/mask.h"
#include "store/page_text.h"

namespace xuncha {
namespace {

constexpr size_t kAroundText = 900;  // bytes: a screen of Chinese
constexpr size_t kAroundSource = 500;
constexpr size_t kOtherBytes = 1'500;      // of another view
constexpr size_t kMarkedBytesMax = 4'096;  // of one found stretch; more is not read, but scrolled
constexpr size_t kPlacesMax = 8;           // of one finding in the source
constexpr size_t kVersionsBack = 30;       // looked at for one that is good
constexpr size_t kBoundaryBytes = 200;     // within which markup has a blank or a line end

// What would act, or cannot be seen, becomes a visible sign; lines stay.
std::string Visible(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCodePoint(text, &at);
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                       c == 0x200E || c == 0x200F || c == 0x061C;
    const bool unseen = (c >= 0x200B && c <= 0x200D) || c == 0xFEFF || c == 0x2060 || c == 0xAD;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    if (turns || control) {
      shown += "\u25A1";
    } else if (unseen) {
      shown += "\u00B7";
    } else {
      shown += text.substr(begin, at - begin);
    }
  }
  return shown;
}

std::string Masked(std::string_view text, Identifiers identifiers) {
  return identifiers == Identifiers::kMasked ? MaskIdentifiers(text) : std::string(text);
}

// Places of the words in the text, ascending, none in another.
std::vector<Span> PlacesOf(std::string_view text, const std::vector<std::string>& words,
                           size_t most) {
  std::vector<Span> places;
  for (const std::string& word : words) {
    if (word.empty()) continue;
    size_t at = text.find(word);
    for (size_t n = 0; at != std::string_view::npos && n < most; ++n) {
      places.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(at + word.size())});
      at = text.find(word, at + word.size());
    }
  }
  std::ranges::sort(
      places, [](Span a, Span b) { return std::pair(a.begin, b.end) < std::pair(b.begin, a.end); });
  std::vector<Span> apart;
  for (const Span place : places) {
    if (apart.empty() || place.begin >= apart.back().end) apart.push_back(place);
  }
  return apart;
}

// The first byte of a character at or behind `at`.
size_t CharacterBegin(std::string_view text, size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return std::min(at, text.size());
}

Result<std::optional<Document>> TextOf(const Store& store, const Digest& digest) {
  if (digest.empty()) return std::optional<Document>();
  Result<std::string> bytes = store.blobs().Get(digest);
  if (!bytes && bytes.error().code == Code::kNotFound) return std::optional<Document>();
  if (!bytes) return bytes.error();
  Result<Document> document = DecodeText(*bytes);
  if (!document) return document.error();
  return std::optional<Document>(std::move(*document));
}

std::string_view ReadBy(const Document& document) {
  return std::string_view(document.text).substr(document.visible.begin, document.visible.size());
}

std::vector<std::string> WordsOf(const Finding& finding) {
  std::vector<std::string> words;
  for (const Evidence& evidence : finding.evidence) {
    if (evidence.found.empty()) continue;
    words.push_back(evidence.found);
  }
  SortUnique(words);
  return words;
}

class Viewer {
 public:
  Viewer(const Store& store, const StoredFinding& stored, Identifiers identifiers)
      : store_(store),
        stored_(stored),
        identifiers_(identifiers),
        words_(WordsOf(stored.finding)) {}

  Result<FindingView> Make() {
    for (const auto step : {&Viewer::Seen, &Viewer::Text, &Viewer::Source, &Viewer::Good}) {
      if (Status made = (this->*step)(); !made) return made.error();
    }
    return std::move(view_);
  }

 private:
  Status Seen() {
    auto seen = store_.ObservationOf(stored_.site, stored_.url, stored_.last_run);
    if (!seen) return seen.error();
    view_.seen = std::move(*seen);
    return Ok();
  }

  Status Text() {
    if (!view_.seen) return Ok();
    auto document = TextOf(store_, view_.seen->text);
    if (!document) return document.error();
    now_ = std::move(*document);
    if (now_) view_.text = MarkWords(now_->text, words_, kAroundText, identifiers_);
    for (const ObservedView& other : view_.seen->views) {
      OtherView shown{
          .as = other.as, .status = other.status, .target = other.target, .differs = other.differs};
      if (other.differs) {
        auto text = TextOf(store_, other.text);
        if (!text) return text.error();
        if (*text) {
          // The evidence may stand in what the others got and not in ours.
          shown.text = MarkWords((*text)->text, words_, kOtherBytes / 2, identifiers_);
          if (!view_.text.marked() && shown.text.marked() && view_.text.empty())
            view_.text = shown.text;
        }
      }
      view_.others.push_back(std::move(shown));
    }
    return Ok();
  }

  Status Source() {
    const Result<std::string> body = store_.blobs().Get(stored_.body);
    if (!body && body.error().code == Code::kNotFound) return Ok();
    if (!body) return body.error();
    view_.body_kept = true;
    Charset charset = IsValidUtf8(*body) ? Charset::kUtf8 : Charset::kGb18030;
    if (view_.seen && view_.seen->body == stored_.body) charset = view_.seen->charset;
    std::vector<Span> known;
    for (const Evidence& evidence : stored_.finding.evidence) {
      const Span span = evidence.source;
      if (span.empty() || span.end > body->size() || known.size() == kPlacesMax) continue;
      if (std::ranges::find(known, span) != known.end()) continue;
      known.push_back(span);
      view_.places.push_back({span, MarkSource(*body, charset, span, kAroundSource, identifiers_)});
    }
    return Ok();
  }

  // The newest version older than the finding that was read whole.
  Status Good() {
    const auto first = store_.ObservationOf(stored_.site, stored_.url, stored_.first_run);
    if (!first) return first.error();
    uint64_t run = *first ? (*first)->previous_run : 0;
    for (size_t back = 0; run != 0 && back < kVersionsBack; ++back) {
      auto before = store_.ObservationOf(stored_.site, stored_.url, run);
      if (!before) return before.error();
      if (!*before) return Ok();
      run = (*before)->previous_run;
      if ((*before)->text.empty() || (*before)->checked == Checked::kFailed) continue;
      auto was = TextOf(store_, (*before)->text);
      if (!was) return was.error();
      if (!*was || !now_) return Ok();
      view_.diff = DiffLines(Visible(Masked(ReadBy(**was), identifiers_)),
                             Visible(Masked(ReadBy(*now_), identifiers_)));
      view_.good = std::move(*before);
      return Ok();
    }
    return Ok();
  }

  const Store& store_;
  const StoredFinding& stored_;
  const Identifiers identifiers_;
  const std::vector<std::string> words_;
  std::optional<Document> now_;
  FindingView view_;
};

}  // namespace

bool MarkedText::marked() const {
  return std::ranges::any_of(pieces, [](const Piece& piece) { return piece.marked; });
}

MarkedText MarkWords(std::string_view text, const std::vector<std::string>& words, size_t around,
                     Identifiers identifiers) {
  MarkedText marked;
  if (text.empty()) return marked;
  constexpr size_t kPlacesOfWordMax = 200;
  const std::vector<Span> places = PlacesOf(text, words, kPlacesOfWordMax);
  const size_t centre = places.empty() ? 0 : places.front().begin;
  const size_t begin = CharacterBegin(text, centre < around ? 0 : centre - around);
  const size_t end = CharacterBegin(text, std::min(text.size(), centre + around * 2));
  // A number at either end is masked as what it is, whole.
  constexpr size_t kMargin = 64;
  const size_t from = CharacterBegin(text, begin < kMargin ? 0 : begin - kMargin);
  const size_t to = CharacterBegin(text, std::min(text.size(), end + kMargin));
  const std::string shown = Masked(text.substr(from, to - from), identifiers);
  const auto piece = [&](size_t piece_begin, size_t piece_end, bool is_marked) {
    if (piece_begin >= piece_end) return;
    piece_end = is_marked ? std::min(piece_end, piece_begin + kMarkedBytesMax) : piece_end;
    marked.pieces.push_back({Visible(ToValidUtf8(std::string_view(shown).substr(
                                 piece_begin - from, piece_end - piece_begin))),
                             is_marked});
  };
  size_t at = begin;
  for (const Span place : places) {
    if (place.begin < at || place.begin >= end) continue;
    piece(at, place.begin, false);
    const size_t place_end = std::min<size_t>(place.end, end);
    piece(place.begin, place_end, true);
    at = place_end;
  }
  piece(at, end, false);
  marked.begins_before = begin > 0;
  marked.goes_on = end < text.size();
  return marked;
}

MarkedText MarkSource(std::string_view body, Charset charset, Span span, size_t around,
                      Identifiers identifiers) {
  MarkedText marked;
  if (span.end > body.size()) return marked;
  size_t begin = span.begin < around ? 0 : span.begin - around;
  size_t end = std::min(body.size(), span.end + around);
  // Begin where a character surely does.
  if (begin > 0) {
    const size_t blank = body.substr(begin, kBoundaryBytes).find_first_of(" >\n");
    if (blank != std::string_view::npos && begin + blank < span.begin) begin += blank + 1;
  }
  if (end < body.size()) {
    const size_t from = end < kBoundaryBytes ? 0 : end - kBoundaryBytes;
    const size_t blank = body.substr(from, end - from).find_last_of(" <\n");
    if (blank != std::string_view::npos && from + blank > span.end) end = from + blank;
  }
  const size_t found_end = std::min<size_t>(span.end, span.begin + kMarkedBytesMax);
  const auto decode = [&](size_t from, size_t to) {
    return DecodeToUtf8(body.substr(from, to - from), charset).utf8;
  };
  Excerpt excerpt{.before = decode(begin, span.begin),
                  .found = decode(span.begin, found_end),
                  .after = decode(span.end, end)};
  if (identifiers == Identifiers::kMasked)
    excerpt = MaskExcerpt(excerpt.before, excerpt.found, excerpt.after);
  for (const auto& [text, is_marked] :
       {std::pair(excerpt.before, false), std::pair(excerpt.found, true),
        std::pair(excerpt.after, false)}) {
    if (!text.empty()) marked.pieces.push_back({Visible(text), is_marked});
  }
  marked.begins_before = begin > 0;
  marked.goes_on = end < body.size();
  return marked;
}

std::string PlainLine(std::string_view text, Identifiers identifiers) {
  std::string line = Masked(ToValidUtf8(text), identifiers);
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\t', ' ');
  return Visible(line);
}

Result<FindingView> ViewFinding(const Store& store, const StoredFinding& stored,
                                Identifiers identifiers) {
  return Viewer(store, stored, identifiers).Make();
}

}  // namespace xuncha
