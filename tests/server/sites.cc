// SPDX-License-Identifier: Apache-2.0
#include "tests/server/sites.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <ctime>

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "base/url.h"

namespace xuncha {
namespace {

constexpr size_t kFileBytesMax = 64 << 20;  // the largest body a test serves from a file
constexpr size_t kGzipBytesMin = 256;       // below it compression saves nothing

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool IsDirectory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string HttpDate(time_t time) {
  tm parts;
  gmtime_r(&time, &parts);
  char buffer[64];
  const size_t size = strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {buffer, size};
}

// Hidden names and steps upwards are nobody's pages.
bool Unservable(std::string_view path) {
  return path.find("/.") != std::string_view::npos || path.find(".@") != std::string_view::npos ||
         path.find('\0') != std::string_view::npos;
}

// The path that is meant: without parameters, no segment more than twice in a row.
std::string WithoutTraps(std::string_view path) {
  std::vector<std::string> kept;
  for (const std::string_view segment : Split(path.substr(0, path.find(';')), '/')) {
    const size_t n = kept.size();
    if (n >= 2 && !segment.empty() && kept[n - 1] == segment && kept[n - 2] == segment) continue;
    kept.emplace_back(segment);
  }
  return Join(kept, "/");
}

bool FromSearchEngine(std::string_view referrer) {
  for (const std::string_view engine :
       {"baidu.com", "so.com", "sogou.com", "sm.cn", "bing.com", "google."})
    if (ContainsIgnoreCase(referrer, engine)) return true;
  return false;
}

// The file or that of its variants which this visitor gets; empty if there is none.
std::string Variant(const TestServer::Request& request, const std::string& file) {
  const auto served = [](const std::string& name) {
    return Exists(name) || Exists(name + ".@head");
  };
  if (ContainsIgnoreCase(request.Header("User-Agent"), "baiduspider") && served(file + ".@spider"))
    return file + ".@spider";
  if (FromSearchEngine(request.Header("Referer")) && served(file + ".@search"))
    return file + ".@search";
  return served(file) ? file : "";
}

// Reads the lines of a .@head file into the answer.
void ReadHead(const std::string& file, TestServer::Answer& answer) {
  const Result<std::string> text = ReadFile(file, 64 << 10);
  if (!text) return;
  for (std::string_view line : Split(*text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = Trim(line.substr(0, colon)), value = Trim(line.substr(colon + 1));
    if (EqualsIgnoreCase(name, "Status")) {
      answer.status = std::atoi(std::string(value).c_str());
    } else {
      answer.headers.emplace_back(name, value);
    }
  }
}

bool Has(const TestServer::Answer& answer, std::string_view name) {
  for (const auto& header : answer.headers)
    if (EqualsIgnoreCase(header.first, name)) return true;
  return false;
}

}  // namespace

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Sites::Sites(std::string root, std::map<std::string, std::string> charsets)
    : root_(std::move(root)), charsets_(std::move(charsets)) {}

std::string Sites::ContentType(const std::string& host, std::string_view file) const {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kTypes = {{
      {".css", "text/css"},
      {".js", "application/javascript"},
      {".json", "application/json"},
      {".xml", "application/xml"},
      {".txt", "text/plain"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".ico", "image/x-icon"},
      {".svg", "image/svg+xml"},
      {".pdf", "application/pdf"},
      {".zip", "application/zip"},
      {".gz", "application/gzip"},
      {".doc", "application/msword"},
      {".xls", "application/vnd.ms-excel"},
      {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
      {".mp4", "video/mp4"},
      {".woff2", "font/woff2"},
  }};
  file = file.substr(0, std::min(file.find(".@"), file.find('?')));
  std::string type = "text/html";
  for (const auto& [ending, name] : kTypes)
    if (file.ends_with(ending)) type = name;
  if (!type.starts_with("text/")) return type;

  std::string charset;
  if (const auto given = charsets_.find(host); given != charsets_.end()) {
    charset = given->second;
  } else if (const auto filed = ReadFile(root_ + "/" + host + "/.charset", 64)) {
    charset = Trim(*filed);
  }
  return charset.empty() ? type : type + "; charset=" + charset;
}

TestServer::Answer Sites::Missing(const TestServer::Request& request) const {
  const std::string folder = root_ + "/" + request.host;
  if (Exists(folder + "/soft404.html")) return File(request, folder + "/soft404.html", {});
  TestServer::Answer answer{.status = 404};
  if (Exists(folder + "/404.html")) return File(request, folder + "/404.html", std::move(answer));
  answer.headers.emplace_back("Content-Type", "text/html");
  answer.body =
      "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>\n";
  return answer;
}

TestServer::Answer Sites::File(const TestServer::Request& request, const std::string& file,
                               TestServer::Answer answer) const {
  ReadHead(file + ".@head", answer);
  if (!Has(answer, "Content-Type"))
    answer.headers.emplace_back("Content-Type", ContentType(request.host, file));
  Result<std::string> body = ReadFile(file, kFileBytesMax);
  if (!body) return answer;  // a head alone
  answer.body = std::move(*body);

  if (answer.status != 200) return answer;

  struct stat info;
  if (stat(file.c_str(), &info) != 0) info.st_mtime = 0;
  const std::string modified = HttpDate(info.st_mtime);
  const std::string etag = fmt::format("\"{}\"", Sha256(answer.body).hex().substr(0, 20));
  if (!Has(answer, "ETag")) answer.headers.emplace_back("ETag", etag);
  if (!Has(answer, "Last-Modified")) answer.headers.emplace_back("Last-Modified", modified);

  const std::string_view known = request.Header("If-None-Match");
  const std::string_view since = request.Header("If-Modified-Since");
  const bool same = known.empty() ? since == modified : known.find(etag) != std::string_view::npos;
  if (same) {
    answer.status = 304;
    answer.body.clear();
    return answer;
  }
  const bool text = answer.body.size() >= kGzipBytesMin && !Has(answer, "Content-Encoding");
  if (text && request.Header("Accept-Encoding").find("gzip") != std::string_view::npos &&
      ContentType(request.host, file).starts_with("text/")) {
    answer.body = Gzip(answer.body);
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  return answer;
}

TestServer::Answer Sites::Counted(const TestServer::Request& request, const std::string& file,
                                  uint64_t n) const {
  TestServer::Answer answer{.headers = {{"Content-Type", ContentType(request.host, file)}}};
  const Result<std::string> text = ReadFile(file, kFileBytesMax);
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    const size_t at = std::min(rest.find('@'), rest.size());
    answer.body += rest.substr(0, at);
    rest.remove_prefix(at);
    if (rest.starts_with("@N@")) {
      answer.body += std::to_string(n);
      rest.remove_prefix(3);
    } else if (rest.starts_with("@NEXT@")) {
      answer.body += std::to_string(n + 1);
      rest.remove_prefix(6);
    } else if (!rest.empty()) {
      answer.body += rest[0];
      rest.remove_prefix(1);
    }
  }
  return answer;
}

TestServer::Answer Sites::Get(const TestServer::Request& request) const {
  const std::string path = WithoutTraps(PercentDecode(request.path));
  const std::string folder = root_ + "/" + request.host;
  if (Unservable(path) || request.host.find('/') != std::string::npos ||
      request.host.starts_with('.') || !IsDirectory(folder))
    return Missing(request);

  const std::string name = folder + path;
  if (!request.query.empty() && request.query.find('/') == std::string::npos &&
      !Unservable(request.query)) {
    const std::string file = Variant(request, name + "?" + request.query);
    if (!file.empty()) return File(request, file, {});
    if (request.query.starts_with("n=") && Exists(name + ".@counter"))
      return Counted(request, name + ".@counter",
                     std::strtoull(request.query.c_str() + 2, nullptr, 10));
  }
  if (path.ends_with('/')) {
    for (const std::string_view index : {"index.html", "index.htm", "index.php", "default.asp"}) {
      const std::string file = Variant(request, name + std::string(index));
      if (!file.empty()) return File(request, file, {});
    }
    return Missing(request);
  }
  const std::string file = Variant(request, name);
  if (!file.empty()) return File(request, file, {});
  if (IsDirectory(name))
    return {.status = 301,
            .headers = {{"Location", request.path + "/"}, {"Content-Type", "text/html"}},
            .body = "<a href=\"" + request.path + "/\">moved</a>\n"};
  return Missing(request);
}

}  // namespace xuncha
