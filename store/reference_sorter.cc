// SPDX-License-Identifier: Apache-2.0
#include "store/reference_sorter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/system_code.h"

namespace xuncha {
namespace {

constexpr size_t kBytes = 64;         // two digests
constexpr size_t kReadAtOnce = 1024;  // of one load: 66 KB

Error Failed(const std::string& directory, std::string_view what) {
  return {Code::kSystem, fmt::format("数据 {}：排序用的临时文件{}（{}）；请腾出空间，再清除一次",
                                     directory, what, SystemText(errno))};
}

Status WriteAll(int file, std::string_view bytes, const std::string& directory) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return Failed(directory, "写不进去");
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return Ok();
}

}  // namespace

ReferenceSorter::ReferenceSorter(std::string directory, size_t load_max)
    : directory_(std::move(directory)), load_max_(load_max) {}

ReferenceSorter::~ReferenceSorter() {
  if (file_ >= 0) ::close(file_);
}

Status ReferenceSorter::Add(const Reference& reference) {
  filling_.push_back(reference);
  return filling_.size() < load_max_ ? Ok() : Spill();
}

Status ReferenceSorter::Spill() {
  std::sort(filling_.begin(), filling_.end());
  filling_.erase(std::unique(filling_.begin(), filling_.end()), filling_.end());
  if (file_ < 0) {
    std::string name = directory_ + "/sorting.XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) return Failed(directory_, "不能建立");
    if (::unlink(name.c_str()) != 0) return Failed(directory_, "不能取消名称");
  }
  std::string bytes;
  bytes.reserve(filling_.size() * kBytes);
  for (const Reference& reference : filling_) {
    bytes.append(reference.digest.view());
    bytes.append(reference.by.view());
  }
  if (Status wrote = WriteAll(file_, bytes, directory_); !wrote) return wrote;
  loads_.push_back({.begin = written_, .end = written_ + bytes.size()});
  written_ += bytes.size();
  filling_.clear();
  return Ok();
}

Status ReferenceSorter::Finish() {
  if (!filling_.empty() && loads_.empty()) {  // all of it fits
    std::sort(filling_.begin(), filling_.end());
    loads_.push_back({.read = std::move(filling_)});
  } else if (!filling_.empty()) {
    if (Status spilled = Spill(); !spilled) return spilled;
  }
  filling_ = {};
  heads_ = {};
  last_.reset();
  current_.reset();
  ended_ = false;
  for (size_t i = 0; i < loads_.size(); ++i) {
    Load& load = loads_[i];
    load.at = load.begin;
    load.next = 0;
    if (load.end > load.begin) {
      if (Status read = Refill(load); !read) return read;
    }
    heads_.emplace(load.read[0], i);
  }
  return Ok();
}

Status ReferenceSorter::Refill(Load& load) {
  load.read.clear();
  load.next = 0;
  std::string bytes(std::min<uint64_t>(kReadAtOnce * kBytes, load.end - load.at), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(file_, bytes.data() + have, bytes.size() - have,
                                static_cast<off_t>(load.at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Failed(directory_, "读不出");
    have += static_cast<size_t>(got);
  }
  load.at += have;
  for (size_t at = 0; at < have; at += kBytes) {
    const std::string_view one = std::string_view(bytes).substr(at, kBytes);
    load.read.push_back(
        {.digest = Digest::FromRaw(one.substr(0, 32)), .by = Digest::FromRaw(one.substr(32))});
  }
  return Ok();
}

Result<std::optional<Reference>> ReferenceSorter::Take() {
  if (heads_.empty()) return std::optional<Reference>();
  const auto [reference, which] = heads_.top();
  heads_.pop();
  Load& load = loads_[which];
  if (++load.next == load.read.size() && load.at < load.end) {
    if (Status read = Refill(load); !read) return read.error();
  }
  if (load.next < load.read.size()) heads_.emplace(load.read[load.next], which);
  return std::optional<Reference>(reference);
}

Result<std::optional<Reference>> ReferenceSorter::Next() {
  for (;;) {
    Result<std::optional<Reference>> taken = Take();
    if (!taken || !*taken || *taken != last_) {
      if (taken) last_ = *taken;
      return taken;
    }
  }
}

Result<bool> ReferenceSorter::Reaches(const Digest& digest) {
  while (!ended_ && (!current_ || current_->digest < digest)) {
    const Result<std::optional<Reference>> next = Next();
    if (!next) return next.error();
    current_ = *next;
    ended_ = !current_.has_value();
  }
  return current_ && current_->digest == digest;
}

}  // namespace xuncha
