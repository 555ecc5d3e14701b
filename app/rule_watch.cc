// SPDX-License-Identifier: Apache-2.0
#include "app/rule_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <system_error>

namespace xuncha {
namespace {

Digest TextDigest(const std::vector<PackSource>& packs) {
  std::string text;
  for (const PackSource& pack : packs) {
    text += fmt::format("{}:{}{}:{}", pack.name.size(), pack.name, pack.text.size(), pack.text);
  }
  return Sha256(text);
}

}  // namespace

Result<std::unique_ptr<RuleWatch>> RuleWatch::Start(EngineOptions options, const Clock& clock,
                                                    Millis every) {
  std::unique_ptr<RuleWatch> watch(
      new RuleWatch(std::move(options), clock, every));  // private constructor: no make_unique
  // The stamps first: a file that changes while it is read is read again.
  watch->stamps_ = watch->Look();
  const Result<std::vector<PackSource>> packs = ReadRuleSources(watch->options_.sources);
  if (!packs) return packs.error();
  Result<std::unique_ptr<Engine>> engine = BuildEngine(*packs, watch->options_);
  if (!engine) return engine.error();
  watch->engine_ = std::move(*engine);
  watch->text_ = TextDigest(*packs);
  watch->next_ = clock.Monotonic() + every;
  return watch;
}

RuleWatch::~RuleWatch() {
  if (load_.valid()) load_.wait();
}

RuleWatch::Stamps RuleWatch::Look() const {
  Stamps stamps;
  for (const std::string& directory : {options_.sources.packs, options_.sources.lists}) {
    if (directory.empty()) continue;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end;
         at.increment(failed)) {
      if (at->path().extension() != ".toml") continue;
      std::error_code gone;  // between listing and looking: seen as a change
      const auto time = at->last_write_time(gone);
      const auto size = at->file_size(gone);
      stamps[at->path().string()] = {gone ? 0 : time.time_since_epoch().count(),
                                     gone ? 0 : static_cast<uint64_t>(size)};
    }
  }
  return stamps;
}

RuleWatch::Event RuleWatch::Poll() {
  if (load_.valid()) {
    if (load_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return Event::kNone;
    return Take(load_.get());
  }
  if (clock_.Monotonic() < next_) return Event::kNone;
  next_ = clock_.Monotonic() + every_;
  Stamps stamps = Look();
  // A load that failed for want of a file is tried again: it may have been in the
  // middle of being replaced.
  const bool unread = !complaint_.empty() && refused_.empty();
  if (stamps == stamps_ && !unread) return Event::kNone;
  stamps_ = std::move(stamps);
  try {
    load_ =
        std::async(std::launch::async, [options = options_, in_force = text_, refused = refused_] {
          return Load(options, in_force, refused);
        });
  } catch (const std::system_error& error) {
    stamps_.clear();  // no thread to be had: tried again at the next look
    return Take({nullptr, fmt::format("不能开始装载规则：{}", error.what()), {}});
  }
  return Event::kNone;
}

RuleWatch::Loaded RuleWatch::Load(const EngineOptions& options, const Digest& in_force,
                                  const Digest& refused) {
  const Result<std::vector<PackSource>> packs = ReadRuleSources(options.sources);
  if (!packs) return {nullptr, packs.error().text, {}};
  const Digest text = TextDigest(*packs);
  // Touched, or changed back: nothing to compile.
  if (text == in_force || text == refused) return {nullptr, {}, text};
  Result<std::unique_ptr<Engine>> engine = BuildEngine(*packs, options);
  if (!engine) return {nullptr, engine.error().text, text};
  return {std::move(*engine), {}, text};
}

RuleWatch::Event RuleWatch::Take(Loaded loaded) {
  if (loaded.engine != nullptr) {
    engine_ = std::move(loaded.engine);
    text_ = loaded.text;
    refused_ = {};
    complaint_.clear();
    options_.log.Info(fmt::format("规则已更新，规则集 SHA-256 {}", engine_->rules.digest.hex()));
    return Event::kInForce;
  }
  if (!loaded.complaint.empty()) {
    const bool same = loaded.complaint == complaint_;
    complaint_ = std::move(loaded.complaint);
    refused_ = loaded.text;  // empty if the files could not even be read
    if (same) return Event::kNone;
    options_.log.Warn(fmt::format("规则未更新，仍用上一版：\n{}", complaint_));
    return Event::kRefused;
  }
  if (loaded.text != text_) return Event::kNone;  // refused before, and still
  const bool was_refused = !complaint_.empty();
  refused_ = {};
  complaint_.clear();
  return was_refused ? Event::kRestored : Event::kNone;
}

}  // namespace xuncha
