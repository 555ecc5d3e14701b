// Two layers: Unpacked makes plain bytes of the file, whatever gzip is around them,
// and knows where each gzip member begins; above it records are taken apart. A member
// is not begun before its bytes are needed, so that a record's end can be held against
// its member's.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/coding.h"
#include "base/limits.h"
#include "base/system_code.h"
#include "base/text.h"
#include "reports/warc.h"
#include "reports/warc_text.h"

namespace xuncha {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class Unpacked {
 public:
  explicit Unpacked(ByteSource source) : source_(std::move(source)) {}

  // More bytes in `buffer()`; false at the end of the file. No further than into the
  // gzip member they are needed from.
  Result<bool> More() {
    if (total_ > limits::kWarcSkippedBytesMax) {
      return Error{Code::kLimit, fmt::format("more than {} bytes unpacked; split the file",
                                             limits::kWarcSkippedBytesMax)};
    }
    if (total_ > limits::kWarcRatioFrom && total_ / limits::kWarcRatioMax > taken_) {
      return Error{Code::kLimit,
                   fmt::format("{} bytes became {}; no archive packs so well", taken_, total_)};
    }
    Compact();
    for (;;) {
      if (raw_.empty() && !end_) {
        if (Status read = ReadRaw(); !read) return read.error();
      }
      if (!started_) {
        if (Status begun = Begin(); !begun) return begun.error();
      }
      if (decoder_ == nullptr) {
        if (raw_.empty()) return false;
        Take(raw_);
        taken_ += raw_.size();
        raw_ = {};
        return true;
      }
      if (member_over_) {
        if (raw_.empty()) return false;
        if (Status begun = BeginMember(); !begun) return begun.error();
      }
      if (Status stepped = StepMember(); !stepped) return stepped.error();
      if (plain_.size() > at_) return true;
    }
  }

  std::string_view buffer() const { return std::string_view(plain_).substr(at_); }
  void Use(size_t count) {
    CHECK(count <= plain_.size() - at_);
    at_ += count;
    used_ += count;
  }
  // Where what is read next begins in the file: the member, if it begins there.
  uint64_t place() const { return decoder_ != nullptr ? member_ : used_; }
  bool packed() const { return decoder_ != nullptr; }
  bool fresh() const { return decoder_ == nullptr || used_ == member_used_; }
  uint64_t taken() const { return taken_; }
  // Whether the member ends here; its checksum is read for that.
  Result<bool> MemberEnds() {
    while (decoder_ != nullptr && buffer().empty() && !member_over_) {
      if (raw_.empty() && !end_) {
        if (Status read = ReadRaw(); !read) return read.error();
      }
      if (Status stepped = StepMember(); !stepped) return stepped.error();
    }
    return decoder_ == nullptr || (buffer().empty() && member_over_);
  }

 private:
  Status ReadRaw() {
    Result<std::string> piece = source_(kPieceBytes);
    if (!piece) return piece.error();
    end_ = piece->empty();
    held_ = std::move(*piece);
    raw_ = held_;
    return Ok();
  }

  Status StepMember() {
    std::string piece;
    const size_t before = raw_.size();
    const Decoder::State state = decoder_->Step(raw_, piece, kPieceBytes);
    taken_ += before - raw_.size();
    Take(piece);
    if (state == Decoder::State::kBroken)
      return Error{Code::kDamaged, fmt::format("the gzip member at {} does not decode", member_)};
    member_over_ = state == Decoder::State::kEnd;
    if (piece.empty() && state == Decoder::State::kHungry && raw_.empty() && end_)
      return Error{Code::kDamaged, fmt::format("cut off in the gzip member at {}", member_)};
    return Ok();
  }

  static bool IsGzip(std::string_view bytes) {
    return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
  }

  // The two bytes of a member's mark may lie in two pieces.
  Status HaveMark() {
    while (raw_.size() == 1 && !end_) {
      const std::string kept(raw_);
      if (Status read = ReadRaw(); !read) return read;
      held_.insert(0, kept);
      raw_ = held_;
    }
    return Ok();
  }

  Status Begin() {
    started_ = true;
    if (Status mark = HaveMark(); !mark) return mark;
    return IsGzip(raw_) ? BeginMember() : Ok();
  }

  Status BeginMember() {
    if (Status mark = HaveMark(); !mark) return mark;
    if (!IsGzip(raw_)) {
      return Error{Code::kDamaged, fmt::format("what stands at {} is no gzip member", taken_)};
    }
    decoder_ = NewDecoder("gzip");
    member_ = taken_;
    member_used_ = used_ + buffer().size();
    member_over_ = false;
    return Ok();
  }

