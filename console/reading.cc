// SPDX-License-Identifier: Apache-2.0
#include "console/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kCookiesMax = 50;        // as many as browsers keep of one host
constexpr size_t kUploadNameMax = 255;    // bytes; a file system has no longer ones
constexpr size_t kPartHeadMax = 2 << 10;  // bytes before the body of a part
constexpr size_t kBoundaryMax = 70;       // RFC 2046, 5.1.1

Error Bad(std::string_view what) { return {Code::kInvalid, std::string(what)}; }

enum class Plus : uint8_t { kItself, kBlank };

// Percent triplets undone; each must be whole.
Result<std::string> Decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kBlank) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Bad("a percent sign without two digits");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A field's value: text, in which lines may end.
Result<std::string> CheckValue(std::string value) {
  if (!IsValidUtf8(value)) return Bad("a value that is no UTF-8");
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\r') {
      if (i + 1 == value.size() || value[i + 1] != '\n') out += '\n';
      continue;
    }
    if (IsControl(value[i]) && value[i] != '\n' && value[i] != '\t')
      return Bad("a control character in a value");
    out += value[i];
  }
  return out;
}

Status CheckName(std::string_view name) {
  if (name.size() > 64 || !IsValidUtf8(name) || std::ranges::any_of(name, IsControl))
    return Bad("the name of a field is too long or no text");
  return Ok();
}

Status AddValue(Values& values, std::string name, std::string value) {
  if (values.size() >= limits::kDeskFieldsMax)
    return Error{Code::kLimit, fmt::format("more than {} fields", limits::kDeskFieldsMax)};
  if (value.size() > limits::kDeskFieldBytesMax)
    return Error{Code::kLimit,
                 fmt::format("a field of more than {} bytes", limits::kDeskFieldBytesMax)};
  if (Status fit = CheckName(name); !fit) return fit;
  Result<std::string> text = CheckValue(std::move(value));
  if (!text) return text.error();
  values.emplace(std::move(name), std::move(*text));
  return Ok();
}

// The value of a parameter, as in `form-data; name="a"; filename="b"`. Nothing if it is
// not there; quoted strings take no escapes but %22, as browsers write them.
std::optional<std::string_view> Parameter(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos) {
    std::string_view rest = Trim(header.substr(at + 1));
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view found = Trim(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::string_view value;
    if (rest.starts_with('"')) {
      const size_t end = rest.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      value = rest.substr(1, end - 1);
      rest.remove_prefix(end + 1);
    } else {
      value = Trim(rest.substr(0, rest.find(';')));
    }
    if (EqualsIgnoreCase(found, name)) return value;
    header = rest;
    at = header.find(';');
  }
  return std::nullopt;
}

// One part's head: of the header Content-Disposition all that is wanted here.
struct PartHead {
  std::string name;
  std::optional<std::string> file;
};
Result<PartHead> ReadPartHead(std::string_view head) {
  std::optional<PartHead> found;
  while (!head.empty()) {
    const size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    constexpr std::string_view kName = "content-disposition:";
    if (!StartsWithIgnoreCase(line, kName)) continue;
    if (found) return Bad("a part with two dispositions");
    const std::string_view value = Trim(line.substr(kName.size()));
    const auto name = Parameter(value, "name");
    if (!StartsWithIgnoreCase(value, "form-data") || !name) return Bad("a part without a name");
    found = PartHead{.name = std::string(*name)};
    if (const auto file = Parameter(value, "filename")) found->file = std::string(*file);
  }
  if (!found) return Bad("a part without a disposition");
  return *found;
}

// The last piece of a file's name as the sender says it, cut down to text.
std::string UploadName(std::string_view name) {
  name = name.substr(
      name.find_last_of("/\\") == std::string_view::npos ? 0 : name.find_last_of("/\\") + 1);
  std::string text = Neutralise(ToValidUtf8(name));
  if (text.size() > kUploadNameMax) text.resize(ValidUtf8Prefix(text.substr(0, kUploadNameMax)));
  return text;
}

Result<Values> ReadPairs(std::string_view text) {
  Values values;
  if (text.empty()) return values;
  for (const std::string_view pair : Split(text, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    Result<std::string> name = Decode(pair.substr(0, equals), Plus::kBlank);
    if (!name) return name.error();
    Result<std::string> value = equals == std::string_view::npos
                                    ? std::string()
                                    : Decode(pair.substr(equals + 1), Plus::kBlank);
    if (!value) return value.error();
    if (Status added = AddValue(values, std::move(*name), std::move(*value)); !added)
      return added.error();
  }
  return values;
}

}  // namespace

