// Bodies kept as differences: what comes out is what went in, it takes as little as
// promised, and damage anywhere on the way is noticed.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

#include "base/limits.h"
#include "store/keys.h"
#include "store/learner.h"
#include "store/records.h"
#include "tests/bench/template_site.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr size_t kColumnBytes = 2'000;

// Words without markup, and a column of numbers that is the same for all pages.
std::string TextOf(std::string_view page) {
  std::string text;
  bool words = false;
  for (const char c : page) {
    if (words && c != '<') text += c;
    words = c == '>' || (words && c != '<');
  }
  std::mt19937 random(3);
  for (size_t i = 0; i < kColumnBytes; ++i) text += static_cast<char>(random());
  return text;
}

// A database without the store around it.
class ChainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ =
        Must(Database::Open({.directory = directory_.path(), .create = true, .memory = 8 << 20}));
    snapshots_ = std::make_unique<Snapshots>(*database_);
  }

  // Keeps the body as the crawl would, the version before being `before`.
  Digest Keep(std::string_view raw, const Digest& before, const Dictionary* dictionary = nullptr) {
    const Digest digest = Sha256(raw);
    return Keep({.digest = digest, .raw = raw, .before = before, .dictionary = dictionary});
  }
  Digest Keep(const Snapshots::ToPack& body) {
    const std::string packed = snapshots_->Pack(body).record;
    Batch batch(*database_);
    EXPECT_TRUE(KeepBody(batch, {.digest = body.digest, .raw = body.raw, .packed = packed}).ok());
    Must(batch.Commit());
    return body.digest;
  }
  // What was read from a body, kept beside it.
  Digest KeepText(std::string_view text, const std::string& page, const Dictionary* dictionary,
                  const Digest& before = {}) {
    const DeltaBase kept{.digest = Sha256(page), .raw = page, .depth = Blob(Sha256(page)).depth};
    return Keep({.digest = Sha256(text),
                 .raw = text,
                 .before = before,
                 .dictionary = dictionary,
                 .page = &kept});
  }

  PackedBlob Blob(const Digest& digest) const {
    return *Must(GetRecord<PackedBlob>(*database_, Family::kBlobs, digest.view()));
  }
  void Write(const Digest& digest, const PackedBlob& blob) {
    Batch batch(*database_);
    PutRecord(batch, Family::kBlobs, digest.view(), blob);
    Must(batch.Commit());
  }
  void Remove(const Digest& digest) {
    Batch batch(*database_);
    batch.Delete(Family::kBlobs, digest.view());
    Must(batch.Commit());
  }
  Digest PutDictionary(const std::string& bytes) {
    const Digest digest = Sha256(bytes);
    Batch batch(*database_);
    PutRecord(batch, Family::kDictionaries, DictionaryKey(digest.view()),
              PackWhole(bytes, nullptr));
    Must(batch.Commit());
    return digest;
  }

  // Versions of one page, each of them kept.
  std::vector<std::string> KeepVersions(int count, const Dictionary* dictionary = nullptr) {
    std::vector<std::string> versions;
    Digest before;
    for (int night = 0; night < count; ++night) {
      versions.push_back(site_.Page(1, night));
      before = Keep(versions.back(), before, dictionary);
    }
    return versions;
  }

  std::string Trained() const {
    std::vector<std::string> pages;
    for (int page = 100; page < 160; ++page) pages.push_back(site_.Page(page, 0));
    return TrainDictionary({pages.begin(), pages.end()}, TextOf(site_.Page(160, 0)));
  }

  const TemplateSite site_;
  TempDirectory directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Snapshots> snapshots_;
};

