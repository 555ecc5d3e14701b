// SPDX-License-Identifier: Apache-2.0
#include "store/learner.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <system_error>

#include "base/limits.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr uint64_t kMillion = 1'000'000;
constexpr size_t kHeldBackShare = 8;  // one of so many bodies is not learnt from, but measured by
// A dictionary must save a quarter of what bodies take without one: a template saves half, and
// less than a quarter is words that any two pages share.
constexpr uint64_t kWorthDividend = 3, kWorthDivisor = 4;
// A new one in the place of another, only if it saves a tenth: what was packed with the
// old one keeps that alive.
constexpr uint64_t kBetterDividend = 9, kBetterDivisor = 10;
// Many small sites may be due at the end of a night; a lesson takes a tenth of a second.
constexpr std::chrono::minutes kSettleFor(2);
constexpr uint64_t kLossMax = 2 * limits::kDictionaryBytes;

// As much of a page as is learnt from: a site's bodies may have megabytes each.
struct Sample {
  Digest body, text;      // the text's empty: it has none
  std::string beginning;  // of the body
  std::string read;       // and of the text
};

// Pages of the site, one for each body: in the order of keys, which is that of hashes, so
// the first are as good as a draw.
std::vector<Sample> SamplesOf(const Database& database, const Snapshots& snapshots,
                              std::string_view site) {
  std::vector<Sample> samples;
  size_t bytes = 0;
  const auto beginning = [&bytes](std::string raw) {
    raw.resize(std::min(raw.size(), limits::kDictionarySampleBytes));
    raw.shrink_to_fit();
    bytes += raw.size();
    return raw;
  };
  std::set<Digest> known;
  const std::string prefix = SitePrefix(site);
  const size_t facts_key = UrlKey(site, "").size();
  // An unreadable record ends the draw; `store verify` tells of it.
  (void)database.Scan(Family::kUrls, prefix,
                      [&](std::string_view key, std::string_view payload) -> Result<bool> {
                        if (key.size() != facts_key) return true;
                        const Result<UrlFacts> facts = DecodeRecord<UrlFacts>(payload);
                        if (!facts) return facts.error();
                        if (facts->body.empty() || facts->unread || facts->status < 200 ||
                            facts->status > 299 || !known.insert(facts->body).second)
                          return true;
                        Result<std::string> raw = snapshots.Get(facts->body);
                        if (!raw || raw->empty()) return true;
                        Sample& sample = samples.emplace_back(
                            Sample{.body = facts->body, .beginning = beginning(std::move(*raw))});
                        if (!facts->text.empty()) {
                          Result<std::string> text = snapshots.Get(facts->text);
                          if (text) {
                            sample.text = facts->text;
                            sample.read = beginning(std::move(*text));
                          }
                        }
                        return samples.size() < limits::kDictionarySamplesMax &&
                               bytes < limits::kDictionaryLearnBytesMax;
                      });
  return samples;
}

// The one of middle length: what it has beside its words, others have too.
std::string_view TypicalText(const std::vector<Sample>& samples) {
  std::vector<std::string_view> texts;
  for (const Sample& sample : samples) {
    if (!sample.read.empty()) texts.push_back(sample.read);
  }
  if (texts.empty()) return "";
  const auto middle = texts.begin() + static_cast<std::ptrdiff_t>(texts.size() / 2);
  std::nth_element(texts.begin(), middle, texts.end(),
                   [](std::string_view a, std::string_view b) { return a.size() < b.size(); });
  return *middle;
}

bool IsHeldBack(size_t i) { return i % kHeldBackShare == kHeldBackShare - 1; }

// Bytes that the bodies held back take.
uint64_t Measure(const std::vector<Sample>& samples, const Dictionary* dictionary) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (IsHeldBack(i)) bytes += PackWhole(samples[i].beginning, dictionary).data.size();
  }
  return bytes;
}