Result<Target> ReadTarget(std::string_view target) {
  Target out;
  const size_t mark = target.find('?');
  const std::string_view raw = target.substr(0, mark);
  if (!raw.starts_with('/')) return Bad("a target that is no path");
  Result<std::string> path = Decode(raw, Plus::kItself);
  if (!path) return path.error();
  if (!IsValidUtf8(*path) || std::ranges::any_of(*path, IsControl) ||
      path->find('\\') != std::string::npos)
    return Bad("a path that is no text");
  // A slash that was encoded would make two parts of one.
  if (std::ranges::count(*path, '/') != std::ranges::count(raw, '/'))
    return Bad("an encoded slash in the path");
  if (path->size() > 1) {
    for (const std::string_view part : Split(std::string_view(*path).substr(1), '/')) {
      if (part.empty() || part == "." || part == "..") return Bad("an empty or dot segment");
    }
  }
  out.path = std::move(*path);
  if (mark != std::string_view::npos) {
    Result<Values> query = ReadPairs(target.substr(mark + 1));
    if (!query) return query.error();
    out.query = std::move(*query);
  }
  return out;
}

Result<Values> ReadForm(std::string_view body) { return ReadPairs(body); }

Result<Multipart> ReadMultipart(std::string_view body, std::string_view content_type) {
  const auto boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax)
    return Bad("a form in parts without a boundary");
  const std::string first = fmt::format("--{}", *boundary), between = "\r\n" + first;
  Multipart out;
  if (!body.starts_with(first)) return Bad("a form in parts that does not begin with its boundary");
  body.remove_prefix(first.size());
  size_t count = 0;
  while (true) {
    if (body.starts_with("--")) return out;
    if (!body.starts_with("\r\n")) return Bad("a boundary that does not end its line");
    body.remove_prefix(2);
    const size_t head_end = body.substr(0, kPartHeadMax).find("\r\n\r\n");
    if (head_end == std::string_view::npos) return Bad("a part whose head does not end");
    const Result<PartHead> head = ReadPartHead(body.substr(0, head_end));
    if (!head) return head.error();
    body.remove_prefix(head_end + 4);
    const size_t end = body.find(between);
    if (end == std::string_view::npos) return Bad("a part that does not end");
    if (++count > limits::kDeskFieldsMax)
      return Error{Code::kLimit, fmt::format("more than {} fields", limits::kDeskFieldsMax)};
    if (head->file) {
      if (Status fit = CheckName(head->name); !fit) return fit.error();
      // A browser sends an empty part where no file was chosen.
      if (end > 0 || !head->file->empty()) {
        out.uploads.push_back({.field = head->name,
                               .name = UploadName(*head->file),
                               .bytes = std::string(body.substr(0, end))});
      }
    } else if (Status added = AddValue(out.form, head->name, std::string(body.substr(0, end)));
               !added) {
      return added.error();
    }
    body.remove_prefix(end + between.size());
  }
}

std::map<std::string, std::string, std::less<>> ReadCookies(std::string_view header) {
  std::map<std::string, std::string, std::less<>> cookies;
  std::vector<std::string> twice;
  for (const std::string_view piece : Split(header, ';')) {
    const std::string_view pair = Trim(piece);
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    const std::string_view value = pair.substr(equals + 1);
    const bool plain = std::ranges::all_of(
        value, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != '\\'; });
    if (!plain || cookies.size() >= kCookiesMax) continue;
    const std::string name(pair.substr(0, equals));
    if (!cookies.emplace(name, value).second) twice.push_back(name);
  }
  for (const std::string& name : twice) cookies.erase(name);
  return cookies;
}

std::string HostOf(std::string_view header) {
  const bool bracket = header.starts_with('[');
  const size_t end = bracket ? header.find(']') : header.find(':');
  if (bracket && end == std::string_view::npos) return "";
  const std::string_view host = header.substr(0, bracket ? end + 1 : end);
  const std::string_view port =
      end == std::string_view::npos ? "" : header.substr(bracket ? end + 1 : end);
  const bool digits = port.empty() || (port.starts_with(':') && port.size() <= 6 &&
                                       std::ranges::all_of(port.substr(1), IsAsciiDigit));
  const bool plain = std::ranges::all_of(host, [](char c) {
    return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == ':' ||
           c == '[' || c == ']' || c == '_';
  });
  return digits && plain ? AsciiLower(host) : "";
}

}  // namespace xuncha