TEST_F(ChainTest, MakesEachSixteenthVersionWhole) {
  const std::vector<std::string> versions = KeepVersions(40);
  for (size_t i = 0; i < versions.size(); ++i) {
    const PackedBlob blob = Blob(Sha256(versions[i]));
    EXPECT_EQ(blob.depth, i % 16) << i;
    EXPECT_EQ(IsWhole(blob), i % 16 == 0) << i;
    EXPECT_LT(blob.data.size(), IsWhole(blob) ? 8'000u : 300u) << "a token, a counter and a clock";
    EXPECT_EQ(Must(snapshots_->Get(Sha256(versions[i]))), versions[i]);
  }
}

TEST_F(ChainTest, KeepsABodyOnceWhoeverShowsIt) {
  const std::string a = site_.Page(1, 0), b = site_.Page(1, 1);
  const Digest first = Keep(a, {});
  const Digest second = Keep(b, first);
  EXPECT_EQ(Keep(a, second), first)
      << "back to what it was: not a difference to its own difference";
  EXPECT_TRUE(IsWhole(Blob(first)));
  EXPECT_EQ(snapshots_->Pack({.digest = first, .raw = a, .before = second}).record, "");
}

TEST_F(ChainTest, PacksWholeWhatIsNoVersionOfTheBodyBefore) {
  const Digest page = Keep(site_.Page(1, 0), {});
  std::mt19937 random(7);
  std::string noise(20'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  struct Case {
    std::string_view why;
    std::string raw;
    Digest before;
    bool whole;
  };
  const Case kCases[] = {
      {"the same page, another token", site_.Page(1, 1), page, false},
      {"half of it new", site_.Page(1, 2).substr(0, 11'000) + noise.substr(0, 11'000), page, true},
      {"nothing of it old, and nothing to pack", noise, page, true},
      {"a body before that was never kept", site_.Page(1, 3), Sha256("never"), true},
      {"no body before", site_.Page(1, 4), {}, true},
      {"larger than a difference may be", std::string(limits::kDeltaBytesMax + 1, 'a'), page, true},
      {"one byte", "x", page, true},
  };
  for (const auto& [why, raw, before, whole] : kCases) {
    SCOPED_TRACE(why);
    const Digest digest = Keep(raw, before);
    EXPECT_EQ(IsWhole(Blob(digest)), whole);
    EXPECT_EQ(Must(snapshots_->Get(digest)), raw);
  }
  const Digest large = Sha256(kCases[5].raw);
  EXPECT_TRUE(IsWhole(Blob(Keep(site_.Page(1, 5), large)))) << "nor may the body before be larger";
}

TEST_F(ChainTest, KeepsWholeWhatAWorkerPackedAgainstABodyThatHasGone) {
  const std::string a = site_.Page(1, 0), b = site_.Page(1, 1);
  const Digest base = Keep(a, {});
  const std::string packed =
      snapshots_->Pack({.digest = Sha256(b), .raw = b, .before = base}).record;
  ASSERT_FALSE(IsWhole(Must(DecodeRecord<PackedBlob>(packed))));
  const auto commit = [&] {
    Batch batch(*database_);
    const auto kept = KeepBody(batch, {.digest = Sha256(b), .raw = b, .packed = packed});
    EXPECT_TRUE(kept.ok() && kept->has_value());
    Must(batch.Commit());
    return IsWhole(Blob(Sha256(b)));
  };
  EXPECT_FALSE(commit()) << "it is there";
  Remove(Sha256(b));
  Remove(base);
  EXPECT_TRUE(commit()) << "it was purged meanwhile";
  Remove(Sha256(b));
  // Purged, and kept anew further from a whole one than the worker knew.
  Digest before;
  for (int night = 5; night < 9; ++night) before = Keep(site_.Page(1, night), before);
  Keep(a, before);
  ASSERT_GT(Blob(base).depth, 1u);
  EXPECT_TRUE(commit()) << "a chain must come to an end";
  EXPECT_EQ(Must(snapshots_->Get(Sha256(b))), b);
}

TEST_F(ChainTest, ReadsAnyVersionInAnyOrder) {
  std::mt19937 random(20261122);
  const Dictionary dictionary(Trained());
  PutDictionary(Trained());
  std::vector<std::pair<Digest, std::string>> kept;
  std::vector<Digest> latest(6);
  for (int step = 0; step < 600; ++step) {
    const size_t url = random() % latest.size();
    std::string body;
    if (!kept.empty() && random() % 4 == 0) body = kept[random() % kept.size()].second;
    switch (random() % 6) {
      case 0:
        body = site_.Page(static_cast<int>(random() % 40), step);
        break;
      case 1:
        body = std::string(random() % 30'000, static_cast<char>(random()));
        break;
      case 2:
        body.resize(body.size() / 2);
        break;
      case 3:
        body += kept.empty() ? "x" : kept[random() % kept.size()].second.substr(0, 3'000);
        break;
      case 4:
        for (int i = 0; i < 50 && !body.empty(); ++i)
          body[random() % body.size()] = static_cast<char>(random());
        break;
      default:
        body.insert(body.size() / 3, fmt::format("<p>{}</p>", random()));
        break;
    }
    const Digest digest = Keep(body, latest[url], random() % 3 == 0 ? &dictionary : nullptr);
    latest[url] = digest;
    kept.emplace_back(digest, body);
    if (random() % 20 == 0) {
      Batch batch(*database_);
      Must(snapshots_->RewriteWhole(batch, kept[random() % kept.size()].first));
      Must(batch.Commit());
    }
  }
  std::shuffle(kept.begin(), kept.end(), random);
  size_t differences = 0;
  for (const auto& [digest, body] : kept) {
    ASSERT_EQ(Must(snapshots_->Get(digest)), body);
    differences += IsWhole(Blob(digest)) ? 0 : 1;
  }
  EXPECT_GT(differences, 100u);
}

// ---- texts ----------------------------------------------------------------------------

TEST_F(ChainTest, KeepsATextAsWhatItsPageAndTheSiteDoNotHold) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  PutDictionary(bytes);
  const std::string page = site_.Page(1, 0), text = TextOf(page);
  ASSERT_GT(text.size(), 8'000u);
  Keep(page, {}, &dictionary);
  const Digest digest = KeepText(text, page, &dictionary);
  EXPECT_EQ(Blob(digest).codec, kCodecText);
  EXPECT_EQ(Blob(digest).depth, 1u);
  EXPECT_LT(Blob(digest).data.size(), 600u);
  EXPECT_EQ(Must(snapshots_->Get(digest)), text);

  // The next night's is the difference to this one, as bodies are.
  const std::string later = site_.Page(1, 1), read = TextOf(later);
  Keep(later, Sha256(page), &dictionary);
  const Digest next = KeepText(read, later, &dictionary, digest);
  EXPECT_EQ(Blob(next).codec, kCodecDelta);
  EXPECT_EQ(Blob(next).base, digest);
  EXPECT_EQ(Must(snapshots_->Get(next)), read);

  // Without a dictionary the page alone stands before it, and helps with the words only.
  const std::string other = site_.Page(2, 0);
  Keep(other, {});
  std::string words = TextOf(other);
  words.resize(words.size() - kColumnBytes);
  const Digest alone = KeepText(words, other, nullptr);
  EXPECT_EQ(Blob(alone).codec, kCodecDelta);
  EXPECT_EQ(Must(snapshots_->Get(alone)), words);
}

TEST_F(ChainTest, ATextOutlivesItsPageAndIsKeptWholeWithoutIt) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  PutDictionary(bytes);
  const std::string page = site_.Page(1, 0), text = TextOf(page);
  Keep(page, {}, &dictionary);
  const Digest digest = KeepText(text, page, &dictionary);
  ASSERT_FALSE(IsWhole(Blob(digest)));
  {
    Batch batch(*database_);
    Must(snapshots_->RewriteWhole(batch, digest));
    batch.Delete(Family::kBlobs, Sha256(page).view());
    Must(batch.Commit());
  }
  EXPECT_TRUE(IsWhole(Blob(digest)));
  EXPECT_EQ(Must(snapshots_->Get(digest)), text);

  // What a worker packed against a page, or with a dictionary, that has gone since.
  for (const bool dictionary_goes : {false, true}) {
    const std::string other = site_.Page(dictionary_goes ? 3 : 2, 0), read = TextOf(other);
    const Digest body = Keep(other, {});
    const DeltaBase kept{.digest = body, .raw = other};
    const std::string packed =
        snapshots_
            ->Pack({.digest = Sha256(read), .raw = read, .dictionary = &dictionary, .page = &kept})
            .record;
    ASSERT_EQ(Must(DecodeRecord<PackedBlob>(packed)).codec, kCodecText);
    Batch batch(*database_);
    if (dictionary_goes) {
      batch.Delete(Family::kDictionaries, DictionaryKey(dictionary.digest().view()));
    } else {
      batch.Delete(Family::kBlobs, body.view());
    }
    Must(batch.Commit());
    Batch second(*database_);
    Must(KeepBody(second, {.digest = Sha256(read), .raw = read, .packed = packed}));
    Must(second.Commit());
    EXPECT_TRUE(IsWhole(Blob(Sha256(read))));
    EXPECT_EQ(Must(snapshots_->Get(Sha256(read))), read);
  }
}

TEST_F(ChainTest, NoticesWhateverATextHangsOn) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  PutDictionary(bytes);
  const std::string page = site_.Page(1, 0), text = TextOf(page);
  Keep(page, {}, &dictionary);
  const Digest digest = KeepText(text, page, &dictionary);
  const PackedBlob good = Blob(digest);
  struct Case {
    std::string_view why;
    std::function<void(PackedBlob&)> change;
  };
  const Case kCases[] = {
      {"another page", [&](PackedBlob& blob) { blob.base = Keep(site_.Page(2, 0), {}); }},
      {"no page", [](PackedBlob& blob) { blob.base = {}; }},
      {"itself", [&](PackedBlob& blob) { blob.base = digest; }},
      {"a dictionary that is not there", [](PackedBlob& blob) { blob.dictionary = Sha256("x"); }},
      {"no dictionary", [](PackedBlob& blob) { blob.dictionary = {}; }},
      {"another dictionary",
       [&](PackedBlob& blob) { blob.dictionary = PutDictionary("x" + bytes); }},
      {"a difference to the page alone", [](PackedBlob& blob) { blob.codec = kCodecDelta; }},
  };
  for (const auto& [why, change] : kCases) {
    SCOPED_TRACE(why);
    PackedBlob bad = good;
    change(bad);
    Write(digest, bad);
    const auto got = snapshots_->Get(digest);
    // "x" before a dictionary moves nothing at its end.
    if (why == "another dictionary") {
      EXPECT_TRUE(got.ok() && *got == text);
      continue;
    }
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, Code::kDamaged);
  }
}