std::shared_ptr<const Dictionary> CurrentOf(const Database& database, const Snapshots& snapshots,
                                            std::string_view site) {
  const auto record =
      GetRecord<SiteDictionary>(database, Family::kDictionaries, SiteDictionaryKey(site));
  if (!record || !*record || (*record)->dictionary.empty()) return nullptr;
  Result<std::shared_ptr<const Dictionary>> read = snapshots.ReadDictionary((*record)->dictionary);
  return read ? std::move(*read) : nullptr;
}

// A body that is whole and packed with nothing, packed with the dictionary.
std::optional<PackedBlob> RepackedBody(const PackedBlob& blob, std::string_view raw,
                                       const Dictionary& dictionary) {
  if (blob.codec != kCodecZstd) return std::nullopt;
  return PackWhole(raw, &dictionary);
}

// A text that is the difference to its page, or packed with nothing.
std::optional<PackedBlob> RepackedText(const PackedBlob& blob, std::string_view raw,
                                       const DeltaBase& page, const Dictionary& dictionary) {
  const bool is_of_page = blob.codec == kCodecDelta && blob.base == page.digest;
  if (blob.codec != kCodecZstd && !is_of_page) return std::nullopt;
  return PackText(raw, page, &dictionary);
}

// What the first pages were kept as, before anything was learnt from them.
void Repack(const Database& database, const Snapshots& snapshots,
            const std::vector<Sample>& samples, const Dictionary& dictionary, Lesson& lesson) {
  const auto blob_of = [&database](const Digest& digest) {
    const auto blob = GetRecord<PackedBlob>(database, Family::kBlobs, digest.view());
    return blob ? *blob : std::nullopt;
  };
  const auto add = [&lesson](const Digest& digest, const PackedBlob& before,
                             const std::optional<PackedBlob>& now) {
    if (now && now->data.size() < before.data.size()) lesson.repacked.emplace_back(digest, *now);
  };
  for (const Sample& sample : samples) {
    const std::optional<PackedBlob> body = blob_of(sample.body);
    const Result<std::string> raw = snapshots.Get(sample.body);
    if (!body || !raw) continue;
    add(sample.body, *body, RepackedBody(*body, *raw, dictionary));
    if (sample.text.empty()) continue;
    const std::optional<PackedBlob> text = blob_of(sample.text);
    const Result<std::string> read = snapshots.Get(sample.text);
    if (!text || !read) continue;
    const DeltaBase page{.digest = sample.body, .raw = *raw, .depth = body->depth};
    add(sample.text, *text, RepackedText(*text, *read, page, dictionary));
  }
}

}  // namespace

Lesson Learn(const Database& database, const Snapshots& snapshots, std::string_view site) {
  Lesson lesson{.site = std::string(site)};
  const std::vector<Sample> samples = SamplesOf(database, snapshots, site);
  if (samples.size() < limits::kDictionarySamplesMin) return lesson;
  lesson.enough = true;
  std::vector<std::string_view> learnt;
  uint64_t held_back = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (IsHeldBack(i)) {
      held_back += samples[i].beginning.size();
    } else {
      learnt.push_back(samples[i].beginning);
    }
  }
  const std::shared_ptr<const Dictionary> current = CurrentOf(database, snapshots, site);
  const uint64_t before = Measure(samples, current.get());
  uint64_t after = before;
  std::string bytes = TrainDictionary(learnt, TypicalText(samples));
  if (!bytes.empty()) {
    const Dictionary dictionary(bytes);
    const uint64_t with = Measure(samples, &dictionary);
    const bool pays = current == nullptr ? with * kWorthDivisor <= before * kWorthDividend
                                         : with * kBetterDivisor <= before * kBetterDividend;
    if (pays) {
      after = with;
      Repack(database, snapshots, samples, dictionary, lesson);
      lesson.packed = PackDictionary(bytes);
      lesson.bytes = std::move(bytes);
    }
  }
  lesson.promised = after * kMillion / held_back;
  return lesson;
}

