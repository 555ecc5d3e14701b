// SPDX-License-Identifier: Apache-2.0
#include "crawler/traps.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

bool IsNumber(std::string_view segment) {
  return segment.find_first_not_of("0123456789") == std::string_view::npos;
}

// "/a/b/a/b/a/b": some sequence of segments stands kRepeatedSegmentsMax times in
// a row, or one segment more often than that in whatever order. Numbers may
// repeat: /2026/01/01/01 is a date.
bool FeedsOnItself(const std::vector<std::string_view>& segments) {
  constexpr auto kTimes = static_cast<size_t>(limits::kRepeatedSegmentsMax);
  const size_t count = segments.size();
  for (const std::string_view segment : segments) {
    const auto times = std::count(segments.begin(), segments.end(), segment);
    if (!IsNumber(segment) && static_cast<size_t>(times) > kTimes) return true;
  }
  for (size_t period = 1; period * kTimes <= count; ++period) {
    size_t same = 0;  // segments in a row that equal the one `period` before
    bool only_numbers = true;
    for (size_t i = period; i < count; ++i) {
      if (segments[i] != segments[i - period]) {
        same = 0;
        only_numbers = true;
        continue;
      }
      only_numbers = only_numbers && IsNumber(segments[i]);
      if (++same >= period * (kTimes - 1) && !only_numbers) return true;
    }
  }
  return false;
}

}  // namespace

std::string_view LooksLikeTrap(const Url& url) {
  constexpr std::array<std::string_view, 30> kMedia = {
      ".mp4", ".avi", ".mov", ".wmv", ".flv", ".mkv", ".webm", ".m3u8", ".mp3",  ".wav",
      ".wma", ".m4a", ".ogg", ".zip", ".rar", ".7z",  ".tar",  ".tgz",  ".bz2",  ".xz",
      ".iso", ".exe", ".msi", ".apk", ".dmg", ".bin", ".ttf",  ".otf",  ".woff", ".woff2"};
  const std::vector<std::string_view> segments = Split(url.path().substr(1), '/');
  if (segments.size() > static_cast<size_t>(limits::kPathSegmentsMax)) return "path-length";
  if (FeedsOnItself(segments)) return "path-growth";
  const std::string_view last = segments.back();
  if (const size_t dot = last.rfind('.'); dot != std::string_view::npos) {
    const std::string extension = AsciiLower(last.substr(dot));
    if (std::find(kMedia.begin(), kMedia.end(), extension) != kMedia.end()) return "media";
  }
  return "";
}

bool IsFollowed(LinkKind kind) { return kind != LinkKind::kForm && kind != LinkKind::kImage; }

std::string_view TrapText(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
      {"path-growth", "路径自我重复，疑似无限生成"},
      {"path-length", "路径层数过多"},
      {"media", "音视频、压缩包、程序等，无可读文字"},
      {"depth", "离首页过深"},
      {"template", "同一模板的页面不再有新内容"},
      {"full", "同一模板的新网址本次已够多，其余下次继续"},
      {"urls", "网址总数超过上限"},
      {"hosts", "主机数超过上限"},
      {"unregistered", "不属于登记的网站"},
      {"scope", "超出登记的范围"},
      {"port", "端口未登记"},
      {"unsafe", "访问可能改动数据（退出、删除等）"},
      {"robots", "robots.txt 不允许（严格遵守）"},
      {"gone", "多次不存在，间隔复查"},
  };
  for (const auto& [name, text] : kTexts) {
    if (name == reason) return text;
  }
  return reason;
}

}  // namespace xuncha
