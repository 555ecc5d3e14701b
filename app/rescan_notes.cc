// SPDX-License-Identifier: Apache-2.0
#include "app/rescan_notes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/files.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

constexpr size_t kNotesBytesMax = 256 << 20;  // all that one rescan tells
constexpr std::string_view kHead = "rescan";

// Every figure of a site with its name, for both directions.
template <class Site, class Visit>
void EachFigure(Site& site, const Visit& visit) {
  visit("urls", site.urls);
  visit("visits", site.visits);
  visit("texts", site.texts);
  visit("text_bytes", site.text_bytes);
  visit("missing", site.missing);
  visit("outside", site.outside);
  visit("left_out", site.left_out);
  visit("hint", site.findings[0]);
  visit("low", site.findings[1]);
  visit("medium", site.findings[2]);
  visit("high", site.findings[3]);
  visit("standing", site.standing);
  visit("unknown", site.unknown);
  visit("added", site.added);
  visit("set_back", site.set_back);
}

std::string LineOf(const RescannedSite& site) {
  Node node = MakeTable();
  Put(node, "site", MakeString(site.site));
  Put(node, "output", MakeString(site.output));
  EachFigure(site, [&node](std::string_view name, uint64_t value) {
    Put(node, name, MakeInteger(static_cast<int64_t>(value)));
  });
  return WriteJson(node) + "\n";
}

std::string_view TextAt(const Node& node, std::string_view name) {
  const Node* found = node.Find(name);
  return found != nullptr && found->is(Node::Type::kString) ? std::string_view(found->string)
                                                            : std::string_view();
}

RescannedSite SiteOf(const Node& node) {
  RescannedSite site{.site = std::string(TextAt(node, "site")),
                     .output = std::string(TextAt(node, "output"))};
  EachFigure(site, [&node](std::string_view name, uint64_t& value) {
    const Node* found = node.Find(name);
    if (found != nullptr && found->is(Node::Type::kInteger) && found->integer > 0)
      value = static_cast<uint64_t>(found->integer);
  });
  return site;
}

Status AppendTo(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "ae");
  bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                 std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  if (file != nullptr && std::fclose(file) != 0) written = false;
  return written ? Ok() : Error{Code::kSystem, path + "：写不进去；检查磁盘"};
}

std::string HeadOf(const Digest& asked) {
  Node node = MakeTable();
  Put(node, kHead, MakeString(asked.hex()));
  return WriteJson(node) + "\n";
}

}  // namespace

RescanNotes::RescanNotes(std::string path, const Digest& asked)
    : path_(std::move(path)), asked_(asked) {
  if (!FileExists(path_)) return;
  const Result<std::string> text = ReadFile(path_, kNotesBytesMax);
  const std::string head = HeadOf(asked_);
  if (!text || !text->starts_with(head)) return;
  for (size_t at = head.size(); at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const Result<Node> node = ParseJson(std::string_view(*text).substr(at, end - at), path_);
    if (!node) return;
    RescannedSite site = SiteOf(*node);
    if (site.site.empty()) return;
    done_.push_back(std::move(site));
    at = end + 1;
  }
}

const RescannedSite* RescanNotes::Find(std::string_view site) const {
  const auto found = std::find_if(done_.begin(), done_.end(),
                                  [site](const RescannedSite& done) { return done.site == site; });
  return found == done_.end() ? nullptr : &*found;
}

Status RescanNotes::Save() {
  std::string text;
  if (saved_ == 0) text = HeadOf(asked_);
  for (size_t i = saved_; i < done_.size(); ++i) text += LineOf(done_[i]);
  const Status written = saved_ == 0 ? WriteFileAtomically(path_, text) : AppendTo(path_, text);
  if (!written) {
    saved_ = 0;  // whatever stands there now is replaced, while all of it is known
    return written;
  }
  saved_ = done_.size();
  return Ok();
}

// One that stays is nothing the next time, or is gone on with: both are right.
void RescanNotes::Remove() const { (void)std::remove(path_.c_str()); }

}  // namespace xuncha