// ---- damage ---------------------------------------------------------------------------

TEST_F(ChainTest, NoticesAChangedByteInAnyRecordOfTheChain) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  PutDictionary(bytes);
  const std::vector<std::string> versions = KeepVersions(16, &dictionary);
  const Digest last = Sha256(versions.back());
  ASSERT_EQ(Blob(last).depth, 15u);
  size_t tried = 0, noticed = 0;
  // Below the envelope's checksum, as a fault of memory before it was written would be.
  for (const std::string& version : versions) {
    const Digest digest = Sha256(version);
    const PackedBlob good = Blob(digest);
    for (size_t at = 0; at < good.data.size(); at += std::max<size_t>(good.data.size() / 7, 1)) {
      PackedBlob bad = good;
      bad.data[at] = static_cast<char>(bad.data[at] ^ 0x10);
      Write(digest, bad);
      const auto own = snapshots_->Get(digest);
      const auto behind = snapshots_->Get(last);
      // Right, if it is a byte that zstd does not read; else damaged. Never wrong.
      EXPECT_EQ(own.ok() ? *own : version, version);
      EXPECT_EQ(behind.ok() ? *behind : versions.back(), versions.back());
      EXPECT_EQ(own.ok() ? Code::kDamaged : own.error().code, Code::kDamaged);
      noticed += own.ok() ? 0 : 1;
      ++tried;
    }
    Write(digest, good);
  }
  EXPECT_EQ(Must(snapshots_->Get(last)), versions.back());
  EXPECT_GE(noticed * 10, tried * 9);
}