  void Take(std::string_view bytes) {
    plain_ += bytes;
    total_ += bytes.size();
  }
  void Compact() {
    if (at_ < plain_.size() && at_ < kPieceBytes) return;
    plain_.erase(0, at_);
    at_ = 0;
  }

  const ByteSource source_;
  std::unique_ptr<Decoder> decoder_;  // none: the file is not packed
  std::string held_;                  // raw bytes read
  std::string_view raw_;              // of them, those not yet unpacked
  std::string plain_;
  size_t at_ = 0;
  bool started_ = false, end_ = false, member_over_ = false;
  uint64_t taken_ = 0;        // raw bytes unpacked
  uint64_t used_ = 0;         // plain bytes used
  uint64_t total_ = 0;        // plain bytes made
  uint64_t member_ = 0;       // where the member begins in the file
  uint64_t member_used_ = 0;  // plain bytes before it
};

// Of "sha1:...", "sha256:..." in hexadecimal or base32; nothing for others.
std::optional<std::string> DigestBytes(std::string_view value, std::string_view* name) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  *name = value.substr(0, colon);
  const bool sha1 = EqualsIgnoreCase(*name, "sha1");
  if (!sha1 && !EqualsIgnoreCase(*name, "sha256") && !EqualsIgnoreCase(*name, "sha-256"))
    return std::nullopt;
  const size_t size = sha1 ? 20 : 32;
  std::string_view digits = Trim(value.substr(colon + 1));
  while (digits.ends_with('=')) digits.remove_suffix(1);
  const bool hex = digits.size() == size * 2;
  if (!hex && digits.size() != (size * 8 + 4) / 5) return std::nullopt;
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : digits) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    int digit = -1;
    if (hex) {
      if (lower >= '0' && lower <= '9') digit = lower - '0';
      if (lower >= 'a' && lower <= 'f') digit = lower - 'a' + 10;
    } else {
      if (lower >= 'a' && lower <= 'z') digit = lower - 'a';
      if (lower >= '2' && lower <= '7') digit = lower - '2' + 26;
    }
    if (digit < 0) return std::nullopt;
    bits = (bits << (hex ? 4 : 5)) | static_cast<uint32_t>(digit);
    count += hex ? 4 : 5;
    if (count >= 8) {
      bytes += static_cast<char>((bits >> (count - 8)) & 0xff);
      count -= 8;
    }
  }
  bytes.resize(size);
  return bytes;
}

// Empty if `bytes` have the digest, or it is of a kind not known here.
std::string Mismatch(std::string_view field, const std::string& value, std::string_view bytes) {
  std::string_view name;
  const std::optional<std::string> wanted = DigestBytes(value, &name);
  if (!wanted) return "";
  const std::string is = wanted->size() == 20 ? Sha1(bytes) : std::string(Sha256(bytes).view());
  return is == *wanted ? "" : fmt::format("{} is another one", field);
}

}  // namespace

ByteSource SourceOfBytes(std::string_view bytes) {
  return [rest = bytes](size_t most) mutable -> Result<std::string> {
    std::string piece(rest.substr(0, most));
    rest.remove_prefix(piece.size());
    return piece;
  };
}

Result<ByteSource> SourceOfFile(const std::string& path) {
  // shared_ptr: a std::function must be copyable, and its copies read one file.
  const std::shared_ptr<std::FILE> file(std::fopen(path.c_str(), "rbe"), [](std::FILE* open) {
    if (open != nullptr) std::fclose(open);
  });
  const auto failed = [path] {
    return Error{errno == ENOENT ? Code::kNotFound : Code::kSystem,
                 fmt::format("{}：读不出（{}）", path, SystemText(errno))};
  };
  if (file == nullptr) return failed();
  return ByteSource([file, failed](size_t most) -> Result<std::string> {
    std::string piece(most, '\0');
    piece.resize(std::fread(piece.data(), 1, most, file.get()));
    if (piece.empty() && std::ferror(file.get()) != 0) return failed();
    return piece;
  });
}

const std::string* WarcRecord::Field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [name](const WarcField& field) { return EqualsIgnoreCase(field.name, name); });
  return found == fields.end() ? nullptr : &found->value;
}

struct WarcReader::Rep {
  explicit Rep(ByteSource source) : unpacked(std::move(source)) {}

  Error Damaged(std::string_view what) const {
    return {Code::kDamaged, fmt::format("record {} at {}: {}", records + 1, start, what)};
  }
  void Complain(std::string_view what) {
    if (complaints.size() < limits::kWarcComplaintsMax)
      complaints.push_back(fmt::format("record {} at {}: {}", records + 1, start, what));
  }

