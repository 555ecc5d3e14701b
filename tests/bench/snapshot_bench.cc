// What the nights of a template site take, and cost: pages of one site with a token,
// a counter and a clock each, read, judged and kept by the real stages and the real
// store. Sizes are exact and the same on every machine; times are not. Prints;
// asserts nothing.
//
//   snapshot_bench DIRECTORY [pages] [nights]
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "crawler/audit.h"
#include "crawler/registry.h"
#include "rules/loader.h"
#include "store/snapshots.h"
#include "store/store.h"
#include "tests/bench/template_site.h"

namespace xuncha {
namespace {

constexpr Millis kNight = 86'400'000;
constexpr Millis kBegin = 1'790'000'000'000;
constexpr int kBatch = 64;  // as many pages as an audit commits at once

double CpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double WallMicros() {
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

template <class T>
T Must(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().text.c_str());
  CHECK(result.ok());
  return std::move(*result);
}

// A member of a WARC with one record a member, in the size it has with gzip -6.
size_t WarcBytes(const std::string& url, const std::string& body) {
  const std::string http = fmt::format(
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
      body.size());
  std::string record = fmt::format(
      "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{}>\r\nWARC-Date: "
      "2026-11-22T02:00:00Z\r\nWARC-Target-URI: {}\r\nWARC-Payload-Digest: sha256:{}\r\n"
      "Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
      Sha256(url).hex().substr(0, 36), url, Sha256(body).hex(), http.size() + body.size());
  record += http + body + "\r\n\r\n";
  z_stream stream = {};
  CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, record.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(record.data());
  stream.avail_in = static_cast<uInt>(record.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  const size_t size = stream.total_out;
  deflateEnd(&stream);
  return size;
}

// Bytes of the records of bodies, texts and dictionaries.
uint64_t KeptBytes(const Store& store) {
  const StoreReport report = Must(store.Check({}));
  CHECK(report.whole());
  uint64_t bytes = 0;
  for (const StoreReport::FamilyCount& family : report.families) {
    if (family.name == "blobs" || family.name == "dictionaries") bytes += family.bytes;
  }
  return bytes;
}

struct Costs {
  double all = 0, keeping = 0;  // CPU microseconds in workers
  double commit = 0;            // and in the main thread
  uint64_t pages = 0;
};

class Bench {
 public:
  Bench(const std::string& directory, int pages)
      : pages_(pages),
        directory_(directory),
        rules_(LoadPacks()),
        matcher_(Must(Matcher::Build(rules_, {}))),
        judge_(rules_),
        scratch_(Must(matcher_->NewScratch())),
        store_(Must(Store::Open({.directory = directory + "/store", .create = true}))) {
    Site site;
    site.id = "www.example.edu.cn";
    site.address = "http://www.example.edu.cn/";
    registry_ = std::make_unique<Registry>(std::vector<Site>{site});
    CHECK(store_->ReplaceSites({*registry_->sites()[0]}).ok());
  }

  Costs Night(int night) {
    const Site& site = *registry_->sites()[0];
    const Millis now = kBegin + night * kNight;
    const Run run = Must(store_->BeginRun(rules_.digest, Sha256("bench"), now)).run;
    const Lease lease = Must(store_->ledger().Acquire(site.id, run.id, now, kNight));
    const Stages bare{rules_, *matcher_, judge_};
    const Stages keeping{rules_, *matcher_, judge_, &store_->snapshots()};
    Costs costs;
    for (int from = 0; from < pages_; from += kBatch) {
      std::vector<Page> batch;
      for (int i = from; i < std::min(from + kBatch, pages_); ++i) {
        // The same page twice, with keeping and without: in turn first, so that neither has
        // the warmer cache.
        double with = 0, without = 0;
        for (const bool keeps : {i % 2 == 0, i % 2 != 0}) {
          Page page = Fetch(site, i, night, now);
          page.dictionary = store_->snapshots().DictionaryOf(site.id);
          const double begin = CpuMicros();
          Examine(page, keeps ? keeping : bare, scratch_);
          (keeps ? with : without) = CpuMicros() - begin;
          if (keeps) batch.push_back(std::move(page));
        }
        costs.all += with;
        costs.keeping += with - without;
        ++costs.pages;
      }
      std::vector<DonePage> done;
      for (const Page& page : batch) done.push_back({.page = &page});
      const double begin = CpuMicros();
      Must(store_->ledger().Commit(lease, done, now));
      costs.commit += CpuMicros() - begin;
      AwaitDictionary(lease, site, from + kBatch, now);
    }
    CHECK(store_->ledger().Release(lease, true).ok());
    Run ended = run;
    ended.ended = now + 1;
    CHECK(store_->EndRun(ended).ok());
    return costs;
  }

  uint64_t kept() const { return KeptBytes(*store_); }
  std::string Body(int page, int night) const { return look_.Page(page, night); }

  // One version after the other, at random, against the same bodies as plain values.
  void MeasureReading(int nights) {
    rocksdb::DB* opened = nullptr;
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    CHECK(rocksdb::DB::Open(options, directory_ + "/plain", &opened).ok());
    const std::unique_ptr<rocksdb::DB> plain(opened);
    std::vector<Digest> digests;
    for (int night = 0; night < nights; ++night) {
      rocksdb::WriteBatch writes;
      for (int page = 0; page < pages_; ++page) {
        const std::string body = Body(page, night);
        digests.push_back(Sha256(body));
        CHECK(writes.Put(digests.back().hex(), body).ok());
      }
      CHECK(plain->Write(rocksdb::WriteOptions(), &writes).ok());
    }
    CHECK(plain->Flush(rocksdb::FlushOptions()).ok());
    std::mt19937 random(11);
    std::shuffle(digests.begin(), digests.end(), random);
    const auto measure = [&digests](const auto& read) {
      for (size_t i = 0; i < digests.size(); i += 4) read(digests[i]);  // warm
      std::vector<double> times;
      for (const Digest& digest : digests) {
        const double begin = WallMicros();
        read(digest);
        times.push_back(WallMicros() - begin);
      }
      std::sort(times.begin(), times.end());
      return times;
    };
    std::string value;
    const std::vector<double> bare = measure([&](const Digest& digest) {
      CHECK(plain->Get(rocksdb::ReadOptions(), digest.hex(), &value).ok());
    });
    const std::vector<double> ours =
        measure([&](const Digest& digest) { value = Must(store_->blobs().Get(digest)); });
    const double median = ours[ours.size() / 2], p99 = ours[ours.size() * 99 / 100];
    std::printf(
        "any version, read and hashed, us: median %.0f, p99 %.0f, worst %.0f (p99 / median %.1f, "
        "goal 10)\na plain RocksDB get of the same bytes: median %.0f (ours / plain %.1f, goal "
        "10)\n",
        median, p99, ours.back(), p99 / median, bare[bare.size() / 2],
        median / bare[bare.size() / 2]);
  }

 private:
  static RuleSet LoadPacks() {
    LoadReport report;
    return Must(LoadRules(BuiltinPacks(), &report));
  }

  // A crawl takes a second for each page, and has the dictionary before its next batch.
  void AwaitDictionary(const Lease& lease, const Site& site, int pages, Millis now) {
    while (pages >= static_cast<int>(limits::kDictionarySamplesFirst) &&
           store_->snapshots().DictionaryOf(site.id) == nullptr) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      Must(store_->ledger().Commit(lease, {}, now));
    }
  }

  Page Fetch(const Site& site, int i, int night, Millis now) const {
    const std::string text = TemplateSite::Url(i);
    const Url url = Must(Url::Parse(text));
    UrlState known;
    if (auto state = Must(store_->UrlOf(site.id, text))) known = std::move(*state);
    Refusal refusal = Refusal::kNone;
    Page page;
    page.permit = registry_->Allow(site, url, std::move(known), false, 0, &refusal);
    CHECK(page.permit.valid());
    page.response.started = now;
    page.response.status = 200;
    page.response.headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
    page.response.content_type = "text/html; charset=utf-8";
    page.response.body = Body(i, night);
    page.response.final_url = url;
    return page;
  }

  const int pages_;
  const std::string directory_;
  const TemplateSite look_;
  const RuleSet rules_;
  const std::unique_ptr<Matcher> matcher_;
  const Judge judge_;
  Matcher::Scratch scratch_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Store> store_;
};

int Main(const std::string& directory, int pages, int nights) {
  Bench bench(directory, pages);
  uint64_t raw = 0, warc_first = 0, warc = 0;
  Costs first, later;
  uint64_t kept_first = 0;
  for (int night = 0; night < nights; ++night) {
    const Costs costs = bench.Night(night);
    Costs& sum = night == 0 ? first : later;
    sum.all += costs.all;
    sum.keeping += costs.keeping;
    sum.commit += costs.commit;
    sum.pages += costs.pages;
    if (night == 0) kept_first = bench.kept();
    for (int page = 0; page < pages; ++page) {
      const std::string body = bench.Body(page, night);
      raw += body.size();
      (night == 0 ? warc_first : warc) += WarcBytes(TemplateSite::Url(page), body);
    }
  }
  const auto each = [](double bytes, double count) { return bytes / count / 1e3; };
  const double later_pages = static_cast<double>(later.pages);
  const double kept = each(static_cast<double>(bench.kept() - kept_first), later_pages);
  const double archived = each(static_cast<double>(warc), later_pages);
  std::printf("%d pages of %.1f KB, %d nights; MB per 1000 pages:\n", pages,
              static_cast<double>(raw) / 1e3 / (pages * nights), nights);
  std::printf("first visit, bodies and texts, %.2f (goal 2.5; a WARC of gzip members %.2f)\n",
              each(static_cast<double>(kept_first), pages),
              each(static_cast<double>(warc_first), pages));
  std::printf("a night, bodies and texts,     %.3f (goal 0.4; WARC %.2f, ratio %.0f, goal 10)\n",
              kept, archived, archived / kept);
  for (const auto& [name, costs] : {std::pair{"first visit", first}, std::pair{"a night", later}}) {
    const auto count = static_cast<double>(costs.pages);
    std::printf(
        "%s, CPU us a page: reading, matching, judging and packing %.0f, of that packing %.0f: "
        "%.1f %% (goal 15); commit %.0f\n",
        name, costs.all / count, costs.keeping / count, 100 * costs.keeping / costs.all,
        costs.commit / count);
  }
  bench.MeasureReading(nights);
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: snapshot_bench DIRECTORY [pages] [nights]\n");
    return 2;
  }
  if (std::filesystem::exists(std::string(argv[1]) + "/store")) {
    std::fprintf(stderr, "%s holds a store already; name a new directory\n", argv[1]);
    return 2;
  }
  return xuncha::Main(argv[1], argc > 2 ? std::atoi(argv[2]) : 250,
                      argc > 3 ? std::atoi(argv[3]) : 30);
}