TEST_F(ChainTest, RefusesChainsNoProgramWrote) {
  const std::string a = site_.Page(1, 0), b = site_.Page(1, 1), c = site_.Page(1, 2);
  const Digest one = Keep(a, {}), two = Keep(b, one), three = Keep(c, two);
  const PackedBlob good = Blob(two);
  struct Case {
    std::string_view why;
    std::function<void(PackedBlob&)> change;
    std::string_view says;
  };
  const Case kCases[] = {
      {"names itself", [&](PackedBlob& blob) { blob.base = two; }, "does not come to an end"},
      {"a circle of two", [&](PackedBlob& blob) { blob.base = three; }, "does not come to an end"},
      {"deeper than any", [](PackedBlob& blob) { blob.depth = 16; }, "of that depth"},
      {"no depth", [](PackedBlob& blob) { blob.depth = 0; }, "of that depth"},
      {"no body", [](PackedBlob& blob) { blob.base = {}; }, "names no body"},
      {"a body that is not there", [](PackedBlob& blob) { blob.base = Sha256("x"); }, "not there"},
      {"the wrong body", [&](PackedBlob& blob) { blob.base = Keep(site_.Page(2, 0), {}); }, ""},
      {"a length it has not", [](PackedBlob& blob) { ++blob.raw_bytes; }, "instead of"},
  };
  int night = 50;
  for (const auto& [why, change, says] : kCases) {
    SCOPED_TRACE(why);
    PackedBlob bad = good;
    change(bad);
    Write(two, bad);
    const auto got = snapshots_->Get(two);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, Code::kDamaged);
    EXPECT_NE(got.error().text.find(says), std::string::npos) << got.error().text;
    EXPECT_FALSE(snapshots_->Get(three).ok()) << "what hangs on it";
    EXPECT_EQ(Must(snapshots_->Get(one)), a) << "what it hangs on stands";
    // What comes next is kept whole, and read.
    const std::string next = site_.Page(1, ++night);
    EXPECT_EQ(Must(snapshots_->Get(Keep(next, three))), next);
  }
}