  // A line without its end; nothing at the end of the file.
  Result<std::optional<std::string>> Line(size_t* room) {
    size_t searched = 0;
    for (;;) {
      const std::string_view buffer = unpacked.buffer();
      const size_t end = buffer.find('\n', searched);
      if (end != std::string_view::npos && end <= *room) {
        std::string line(buffer.substr(0, end));
        if (line.ends_with('\r')) line.pop_back();
        unpacked.Use(end + 1);
        *room -= end;
        return std::optional<std::string>(std::move(line));
      }
      if (buffer.size() > *room || end != std::string_view::npos) {
        return Error{Code::kLimit, fmt::format("record {} at {}: its head is longer than {} bytes",
                                               records + 1, start, limits::kWarcHeaderBytesMax)};
      }
      searched = buffer.size();
      const Result<bool> more = unpacked.More();
      if (!more) return more.error();
      if (!*more) {
        if (unpacked.buffer().empty()) return std::optional<std::string>();
        return Damaged("cut off in its head");
      }
    }
  }

  // Nothing at the end of the file.
  Result<std::optional<WarcRecord>> Head() {
    size_t room = limits::kWarcHeaderBytesMax;
    std::string version;
    for (;;) {
      // A member begins where its first byte is needed.
      if (unpacked.buffer().empty()) {
        const Result<bool> more = unpacked.More();
        if (!more) return more.error();
      }
      start = unpacked.place();
      fresh = unpacked.fresh();
      Result<std::optional<std::string>> line = Line(&room);
      if (!line) return line.error();
      if (!*line) return std::optional<WarcRecord>();
      if ((*line)->empty()) continue;
      version = std::move(**line);
      break;
    }
    if (version != "WARC/1.0" && version != "WARC/1.1" && version != "WARC/0.17" &&
        version != "WARC/0.18")
      return Damaged(fmt::format("does not begin with a WARC version but \"{}\"",
                                 Neutralise(version.substr(0, 40))));
    WarcRecord record{.version = version.substr(5), .offset = start};
    for (;;) {
      const Result<std::optional<std::string>> line = Line(&room);
      if (!line) return line.error();
      if (!*line) return Damaged("cut off in its head");
      const std::string& text = **line;
      if (text.empty()) break;
      if ((text[0] == ' ' || text[0] == '\t') && !record.fields.empty()) {
        record.fields.back().value += ' ';
        record.fields.back().value += Trim(text);
        continue;
      }
      const size_t colon = text.find(':');
      if (colon == std::string::npos || colon == 0) {
        Complain("a head line without a name");
        continue;
      }
      if (record.fields.size() == limits::kWarcFieldsMax)
        return Damaged(fmt::format("more than {} fields", limits::kWarcFieldsMax));
      record.fields.push_back({std::string(Trim(std::string_view(text).substr(0, colon))),
                               std::string(Trim(std::string_view(text).substr(colon + 1)))});
    }
    if (Status read = Understand(record); !read) return read.error();
    return std::optional<WarcRecord>(std::move(record));
  }

  Status Understand(WarcRecord& record) {
    const auto text = [&record](std::string_view name) {
      const std::string* value = record.Field(name);
      return value == nullptr ? std::string() : *value;
    };
    record.type = AsciiLower(text("WARC-Type"));
    record.id = text("WARC-Record-ID");
    record.content_type = text("Content-Type");
    record.target_uri = text("WARC-Target-URI");
    if (record.target_uri.size() > 2 && record.target_uri.front() == '<' &&
        record.target_uri.back() == '>')
      record.target_uri = record.target_uri.substr(1, record.target_uri.size() - 2);
    record.date = ParseWarcDate(text("WARC-Date"));
    if (record.type.empty()) Complain("no WARC-Type");
    if (record.id.empty()) Complain("no WARC-Record-ID");
    if (record.date == 0) Complain("no WARC-Date that can be read");

    const std::string* length = nullptr;
    for (const WarcField& field : record.fields) {
      if (!EqualsIgnoreCase(field.name, "Content-Length")) continue;
      if (length != nullptr && *length != field.value)
        return Damaged("two lengths, and no way to tell which is true");
      length = &field.value;
    }
    if (length == nullptr) return Damaged("no Content-Length");
    const auto [end, error] =
        std::from_chars(length->data(), length->data() + length->size(), record.block_bytes);
    if (error != std::errc() || end != length->data() + length->size() || length->empty())
      return Damaged(
          fmt::format("the Content-Length \"{}\" is no length", Neutralise(length->substr(0, 40))));
    return Ok();
  }