// ---- when -----------------------------------------------------------------------

void Learner::Due(std::string_view site) {
  if (lesson_.valid() && learning_ == site) return;
  if (std::find(due_.begin(), due_.end(), site) == due_.end()) due_.emplace_back(site);
}

Status Learner::Weigh(Batch& batch, std::string_view site, const WholeBodies& kept) {
  if (kept.bodies == 0) return Ok();
  const std::string key = SiteDictionaryKey(site);
  const auto record = GetRecord<SiteDictionary>(batch, Family::kDictionaries, key);
  if (!record) return record.error();
  if (!*record) {
    uint64_t& bodies = untaught_[std::string(site)];
    const uint64_t before = std::exchange(bodies, bodies + kept.bodies);
    if (before / limits::kDictionarySamplesFirst < bodies / limits::kDictionarySamplesFirst)
      Due(site);
    return Ok();
  }
  SiteDictionary weighed = **record;
  if (weighed.dictionary != kept.dictionary) return Ok();  // packed before it was there
  weighed.raw_bytes += kept.raw_bytes;
  weighed.packed_bytes += kept.packed_bytes;
  PutRecord(batch, Family::kDictionaries, key, weighed);
  if (weighed.packed_bytes > weighed.raw_bytes * weighed.promised / kMillion + kLossMax) Due(site);
  return Ok();
}

void Learner::SiteRead(std::string_view site) {
  const auto found = untaught_.find(site);
  if (found == untaught_.end()) return;
  if (found->second >= limits::kDictionarySamplesMin) Due(site);
  untaught_.erase(found);
}

// ---- one at a time ----------------------------------------------------------------

Status Learner::Take() {
  const Lesson lesson = lesson_.get();
  if (!lesson.enough) return Ok();
  const std::string key = SiteDictionaryKey(lesson.site);
  Batch batch(database_);
  const auto record = GetRecord<SiteDictionary>(batch, Family::kDictionaries, key);
  if (!record) return record.error();
  SiteDictionary site{.promised = lesson.promised};
  if (*record) site.dictionary = (*record)->dictionary;
  if (!lesson.bytes.empty()) {
    site.dictionary = Sha256(lesson.bytes);
    PutRecord(batch, Family::kDictionaries, DictionaryKey(site.dictionary.view()), lesson.packed);
  }
  PutRecord(batch, Family::kDictionaries, key, site);
  for (const auto& [digest, packed] : lesson.repacked) {
    const Result<bool> there = batch.Has(Family::kBlobs, digest.view());
    if (!there) return there.error();
    const Result<bool> stands = Stands(batch, packed);
    if (!stands) return stands.error();
    if (*there && *stands) PutRecord(batch, Family::kBlobs, digest.view(), packed);
  }
  untaught_.erase(lesson.site);
  if (Status put = batch.Commit(); !put) return put;
  snapshots_.Leave(lesson.site);  // its pages are packed with the new one from now on
  return Ok();
}

Status Learner::Tend() {
  if (lesson_.valid()) {
    if (lesson_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return Ok();
    if (Status taken = Take(); !taken) return taken;
  }
  if (due_.empty()) return Ok();
  try {
    lesson_ = std::async(std::launch::async, [this, site = due_.front()] {
      return Learn(database_, snapshots_, site);
    });
    learning_ = std::move(due_.front());
    due_.pop_front();
  } catch (const std::system_error&) {
    // No thread is to be had now; the site stays due.
  }
  return Ok();
}

Status Learner::Settle() {
  const auto until = std::chrono::steady_clock::now() + kSettleFor;
  while (std::chrono::steady_clock::now() < until) {
    if (Status tended = Tend(); !tended) return tended;
    if (!lesson_.valid()) return Ok();
    lesson_.wait();
  }
  due_.clear();  // sites that are learnt from when more of their pages are new
  return Ok();
}

}  // namespace xuncha