TEST_F(ChainTest, RefusesABombBehindADifference) {
  const Digest one = Keep(site_.Page(1, 0), {});
  const Digest two = Keep(site_.Page(1, 1), one);
  PackedBlob bomb = Blob(one);
  bomb.raw_bytes = limits::kDeltaBytesMax + 1;
  Write(one, bomb);
  EXPECT_EQ(snapshots_->Get(two).error().code, Code::kDamaged);
  bomb.raw_bytes = limits::kBlobBytesMax + 1;
  Write(one, bomb);
  EXPECT_EQ(snapshots_->Get(one).error().code, Code::kLimit);
}

TEST_F(ChainTest, SaysWhichDictionaryIsMissing) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  const std::string early = site_.Page(2, 0);
  EXPECT_EQ(Blob(Keep(early, {}, &dictionary)).codec, kCodecZstd)
      << "nor is it named where it is not";
  PutDictionary(bytes);
  const Digest digest = Keep(site_.Page(1, 0), {}, &dictionary);
  ASSERT_EQ(Blob(digest).codec, kCodecDictionary);
  {
    Batch batch(*database_);
    batch.Delete(Family::kDictionaries, DictionaryKey(dictionary.digest().view()));
    Must(batch.Commit());
  }
  const auto got = snapshots_->Get(digest);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::kDamaged);
  EXPECT_NE(got.error().text.find(dictionary.digest().hex()), std::string::npos);
  PutDictionary(bytes);
  EXPECT_EQ(Must(snapshots_->Get(digest)), site_.Page(1, 0));
}

// ---- removal --------------------------------------------------------------------------

TEST_F(ChainTest, RewritesWholeWhatHungOnWhatGoes) {
  const std::string bytes = Trained();
  const Dictionary dictionary(bytes);
  const Digest used = PutDictionary(bytes);
  const std::vector<std::string> versions = KeepVersions(10, &dictionary);
  // All but 3, 4 and 7 go: 3 and 7 are differences to what goes, 4 is one to 3.
  Batch batch(*database_);
  for (const size_t i : {3, 7}) Must(snapshots_->RewriteWhole(batch, Sha256(versions[i])));
  for (const size_t i : {0, 1, 2, 5, 6, 8, 9})
    batch.Delete(Family::kBlobs, Sha256(versions[i]).view());
  Must(batch.Commit());
  for (const size_t i : {3, 4, 7})
    EXPECT_EQ(Must(snapshots_->Get(Sha256(versions[i]))), versions[i]);
  EXPECT_EQ(Blob(Sha256(versions[3])).dictionary, used);
  EXPECT_FALSE(IsWhole(Blob(Sha256(versions[4])))) << "it hangs on one that is kept";
  EXPECT_EQ(snapshots_->Get(Sha256(versions[0])).error().code, Code::kNotFound);
}

