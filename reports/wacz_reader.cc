// A zip file is read from its end: the directory says where members lie, each
// member's own header says so again, and both must agree. Nothing is believed that
// would lead outside the file.
//
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include "base/coding.h"
#include "base/limits.h"
#include "base/system_code.h"
#include "base/text.h"
#include "reports/gzip.h"
#include "reports/wacz.h"

namespace xuncha {
namespace {

constexpr uint64_t kSee64 = 0xffffffff;

uint64_t Number(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i > 0; --i)
    value = (value << 8) | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

Error Bad(std::string_view what) {
  return {Code::kDamaged, fmt::format("不是完整的 WACZ（zip）文件：{}", what)};
}

bool IsSafeName(std::string_view name) {
  if (name.empty() || name.size() > limits::kWaczNameBytesMax || !IsValidUtf8(name)) return false;
  for (const std::string_view part : Split(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return std::ranges::none_of(name, [](const char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '\\' || c == ':';
  });
}

// The part of an extra field with the id; nothing if there is none.
std::optional<std::string_view> Extra(std::string_view extra, uint64_t id) {
  while (extra.size() >= 4) {
    const size_t size = Number(extra, 2, 2);
    if (size > extra.size() - 4) return std::nullopt;
    if (Number(extra, 0, 2) == id) return extra.substr(4, size);
    extra.remove_prefix(4 + size);
  }
  return std::nullopt;
}

}  // namespace

struct WaczReader::Rep {
  ~Rep() {
    if (descriptor >= 0) ::close(descriptor);
  }
  Rep() = default;
  Rep(const Rep&) = delete;
  Rep& operator=(const Rep&) = delete;

  Result<std::string> At(uint64_t offset, uint64_t count) const {
    if (offset > size || count > size - offset) return Bad("指向文件之外");
    std::string bytes(count, '\0');
    for (size_t got = 0; got < bytes.size();) {
      const ssize_t more = ::pread(descriptor, bytes.data() + got, bytes.size() - got,
                                   static_cast<off_t>(offset + got));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) {
        return Error{Code::kSystem, fmt::format("{}：读取失败：{}", path,
                                                more == 0 ? "文件变短了" : SystemText(errno))};
      }
      got += static_cast<size_t>(more);
    }
    return bytes;
  }

  void Odd(std::string text) {
    if (oddities.size() < limits::kWarcComplaintsMax) oddities.push_back(std::move(text));
  }

  Status ReadEnd() {
    if (size < 22) return Bad("太短");
    const Result<std::string> end = At(size - 22, 22);
    if (!end) return end.error();
    if (Number(*end, 0, 4) != 0x06054b50 || Number(*end, 20, 2) != 0)
      return Bad("末尾没有目录记录");
    uint64_t count = Number(*end, 10, 2);
    directory_size = Number(*end, 12, 4);
    directory = Number(*end, 16, 4);
    uint64_t end_at = size - 22;
    if (Number(*end, 4, 4) != 0 || Number(*end, 8, 2) != count) return Bad("分卷");
    if (count == 0xffff || directory_size == kSee64 || directory == kSee64) {
      if (end_at < 76) return Bad("ZIP64 目录记录缺失");
      const Result<std::string> locator = At(end_at - 20, 20);
      if (!locator) return locator.error();
      const Result<std::string> far = At(end_at - 76, 56);
      if (!far) return far.error();
      if (Number(*locator, 0, 4) != 0x07064b50 || Number(*locator, 4, 4) != 0 ||
          Number(*locator, 8, 8) != end_at - 76 || Number(*locator, 16, 4) != 1 ||
          Number(*far, 0, 4) != 0x06064b50 || Number(*far, 4, 8) != 44 ||
          Number(*far, 16, 8) != 0 || Number(*far, 24, 8) != Number(*far, 32, 8))
        return Bad("ZIP64 目录记录有误");
      if (Number(*far, 12, 4) != 0x002d032d) Odd("目录记录的版本");
      count = Number(*far, 32, 8);
      directory_size = Number(*far, 40, 8);
      directory = Number(*far, 48, 8);
      end_at -= 76;
    }
    if (count > limits::kWaczMembersMax || directory_size > limits::kWaczDirectoryBytesMax) {
      return Error{Code::kLimit,
                   fmt::format("{} 个成员，超过上限 {}", count, limits::kWaczMembersMax)};
    }
    if (directory > end_at || directory_size != end_at - directory) return Bad("目录位置有误");
    members_said = count;
    return Ok();
  }

  Status ReadDirectory() {
    const Result<std::string> bytes = At(directory, directory_size);
    if (!bytes) return bytes.error();
    std::string_view rest = *bytes;
    for (uint64_t i = 0; i < members_said; ++i) {
      if (rest.size() < 46 || Number(rest, 0, 4) != 0x02014b50) return Bad("目录中断");
      const size_t name = Number(rest, 28, 2), extra = Number(rest, 30, 2),
                   comment = Number(rest, 32, 2);
      if (rest.size() < 46 + name + extra + comment) return Bad("目录中断");
      Member member{.path = std::string(rest.substr(46, name)),
                    .bytes = Number(rest, 24, 4),
                    .stored = Number(rest, 20, 4),
                    .crc = static_cast<uint32_t>(Number(rest, 16, 4)),
                    .packed = Number(rest, 10, 2) == 8};
      uint64_t local = Number(rest, 42, 4);
      const std::optional<std::string_view> big = Extra(rest.substr(46 + name, extra), 1);
      size_t at = 0;
      for (uint64_t* field : {&member.bytes, &member.stored, &local}) {
        if (*field != kSee64) continue;
        if (!big || big->size() < at + 8) return Bad("ZIP64 长度缺失");
        *field = Number(*big, at, 8);
        at += 8;
      }
      const std::string shown = Neutralise(member.path.substr(0, 200));
      if (!IsSafeName(member.path)) return Bad(fmt::format("成员名“{}”不安全", shown));
      const uint64_t method = Number(rest, 10, 2);
      if ((method != 0 && method != 8) || (Number(rest, 8, 2) & 1) != 0)
        return Bad(fmt::format("{}：加密，或用了不支持的压缩", shown));
      if (!member.packed && member.bytes != member.stored)
        return Bad(fmt::format("{}：长度自相矛盾", shown));
      if (Number(rest, 34, 2) != 0) return Bad("分卷");
      if (Number(rest, 4, 2) != 0x032d || Number(rest, 36, 2) != 0 ||
          Number(rest, 38, 4) != 0100644u << 16 || comment != 0 ||
          extra != (big ? big->size() + 4 : 0))
        Odd(fmt::format("{}：目录项的属性", shown));
      if (Status read = ReadLocal(member, local, rest); !read) return read;
      members.push_back(std::move(member));
      rest.remove_prefix(46 + name + extra + comment);
    }
    return rest.empty() ? Ok() : Bad("目录之后还有内容");
  }

  // The member's own header; `entry` is what the directory says.
  Status ReadLocal(Member& member, uint64_t local, std::string_view entry) {
    const Result<std::string> fixed = At(local, 30);
    if (!fixed) return fixed.error();
    const size_t name = Number(*fixed, 26, 2), extra = Number(*fixed, 28, 2);
    const Result<std::string> text = At(local + 30, name + extra);
    if (!text) return text.error();
    const std::string shown = Neutralise(member.path.substr(0, 200));
    const auto differs = [&] { return Bad(fmt::format("{}：成员头与目录不一致", shown)); };
    // Version, flags, method, time and date stand in both, in the same order.
    if (Number(*fixed, 0, 4) != 0x04034b50 ||
        std::string_view(*fixed).substr(4, 10) != entry.substr(6, 10) ||
        text->substr(0, name) != member.path)
      return differs();
    const bool later = (Number(*fixed, 6, 2) & 8) != 0;  // figures stand behind the content
    uint64_t stored = Number(*fixed, 18, 4), bytes = Number(*fixed, 22, 4);
    const std::optional<std::string_view> big = Extra(std::string_view(*text).substr(name), 1);
    if (big && big->size() >= 16 && stored == kSee64 && bytes == kSee64) {
      bytes = Number(*big, 0, 8);
      stored = Number(*big, 8, 8);
    }
    const bool zero = later && stored == 0 && bytes == 0;
    if (!zero && (stored != member.stored || bytes != member.bytes)) return differs();
    if (!later && Number(*fixed, 14, 4) != member.crc) return differs();
    if (later || Number(*fixed, 4, 2) != 45 || Number(*fixed, 6, 2) != 1 << 11 || extra != 20)
      Odd(fmt::format("{}：成员头的写法", shown));
    member.offset = local + 30 + name + extra;
    if (member.offset > directory || member.stored > directory - member.offset)
      return Bad(fmt::format("{}：超出文件", shown));
    spans.push_back({local, member.offset + member.stored, later});
    return Ok();
  }

  // Members may not share bytes: a bomb's favourite.
  Status CheckSpans() {
    std::ranges::sort(spans, {}, &Place::begin);
    uint64_t end = 0;
    bool later = false;
    for (const Place& span : spans) {
      if (span.begin < end) return Bad("成员互相重叠");
      if (span.begin - end > (later ? 24 : 0))
        Odd(fmt::format("第 {} 字节起有不属于任何成员的内容", end));
      end = span.end;
      later = span.later;
    }
    if (directory - end > (later ? 24u : 0u))
      Odd(fmt::format("第 {} 字节起有不属于任何成员的内容", end));
    uint64_t bytes = 0;
    for (const Member& member : members) {
      if (member.bytes > limits::kWaczBytesMax - bytes)
        return Error{Code::kLimit,
                     fmt::format("{}：各成员共超过 {} 字节", path, limits::kWaczBytesMax)};
      bytes += member.bytes;
    }
    if (bytes > limits::kWarcRatioFrom && bytes / limits::kWaczRatioMax > size) {
      return Error{Code::kLimit,
                   fmt::format("{}：{} 字节展开后称有 {} 字节，不予读取", path, size, bytes)};
    }
    std::ranges::sort(members, {}, &Member::offset);
    for (size_t i = 0; i < members.size(); ++i) {
      if (!by_path.emplace(members[i].path, i).second)
        return Bad(fmt::format("{} 出现两次", Neutralise(members[i].path)));
    }
    return Ok();
  }

  struct Place {
    uint64_t begin = 0, end = 0;
    bool later = false;
  };
  std::string path;
  int descriptor = -1;
  uint64_t size = 0, directory = 0, directory_size = 0, members_said = 0;
  std::vector<Member> members;
  std::vector<Place> spans;
  std::vector<std::string> oddities;
  std::map<std::string, size_t, std::less<>> by_path;
};

WaczReader::WaczReader(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
WaczReader::WaczReader(WaczReader&&) noexcept = default;
WaczReader::~WaczReader() = default;

Result<WaczReader> WaczReader::Open(const std::string& path) {
  auto rep = std::make_unique<Rep>();
  rep->path = path;
  rep->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts = {};
  if (rep->descriptor < 0 || ::fstat(rep->descriptor, &facts) != 0) {
    return Error{errno == ENOENT ? Code::kNotFound : Code::kSystem,
                 fmt::format("{}：不能打开：{}", path, SystemText(errno))};
  }
  if (!S_ISREG(facts.st_mode)) return Error{Code::kInvalid, fmt::format("{}：不是文件", path)};
  rep->size = static_cast<uint64_t>(facts.st_size);
  for (const auto step : {&Rep::ReadEnd, &Rep::ReadDirectory, &Rep::CheckSpans}) {
    if (Status done = (*rep.*step)(); !done) return done.error();
  }
  return WaczReader(std::move(rep));
}

const std::vector<WaczReader::Member>& WaczReader::members() const { return rep_->members; }
const std::vector<std::string>& WaczReader::oddities() const { return rep_->oddities; }

const WaczReader::Member* WaczReader::Find(std::string_view path) const {
  const auto found = rep_->by_path.find(path);
  return found == rep_->by_path.end() ? nullptr : &rep_->members[found->second];
}

ByteSource WaczReader::Part(const Member& member, uint64_t from, uint64_t count) const {
  CHECK(!member.packed);
  from = std::min(from, member.stored);
  return
      [rep = rep_.get(), at = member.offset + from,
       left = std::min(count, member.stored - from)](size_t most) mutable -> Result<std::string> {
        const uint64_t size = std::min<uint64_t>(most, left);
        Result<std::string> piece = rep->At(at, size);
        at += size;
        left -= size;
        return piece;
      };
}

ByteSource WaczReader::Source(const Member& member) const {
  Member plain = member;
  plain.packed = false;
  struct State {
    ByteSource raw;
    std::unique_ptr<Decoder> decoder;
    std::string held;
    std::string_view in;
    uint32_t crc = 0;
    uint64_t bytes = 0;
    bool over = false;
  };
  // shared_ptr: a std::function must be copyable.
  auto state = std::make_shared<State>();
  state->raw = Part(plain, 0, member.stored);
  if (member.packed) state->decoder = NewDecoder("deflate");
  return [state, path = member.path, bytes = member.bytes,
          crc = member.crc](size_t most) -> Result<std::string> {
    std::string out;
    while (out.empty() && !state->over) {
      if (state->in.empty()) {
        Result<std::string> piece = state->raw(most);
        if (!piece) return piece;
        if (piece->empty()) break;
        if (state->decoder == nullptr) {
          out = std::move(*piece);
          break;
        }
        state->held = std::move(*piece);
        state->in = state->held;
      }
      const Decoder::State step = state->decoder->Step(state->in, out, most);
      if (step == Decoder::State::kBroken)
        return Error{Code::kDamaged, fmt::format("{}：解压失败", path)};
      state->over = step == Decoder::State::kEnd;
    }
    state->crc = Crc32(state->crc, out);
    state->bytes += out.size();
    if (state->bytes > bytes || (out.empty() && state->bytes != bytes))
      return Error{Code::kDamaged, fmt::format("{}：长度与目录不符", path)};
    if (out.empty() && state->crc != crc)
      return Error{Code::kDamaged, fmt::format("{}：CRC 与目录不符", path)};
    return out;
  };
}

Result<std::string> WaczReader::Read(const Member& member, size_t most) const {
  if (member.bytes > most) {
    return Error{Code::kLimit,
                 fmt::format("{}：{} 字节，超过上限 {}", member.path, member.bytes, most)};
  }
  const ByteSource source = Source(member);
  std::string all;
  for (;;) {
    const Result<std::string> piece = source(1 << 16);
    if (!piece) return piece;
    if (piece->empty()) return all;
    all += *piece;
  }
}

}  // namespace xuncha