  Status Block(WarcRecord& record) {
    const bool kept = record.block_bytes <= limits::kWarcBlockBytesMax;
    if (!kept) Complain(fmt::format("{} bytes long; skipped", record.block_bytes));
    uint64_t left = record.block_bytes;
    while (left > 0) {
      const std::string_view buffer = unpacked.buffer();
      if (!buffer.empty()) {
        const auto size = static_cast<size_t>(std::min<uint64_t>(left, buffer.size()));
        if (kept) record.block += buffer.substr(0, size);
        unpacked.Use(size);
        left -= size;
        continue;
      }
      const Result<bool> more = unpacked.More();
      if (!more) return more.error();
      if (!*more) return Damaged(fmt::format("cut off, {} bytes before its end", left));
    }
    return Ok();
  }

  // The two line ends behind a block.
  Status End(WarcRecord& record) {
    size_t seen = 0;
    while (seen < 4) {
      if (unpacked.buffer().empty()) {
        const Result<bool> ends = unpacked.MemberEnds();
        if (!ends) return ends.error();
        if (unpacked.packed() && *ends) break;
        if (unpacked.buffer().empty()) {
          const Result<bool> more = unpacked.More();
          if (!more) return more.error();
          if (!*more) break;
        }
      }
      const char c = unpacked.buffer()[0];
      if (c != '\r' && c != '\n') break;
      unpacked.Use(1);
      ++seen;
    }
    if (seen != 4) Complain("is not followed by two line ends");
    const Result<bool> ends = unpacked.MemberEnds();
    if (!ends) return ends.error();
    if (!unpacked.packed()) {
      record.length = unpacked.place() - start;
    } else if (*ends && fresh) {
      record.length = unpacked.taken() - start;
    }
    return Ok();
  }

  static void CheckDigests(WarcRecord& record) {
    if (record.block.size() != record.block_bytes) return;
    if (const std::string* value = record.Field("WARC-Block-Digest"))
      record.digest_problem = Mismatch("WARC-Block-Digest", *value, record.block);
    const std::string* value = record.Field("WARC-Payload-Digest");
    if (value == nullptr || !record.digest_problem.empty() || record.type == "revisit") return;
    if (!IsHttpResponse(record)) {
      if (record.type == "resource")
        record.digest_problem = Mismatch("WARC-Payload-Digest", *value, record.block);
      return;
    }
    const size_t body = EndOfHead(record.block);
    if (body == std::string::npos) return;
    const std::string_view payload = std::string_view(record.block).substr(body);
    record.digest_problem = Mismatch("WARC-Payload-Digest", *value, payload);
    // Chunked bodies are digested with or without their chunks, by whose tool it is.
    if (!record.digest_problem.empty() &&
        FindIgnoreCase(std::string_view(record.block).substr(0, body), "\ntransfer-encoding:") !=
            std::string_view::npos)
      record.digest_problem = Mismatch("WARC-Payload-Digest", *value, JoinChunks(payload).body);
  }

  Result<std::optional<WarcRecord>> Next() {
    if (over) return std::optional<WarcRecord>();
    if (records >= limits::kWarcRecordsMax) {
      over = true;
      return Error{Code::kLimit,
                   fmt::format("more than {} records; split the file", limits::kWarcRecordsMax)};
    }
    Result<std::optional<WarcRecord>> record = Head();
    if (!record || !*record) {
      over = true;
      return record;
    }
    for (const auto step : {&Rep::Block, &Rep::End}) {
      if (Status done = (this->*step)(**record); !done) {
        over = true;
        return done.error();
      }
    }
    CheckDigests(**record);
    if (!(*record)->digest_problem.empty()) Complain((*record)->digest_problem);
    ++records;
    return record;
  }

  Unpacked unpacked;
  std::vector<std::string> complaints;
  uint64_t records = 0, start = 0;
  bool fresh = false, over = false;
};

WarcReader::WarcReader(ByteSource source) : rep_(std::make_unique<Rep>(std::move(source))) {}
WarcReader::~WarcReader() = default;
WarcReader::WarcReader(WarcReader&&) noexcept = default;

Result<std::optional<WarcRecord>> WarcReader::Next() { return rep_->Next(); }
const std::vector<std::string>& WarcReader::complaints() const { return rep_->complaints; }
uint64_t WarcReader::records() const { return rep_->records; }
uint64_t WarcReader::bytes() const { return rep_->unpacked.taken(); }

}  // namespace xuncha