// ---- a site's nights --------------------------------------------------------------------

class SiteNightsTest : public ::testing::Test {
 protected:
  static constexpr Millis kNight = 86'400'000;

  void SetUp() override {
    store_ = Must(OpenStore(directory_.path()));
    Must(store_->ReplaceSites({site_}));
  }

  // A whole site's night through the ledger, packed as workers pack it.
  // Page `i` shows the article `i + shift`.
  void Night(int pages, int night, const TemplateSite& look, int shift = 0) {
    now_ += kNight;
    const auto run = Must(store_->BeginRun(Sha256("rules"), Sha256("config"), now_));
    const Lease lease = Must(store_->ledger().Acquire(site_.id, run.run.id, now_, kNight));
    for (int from = 0; from < pages; from += 64) {
      std::vector<Page> batch;
      for (int i = from; i < std::min(from + 64, pages); ++i)
        batch.push_back(Read(i, shift, night, look));
      std::vector<DonePage> done;
      for (const Page& page : batch) done.push_back({.page = &page});
      Must(store_->ledger().Commit(lease, done, now_));
    }
    Must(store_->ledger().Release(lease, true));
    xuncha::Run ended = run.run;
    ended.ended = now_ + 1;
    Must(store_->EndRun(ended));
  }

  Page Read(int i, int shift, int night, const TemplateSite& look) {
    const std::string url = TemplateSite::Url(i);
    Page page = MakePage(site_, url, look.Page(i + shift, night), now_);
    const auto known = Must(store_->UrlOf(site_.id, url));
    page.dictionary = store_->snapshots().DictionaryOf(site_.id);
    page.packed_body = store_->snapshots()
                           .Pack({.digest = page.body_digest,
                                  .raw = page.response.body,
                                  .before = known ? known->body : Digest{},
                                  .dictionary = page.dictionary.get()})
                           .record;
    if (!texts_) return page;
    page.text = TextOf(page.response.body);
    page.text_digest = Sha256(page.text);
    const DeltaBase body{.digest = page.body_digest, .raw = page.response.body};
    page.packed_text = store_->snapshots()
                           .Pack({.digest = page.text_digest,
                                  .raw = page.text,
                                  .before = known ? known->text : Digest{},
                                  .dictionary = page.dictionary.get(),
                                  .page = &body})
                           .record;
    return page;
  }

  struct Kept {
    uint64_t bytes = 0;
    uint64_t blobs = 0;
    uint64_t dictionaries = 0;
  };
  Kept Size() const {
    const StoreReport report = Must(store_->Check({}));
    EXPECT_TRUE(report.whole());
    Kept kept;
    for (const StoreReport::FamilyCount& family : report.families) {
      if (family.name == "blobs") kept.blobs = family.records;
      if (family.name == "dictionaries") kept.dictionaries = family.records;
      if (family.name == "blobs" || family.name == "dictionaries") kept.bytes += family.bytes;
    }
    return kept;
  }

  bool texts_ = false;  // whether pages have any
  const Site site_ = MakeSite("www.example.edu.cn");
  Millis now_ = 1'790'000'000'000;
  TempDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(SiteNightsTest, TakeAsLittleAsPromised) {
  constexpr int kPages = 120, kNights = 17;
  const TemplateSite look;
  Night(kPages, 0, look);
  const Kept first = Size();
  EXPECT_EQ(first.dictionaries, 2u) << "one, and the site's word which";
  EXPECT_LE(static_cast<double>(first.bytes) / kPages, 2500.0) << "MB per 1000 pages, first visit";
  for (int night = 1; night < kNights; ++night) Night(kPages, night, look);
  const Kept all = Size();
  EXPECT_EQ(all.blobs, static_cast<uint64_t>(kPages * kNights));
  EXPECT_LE(static_cast<double>(all.bytes - first.bytes) / (kPages * (kNights - 1)), 400.0)
      << "MB per 1000 pages and night, one whole version in sixteen nights included";
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    const std::string body =
        look.Page(static_cast<int>(random() % kPages), static_cast<int>(random() % kNights));
    ASSERT_EQ(Must(store_->blobs().Get(Sha256(body))), body);
  }
}

