// rescan_bench holds what a rescan does with the kept text of a page against two
// references, each page in turn, CPU time of one thread, medians:
//
//   bare      Match alone, of the same page as Extract left it in memory
//   again     the stored body unpacked, and Extract, Match and Judge, as a night does it
//
// and says what keeping texts costs: its share of the time a page takes, and bytes
// for each page beside those of the body. Prints ratios; asserts nothing.
//
//   rescan_bench [DIR]    every file of DIR is a page; without, generated pages of a
//                         campus site of some 20 KB, and the sample sites
//
// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>

#include "bench_text.h"
#include "crawler/extract.h"
#include "crawler/registry.h"
#include "crawler/rescan.h"
#include "rules/loader.h"
#include "store/codec.h"
#include "store/page_text.h"

namespace xuncha {
namespace {

constexpr int kRounds = 9;

std::string Marked(std::mt19937& random, int number) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>第 {} 号通知-某学院</title>\n"
      "<link rel=\"stylesheet\" href=\"/css/style.css\"><script "
      "src=\"/js/jquery.min.js\"></script>\n"
      "<style>.nav li{{float:left}}.sub{{display:none}}</style></head><body>\n<div "
      "class=\"nav\"><ul>",
      number);
  for (int i = 0; i < 12; ++i) {
    html +=
        fmt::format("<li class=\"m\"><a href=\"/list/{}.htm\">栏目名称</a><ul class=\"sub\">", i);
    for (int k = 0; k < 4; ++k)
      html += fmt::format("<li><a href=\"/list/{}/{}.htm\">二级栏目</a></li>", i, k);
    html += "</ul></li>\n";
  }
  html += "</ul></div><div id=\"content\">\n";
  const std::string text = MakePage(random);
  for (const std::string_view line : Split(text.substr(0, 9'000), '\n'))
    html += fmt::format("<p class=\"para\"><span style=\"font-size:14px\">{}</span></p>\n", line);
  for (int k = 0; k < 20; ++k) {
    html += fmt::format(
        "<li><a href=\"/news/{0}.html\" title=\"第 {0} 条\">第 {0} 条新闻</a><span>2026-0{1}-1{1}"
        "</span></li>\n",
        number * 20 + k, k % 9);
  }
  return html + "</div></body></html>\n";
}

std::vector<std::string> Files(const std::string& directory) {
  std::vector<std::string> bodies;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    Result<std::string> body = ReadFile(entry.path().string(), 8 << 20);
    if (body) bodies.push_back(std::move(*body));
  }
  return bodies;
}

struct Sample {
  std::string body, text;
  PackedBlob packed_body;
  size_t text_bytes = 0;
  Page page;  // as Extract left it
};

double Median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

class Bench {
 public:
  Bench() {
    LoadReport report;
    Result<RuleSet> rules = LoadRules(BuiltinPacks(), &report);
    if (!rules) Fail(rules.error().text);
    rules_ = std::move(*rules);
    Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(rules_, {});
    if (!matcher) Fail(matcher.error().text);
    matcher_ = std::move(*matcher);
    judge_ = std::make_unique<Judge>(rules_);
    Result<Matcher::Scratch> scratch = matcher_->NewScratch();
    if (!scratch) Fail(scratch.error().text);
    scratch_ = std::move(*scratch);
  }

  void Run(std::string_view name, const std::vector<std::string>& bodies) {
    std::vector<Sample> samples;
    for (const std::string& body : bodies) {
      Sample sample{.body = body, .packed_body = PackWhole(body, nullptr)};
      sample.page = Fresh(samples.size());
      sample.page.response.body = body;
      Extract(sample.page);
      if (sample.page.checked == Checked::kFailed) continue;
      sample.text = EncodeText(sample.page.document);
      sample.text_bytes = sample.page.document.text.size();
      samples.push_back(std::move(sample));
    }
    if (samples.empty()) Fail("no pages");
    double bare = 0, rescan = 0, again = 0, keep = 0, night = 0;
    uint64_t text = 0, body = 0, packed_text = 0, packed_body = 0;
    for (Sample& sample : samples) {
      std::vector<double> bares, rescans, agains, keeps, nights;
      const PackedBlob packed = PackWhole(sample.text, nullptr);
      for (int round = 0; round < kRounds; ++round) {
        bares.push_back(Time([&] { matcher_->Match(sample.page, scratch_); }));
        rescans.push_back(Time([&] {
          Page page{.permit = sample.page.permit};
          page.text = Unpacked(packed);
          ExamineTexts(page, {rules_, *matcher_, *judge_}, scratch_);
        }));
        Page page = Fresh(0);
        page.permit = sample.page.permit;
        const double unpack = Time([&] { page.response.body = Unpacked(sample.packed_body); });
        const double read = Time([&] {
          Extract(page);
          matcher_->Match(page, scratch_);
          judge_->Decide(page);
        });
        agains.push_back(unpack + read);
        nights.push_back(read + Time([&] { PackBody(page.response.body); }));
        keeps.push_back(Time([&] {
          const std::string kept = EncodeText(page.document);
          Sha256(kept);
          PackBody(kept);
        }));
      }
      bare += Median(bares);
      rescan += Median(rescans);
      again += Median(agains);
      keep += Median(keeps);
      night += Median(nights);
      text += sample.text_bytes;
      body += sample.body.size();
      packed_text += packed.data.size();
      packed_body += sample.packed_body.data.size();
    }
    const auto pages = static_cast<double>(samples.size());
    const auto each = [pages](uint64_t bytes) { return static_cast<double>(bytes) / pages; };
    fmt::print("{}: {} pages of {:.0f} bytes, {:.0f} of text\n", name, samples.size(), each(body),
               each(text));
    fmt::print(
        "  rescan_speed_to_bare_match  {:.2f}  ({:.1f} of {:.1f} MB of text a second; goal 0.5)\n",
        bare / rescan, static_cast<double>(text) / rescan / 1e6,
        static_cast<double>(text) / bare / 1e6);
    fmt::print("  rescan_speed_to_parsing     {:.1f}  ({:.0f} against {:.0f} µs a page; goal 20)\n",
               again / rescan, rescan * 1e6 / pages, again * 1e6 / pages);
    fmt::print("  most_that_could_be          {:.1f}  (parsing to bare matching)\n", again / bare);
    fmt::print("  keeping_to_reading          {:.3f}  ({:.0f} of {:.0f} µs a page)\n", keep / night,
               keep * 1e6 / pages, night * 1e6 / pages);
    fmt::print(
        "  text_bytes_to_body_bytes    {:.2f}  ({:.0f} of {:.0f} bytes a page, both packed "
        "alone)\n",
        each(packed_text) / each(packed_body), each(packed_text), each(packed_body));
  }

 private:
  Page Fresh(size_t number) const {
    Page page;
    const Result<Url> url = Url::Parse(fmt::format("http://www.yunxi.test/n/{}.html", number));
    if (!url) Fail(url.error().text);
    page.permit = registry_.Allow(*registry_.sites()[0], *url, {}, false, 0, nullptr);
    page.response.final_url = *url;
    return page;
  }

  static std::string Unpacked(const PackedBlob& packed) {
    Result<std::string> body = UnpackBody(packed, {});
    if (!body) Fail(body.error().text);
    return std::move(*body);
  }

  template <class Work>
  static double Time(const Work& work) {
    const double start = CpuSeconds();
    work();
    return CpuSeconds() - start;
  }

  const Registry registry_{{Site{.name = "测试网站", .address = "http://www.yunxi.test/"}}};
  RuleSet rules_;
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<Judge> judge_;
  Matcher::Scratch scratch_;
};

int Main(int argc, char** argv) {
  Bench bench;
  if (argc > 1) {
    bench.Run(argv[1], Files(argv[1]));
    return 0;
  }
  std::mt19937 random(1);
  std::vector<std::string> pages;
  for (int i = 0; i < 64; ++i) pages.push_back(Marked(random, i));
  bench.Run("generated", pages);
  bench.Run("sample sites", Files("tests/sites"));
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) { return xuncha::Main(argc, argv); }