TEST_F(SiteNightsTest, PackTheFirstTextsAgainWhenTheSiteIsLearnt) {
  texts_ = true;
  constexpr int kPages = 60;
  const TemplateSite look;
  Night(kPages, 0, look);
  ASSERT_EQ(Size().dictionaries, 2u);
  const Snapshots::Composition all = Must(store_->snapshots().Compose(1'000));
  EXPECT_EQ(all.with_dictionary.bodies, static_cast<uint64_t>(kPages));
  EXPECT_EQ(all.differences.bodies, static_cast<uint64_t>(kPages)) << "to their pages";
  // 2 000 bytes of each are in no page, and in every text.
  EXPECT_LE(all.differences.bytes / kPages, 700u);
  for (int i = 0; i < kPages; ++i) {
    const std::string text = TextOf(look.Page(i, 0));
    ASSERT_EQ(Must(store_->blobs().Get(Sha256(text))), text);
  }
}

TEST_F(SiteNightsTest, GiveATinySiteNoDictionary) {
  Night(31, 0, TemplateSite());
  EXPECT_EQ(Size().dictionaries, 0u);
}

TEST_F(SiteNightsTest, LearnAnewWhenTheDesignChanges) {
  constexpr int kPages = 150;
  Night(kPages, 0, TemplateSite(0));
  const auto old = store_->snapshots().DictionaryOf(site_.id);
  ASSERT_NE(old, nullptr);
  const Digest was = old->digest();
  Night(kPages, 1, TemplateSite(0));
  ASSERT_EQ(store_->snapshots().DictionaryOf(site_.id)->digest(), was) << "it pays";
  // New articles in a new design: kept whole, with a dictionary of the old one.
  int nights = 1;
  while (nights < 12 && store_->snapshots().DictionaryOf(site_.id)->digest() == was) {
    ++nights;
    Night(kPages, nights, TemplateSite(1), 1'000 * nights);
  }
  EXPECT_LT(nights, 12);
  EXPECT_GE(Size().dictionaries, 3u) << "what was packed with the old one needs it";
  const std::string first = TemplateSite(0).Page(7, 0);
  EXPECT_EQ(Must(store_->blobs().Get(Sha256(first))), first);
}

TEST_F(SiteNightsTest, KeepNoDictionaryThatSavesNothing) {
  now_ += kNight;
  const auto run = Must(store_->BeginRun(Sha256("rules"), Sha256("config"), now_));
  const Lease lease = Must(store_->ledger().Acquire(site_.id, run.run.id, now_, kNight));
  std::mt19937 random(5);
  for (int i = 0; i < 40; ++i) {
    std::string text;  // letters at random: nothing in common but the alphabet
    for (int k = 0; k < 4'000; ++k) text.push_back(static_cast<char>('a' + random() % 26));
    const Page page = MakePage(site_, TemplateSite::Url(i), text, now_);
    Must(store_->ledger().Commit(lease, {{.page = &page}}, now_));
  }
  Must(store_->ledger().Release(lease, true));
  xuncha::Run ended = run.run;
  ended.ended = now_ + 1;
  Must(store_->EndRun(ended));
  EXPECT_EQ(store_->snapshots().DictionaryOf(site_.id), nullptr);
  EXPECT_EQ(Size().dictionaries, 1u) << "that one was tried is on record";
}

TEST_F(SiteNightsTest, TellACheckWhatHangsOnWhatIsMissing) {
  for (int night = 0; night < 4; ++night) Night(40, night, TemplateSite());
  const Digest base = Sha256(TemplateSite().Page(3, 1));
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory_.path(), .memory = 8 << 20}));
    Batch batch(*database);
    batch.Delete(Family::kBlobs, base.view());
    Must(batch.Commit());
  }
  store_ = Must(OpenStore(directory_.path()));
  const StoreReport report = Must(store_->Check({}));
  EXPECT_FALSE(report.whole());
  // The two versions behind it, and the observation of the one itself.
  EXPECT_EQ(report.damaged, 3u);
  EXPECT_EQ(report.bodies, 40u * 4 - 3) << "all others stand";
  EXPECT_NE(report.faults.at(0).text.find(base.hex()), std::string::npos) << report.faults[0].text;
}

}  // namespace
}  // namespace xuncha::testing_support
