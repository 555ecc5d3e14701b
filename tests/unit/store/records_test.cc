// Records and their bytes: round trips from seeds, bytes another protobuf reader
// would make the same of, and what the reader refuses.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "base/limits.h"
#include "store/codec.h"
#include "store/crc32c.h"
#include "store/wire.h"

namespace xuncha {
namespace {

// ---- random records -------------------------------------------------------------

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  // Zero and both ends come often: they are where encodings break.
  template <class T>
  T Number() {
    switch (random_() % 4) {
      case 0:
        return T{};
      case 1:
        return std::numeric_limits<T>::max();
      case 2:
        return std::numeric_limits<T>::min();
      default:
        return static_cast<T>(random_());
    }
  }
  bool Flag() { return random_() % 2 == 0; }
  std::string Text() {
    std::string text(random_() % 3 == 0 ? 0 : random_() % 300, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  Digest Sha() { return Flag() ? Digest{} : Sha256(Text()); }
  template <class E>
  E Enum(E last) {
    return static_cast<E>(random_() % (static_cast<uint64_t>(last) + 1));
  }
  template <class Make>
  auto List(Make make) {
    std::vector<decltype(make())> list;
    for (uint64_t left = random_() % 4; left > 0; --left) list.push_back(make());
    return list;
  }
  std::vector<std::string> Texts() {
    return List([this] { return Text(); });
  }

 private:
  std::mt19937_64 random_;
};

void Fill(Dice& dice, Site& site) {
  site = {.id = dice.Text(),
          .name = dice.Text(),
          .unit = dice.Text(),
          .owner = dice.Text(),
          .phone = dice.Text(),
          .address = dice.Text(),
          .hosts = dice.Texts(),
          .path_prefixes = dice.Texts(),
          .address_ranges = dice.Texts(),
          .ports = dice.List([&] { return dice.Number<uint16_t>(); }),
          .site_class = dice.Enum(SiteClass::kForum),
          .contacts = dice.Texts(),
          .budget = {.pages = dice.Number<uint32_t>(),
                     .bytes = dice.Number<uint64_t>(),
                     .time = dice.Number<Millis>(),
                     .depth = dice.Number<uint32_t>(),
                     .delay_min = dice.Number<Millis>()},
          .strict_robots = dice.Flag()};
}
auto Tie(const Budget& b) { return std::tie(b.pages, b.bytes, b.time, b.depth, b.delay_min); }
bool Same(const Site& a, const Site& b) {
  const auto tie = [](const Site& s) {
    return std::tie(s.id, s.name, s.unit, s.owner, s.phone, s.address, s.hosts, s.path_prefixes,
                    s.address_ranges, s.ports, s.site_class, s.contacts, s.strict_robots);
  };
  return tie(a) == tie(b) && Tie(a.budget) == Tie(b.budget);
}

void Fill(Dice& dice, UrlFacts& facts) {
  facts = {dice.Text(),
           dice.Sha(),
           dice.Sha(),
           dice.Text(),
           dice.Text(),
           dice.Number<Millis>(),
           dice.Number<uint16_t>(),
           dice.Number<uint64_t>(),
           dice.Text(),
           dice.Number<uint16_t>()};
}
bool Same(const UrlFacts& a, const UrlFacts& b) {
  const auto tie = [](const UrlFacts& f) {
    return std::tie(f.url, f.body, f.rules, f.etag, f.last_modified, f.first_seen, f.depth,
                    f.simhash, f.referrer, f.status);
  };
  return tie(a) == tie(b);
}

void Fill(Dice& dice, UrlVisit& visit) {
  visit = {dice.Number<uint64_t>(), dice.Number<Millis>(), dice.Number<uint16_t>(),
           dice.Number<uint8_t>(), dice.Number<uint64_t>()};
}
bool Same(const UrlVisit& a, const UrlVisit& b) {
  const auto tie = [](const UrlVisit& v) {
    return std::tie(v.last_run, v.last_seen, v.status, v.gone, v.full_run);
  };
  return tie(a) == tie(b);
}

Exchange MakeExchange(Dice& dice) {
  return {.url = dice.Text(),
          .started = dice.Number<Millis>(),
          .request = dice.Text(),
          .headers = dice.Text(),
          .trailers = dice.Text(),
          .remote_address = dice.Text(),
          .local_address = dice.Text(),
          .addresses = dice.Texts(),
          .tls = {.used = dice.Flag(), .error = dice.Text(), .chain = dice.Sha()},
          .timing = {.resolved = dice.Number<Millis>(), .ended = dice.Number<Millis>()},
          .wire_bytes = dice.Number<uint64_t>(),
          .coding = dice.Text(),
          .coded = dice.Sha(),
          .body_digest = dice.Sha(),
          .cut = dice.Flag(),
          .names = {.digest = dice.Sha()}};
}
bool SameExchange(const Exchange& a, const Exchange& b) {
  const auto tie = [](const Exchange& e) {
    return std::tie(e.url, e.started, e.request, e.headers, e.trailers, e.remote_address,
                    e.local_address, e.addresses, e.tls.used, e.tls.error, e.tls.chain,
                    e.timing.resolved, e.timing.ended, e.wire_bytes, e.coding, e.coded,
                    e.body_digest, e.cut, e.names.digest);
  };
  return tie(a) == tie(b);
}

// Site and run are the key's, not the record's.
void Fill(Dice& dice, Observation& seen) {
  seen = {.url = dice.Text(),
          .time = dice.Number<Millis>(),
          .elapsed = dice.Number<Millis>(),
          .status = dice.Number<uint16_t>(),
          .unchanged = dice.Flag(),
          .previous_run = dice.Number<uint64_t>(),
          .full_run = dice.Number<uint64_t>(),
          .headers = dice.Text(),
          .remote_address = dice.Text(),
          .title = dice.Text(),
          .hops = dice.List([&] {
            return Hop{dice.Text(), dice.Text(), dice.Number<uint16_t>(),
                       dice.Flag(), dice.Text(), MakeExchange(dice)};
          }),
          .tls = {dice.Flag(), dice.Text(), dice.Text(), dice.Text()},
          .charset = dice.Enum(Charset::kKoi8R),
          .body = dice.Sha(),
          .body_bytes = dice.Number<uint64_t>(),
          .checked = dice.Enum(Checked::kFailed),
          .limits = dice.List([&] {
            return LimitHit{dice.Enum(Limit::kRobots), dice.Text()};
          }),
          .signals = dice.Texts(),
          .robots_disallowed = dice.Flag(),
          .error = dice.Text(),
          .rules = dice.Sha(),
          .exchange = MakeExchange(dice),
          .coded_kept = dice.Flag(),
          .exchange_run = dice.Number<uint64_t>(),
          .findings = dice.Texts()};
}
bool Same(const Observation& a, const Observation& b) {
  const auto tie = [](const Observation& o) {
    return std::tie(o.url, o.time, o.elapsed, o.status, o.unchanged, o.previous_run, o.full_run,
                    o.headers, o.remote_address, o.title, o.tls.used, o.tls.version, o.tls.cipher,
                    o.tls.error, o.charset, o.body, o.body_bytes, o.checked, o.signals,
                    o.robots_disallowed, o.error, o.rules, o.exchange_run, o.findings);
  };
  const auto same_hop = [](const Hop& x, const Hop& y) {
    return std::tie(x.from, x.to, x.status, x.followed, x.refused) ==
               std::tie(y.from, y.to, y.status, y.followed, y.refused) &&
           SameExchange(x.exchange, y.exchange);
  };
  const auto same_limit = [](const LimitHit& x, const LimitHit& y) {
    return std::tie(x.limit, x.detail) == std::tie(y.limit, y.detail);
  };
  return tie(a) == tie(b) && std::ranges::equal(a.hops, b.hops, same_hop) &&
         std::ranges::equal(a.limits, b.limits, same_limit) &&
         SameExchange(a.exchange, b.exchange) && a.coded_kept == b.coded_kept;
}

Evidence MakeEvidence(Dice& dice) {
  return {.rule = dice.Text(),
          .proof = dice.Enum(Proof::kIdentifier),
          .strong = dice.Flag(),
          .zone = dice.Enum(ZoneKind::kHeader),
          .in_anchor = dice.Flag(),
          .hiding = dice.Enum(Hiding::kDetails),
          .channel = dice.Enum(Channel::kRaw),
          .pattern = dice.Text(),
          .found = dice.Text(),
          .before = dice.Text(),
          .after = dice.Text(),
          .source = {dice.Number<uint32_t>(), dice.Number<uint32_t>()},
          .because = dice.Text(),
          .detail = dice.Text()};
}
bool SameEvidence(const Evidence& a, const Evidence& b) {
  const auto tie = [](const Evidence& e) {
    return std::tie(e.rule, e.proof, e.strong, e.zone, e.in_anchor, e.hiding, e.channel, e.pattern,
                    e.found, e.before, e.after, e.source, e.because, e.detail);
  };
  return tie(a) == tie(b);
}

void Fill(Dice& dice, StoredFinding& stored) {
  stored = {.finding = {.id = dice.Text(),
                        .clause = dice.Number<int>(),
                        .kind = dice.Text(),
                        .severity = dice.Enum(Severity::kHigh),
                        .score = dice.Number<int>(),
                        .evidence = dice.List([&] { return MakeEvidence(dice); }),
                        .signals = dice.Texts(),
                        .because = dice.Text()},
            .site = dice.Text(),
            .url = dice.Text(),
            .title = dice.Text(),
            .body = dice.Sha(),
            .first_seen = dice.Number<Millis>(),
            .last_seen = dice.Number<Millis>(),
            .first_run = dice.Number<uint64_t>(),
            .last_run = dice.Number<uint64_t>(),
            .standing = dice.Flag(),
            .dismissals = dice.List([&] {
              return Dismissal{MakeEvidence(dice), dice.Text()};
            })};
}
bool Same(const StoredFinding& a, const StoredFinding& b) {
  const auto tie = [](const StoredFinding& f) {
    return std::tie(f.finding.id, f.finding.clause, f.finding.kind, f.finding.severity,
                    f.finding.score, f.finding.signals, f.finding.because, f.site, f.url, f.title,
                    f.body, f.first_seen, f.last_seen, f.first_run, f.last_run, f.standing);
  };
  const auto same_dismissal = [](const Dismissal& x, const Dismissal& y) {
    return SameEvidence(x.evidence, y.evidence) && x.reason == y.reason;
  };
  return tie(a) == tie(b) &&
         std::ranges::equal(a.finding.evidence, b.finding.evidence, SameEvidence) &&
         std::ranges::equal(a.dismissals, b.dismissals, same_dismissal);
}

// Its findings are keys, not part of the record.
void Fill(Dice& dice, Incident& incident) {
  incident = {.id = dice.Text(),
              .site = dice.Text(),
              .kind = dice.Text(),
              .severity = dice.Enum(Severity::kHigh),
              .opened = dice.Number<Millis>(),
              .updated = dice.Number<Millis>(),
              .version = dice.Number<uint64_t>(),
              .state = dice.Text()};
}
bool Same(const Incident& a, const Incident& b) {
  const auto tie = [](const Incident& i) {
    return std::tie(i.id, i.site, i.kind, i.severity, i.opened, i.updated, i.version, i.state);
  };
  return tie(a) == tie(b);
}

void Fill(Dice& dice, Event& event) {
  event = {dice.Number<Millis>(), dice.Text(), dice.Text(), dice.Text(), dice.Text()};
}
bool Same(const Event& a, const Event& b) {
  const auto tie = [](const Event& e) {
    return std::tie(e.time, e.incident, e.actor, e.action, e.detail);
  };
  return tie(a) == tie(b);
}

void Fill(Dice& dice, Run& run) {
  run = {.id = dice.Number<uint64_t>(),
         .started = dice.Number<Millis>(),
         .ended = dice.Number<Millis>(),
         .rules = dice.Sha(),
         .config = dice.Sha()};
  RunTotals& totals = run.totals;
  for (uint64_t* figure : {&totals.sites, &totals.pages, &totals.unchanged, &totals.flat,
                           &totals.failed, &totals.unread, &totals.findings[0], &totals.findings[1],
                           &totals.findings[2], &totals.findings[3], &totals.bytes}) {
    *figure = dice.Number<uint64_t>();
  }
}
bool Same(const Run& a, const Run& b) {
  const auto tie = [](const Run& r) {
    const RunTotals& t = r.totals;
    return std::tie(r.id, r.started, r.ended, r.rules, r.config, t.sites, t.pages, t.unchanged,
                    t.flat, t.failed, t.unread, t.findings[0], t.findings[1], t.findings[2],
                    t.findings[3], t.bytes);
  };
  return tie(a) == tie(b);
}

void Fill(Dice& dice, SiteToken& token) { token = {dice.Number<uint64_t>()}; }
bool Same(const SiteToken& a, const SiteToken& b) { return a.token == b.token; }
void Fill(Dice& dice, SiteDoneMark& mark) { mark = {dice.Number<uint64_t>()}; }
bool Same(const SiteDoneMark& a, const SiteDoneMark& b) { return a.token == b.token; }
void Fill(Dice& dice, FindingPlace& place) { place = {dice.Text(), dice.Text()}; }
bool Same(const FindingPlace& a, const FindingPlace& b) {
  return std::tie(a.site, a.url) == std::tie(b.site, b.url);
}
void Fill(Dice& dice, NoteValue& note) { note = {dice.Text()}; }
bool Same(const NoteValue& a, const NoteValue& b) { return a.value == b.value; }
void Fill(Dice& dice, PackedBlob& blob) {
  blob = {dice.Number<uint32_t>(), dice.Number<uint64_t>(), dice.Text()};
}
bool Same(const PackedBlob& a, const PackedBlob& b) {
  return std::tie(a.codec, a.raw_bytes, a.data) == std::tie(b.codec, b.raw_bytes, b.data);
}

template <class Record>
class RecordTest : public ::testing::Test {};
using Records =
    ::testing::Types<Site, UrlFacts, UrlVisit, Observation, StoredFinding, Incident, Event, Run,
                     SiteToken, SiteDoneMark, FindingPlace, NoteValue, PackedBlob>;
TYPED_TEST_SUITE(RecordTest, Records);

TYPED_TEST(RecordTest, ComesBackAsItWasWritten) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    TypeParam written;
    Fill(dice, written);
    const Result<TypeParam> read = DecodeRecord<TypeParam>(EncodeRecord(written));
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_TRUE(Same(written, *read));
  }
}

TYPED_TEST(RecordTest, SkipsFieldsItDoesNotKnow) {
  Dice dice(7);
  TypeParam written;
  Fill(dice, written);
  std::string bytes = EncodeRecord(written);
  for (const char* field : {"\xf8\x3f\x05",  // 1023: varint 5
                            "\xfa\x3f\x03"
                            "abc",  // 1023: 3 bytes
                            "\xf9\x3f"
                            "12345678",  // 1023: fixed64
                            "\xfd\x3f"
                            "1234"}) {  // 1023: fixed32
    bytes += field;
  }
  const Result<TypeParam> read = DecodeRecord<TypeParam>(bytes);
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_TRUE(Same(written, *read));
}

// Whatever the bytes are, the reader ends, and either refuses or has a record.
TYPED_TEST(RecordTest, ReadsAnyBytes) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    TypeParam written;
    Fill(dice, written);
    std::string bytes = EncodeRecord(written);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 3 && !bytes.empty(); ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(bytes.size() - (bytes.empty() ? 0 : random() % bytes.size()));
    const Result<TypeParam> read = DecodeRecord<TypeParam>(bytes);
    if (!read) {
      EXPECT_TRUE(read.error().code == Code::kDamaged || read.error().code == Code::kNewer);
      EXPECT_FALSE(read.error().text.empty());
    } else {
      EXPECT_TRUE(DecodeRecord<TypeParam>(EncodeRecord(*read)).ok());
    }
  }
}

// ---- bytes ----------------------------------------------------------------------

TEST(WireTest, WritesWhatProtobufWrites) {
  struct Case {
    std::string_view why;
    std::string bytes, want;
  };
  const Case kCases[] = {
      {"nothing is no bytes", EncodeRecord(UrlVisit{}), ""},
      {"varint 300 is ac 02, as in protobuf's own guide", EncodeRecord(SiteToken{300}),
       "\x08\xac\x02"},
      {"bytes carry their length", EncodeRecord(NoteValue{"testing"}), "\x0a\x07testing"},
      {"signed numbers are zigzag: -1 is 1, 1 is 2",
       EncodeRecord(UrlVisit{.last_seen = -1, .status = 200}), "\x10\x01\x18\xc8\x01"},
      {"an empty element still counts", EncodeRecord(Site{.hosts = {"", "a"}}),
       std::string("\x3a\x00\x3a\x01"
                   "a",
                   5)},
      {"numbers of a list one by one", EncodeRecord(Site{.ports = {80, 8080}}),
       "\x50\x50\x50\x90\x3f"},
      {"a record in a record", EncodeRecord(Site{.budget = {.pages = 5}}), "\x6a\x02\x08\x05"},
  };
  for (const auto& [why, bytes, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Hex(bytes), Hex(want));
  }
}

TEST(WireTest, RefusesWhatCannotBeMeant) {
  struct Case {
    std::string_view why;
    std::string bytes;
    Code code;
  };
  const Case kCases[] = {
      {"cut in a tag", "\x80", Code::kDamaged},
      {"cut in a varint", "\x08\xff", Code::kDamaged},
      {"a varint of 65 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", Code::kDamaged},
      {"a length beyond the end",
       "\x0a\x05"
       "ab",
       Code::kDamaged},
      {"field number zero", std::string("\x00\x01", 2), Code::kDamaged},
      {"a group", "\x0b", Code::kDamaged},
      {"text where a list of numbers stands",
       "\x52\x01"
       "a",
       Code::kDamaged},
      {"a number where text stands", "\x08\x01", Code::kDamaged},
      {"a port above 65535", "\x50\x80\x80\x04", Code::kDamaged},
      {"an enumerator of tomorrow", "\x58\x06", Code::kNewer},
      {"an enumerator that would wrap around to a known one", "\x58\x80\x02", Code::kNewer},
  };
  for (const auto& [why, bytes, code] : kCases) {
    SCOPED_TRACE(why);
    const Result<Site> site = DecodeRecord<Site>(bytes);
    ASSERT_FALSE(site.ok());
    EXPECT_EQ(site.error().code, code);
  }
}

TEST(Crc32cTest, AgreesWithRfc3720) {
  struct Case {
    std::string_view why;
    std::string bytes;
    uint32_t want;
  };
  std::string up, down;
  for (int i = 0; i < 32; ++i) {
    up.push_back(static_cast<char>(i));
    down.push_back(static_cast<char>(31 - i));
  }
  const Case kCases[] = {{"B.4: 32 zeros", std::string(32, '\0'), 0x8a9136aa},
                         {"B.4: 32 ones", std::string(32, '\xff'), 0x62a8ab43},
                         {"B.4: incrementing", up, 0x46dd794e},
                         {"B.4: decrementing", down, 0x113fdb5c},
                         {"the usual check value", "123456789", 0xe3069283}};
  for (const auto& [why, bytes, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Crc32c({bytes}), want);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      const std::string_view view = bytes;
      EXPECT_EQ(Crc32c({view.substr(0, cut), view.substr(cut)}), want) << "parts are one text";
    }
  }
}

// ---- the envelope -----------------------------------------------------------------

TEST(EnvelopeTest, RefusesEveryFlippedBit) {
  const std::string payload = EncodeRecord(FindingPlace{"a.example", "http://a.example/"});
  const std::string value = SealValue(Family::kFindings, "key", payload);
  ASSERT_EQ(*OpenValue(Family::kFindings, "key", value), payload);
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string flipped = value;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = OpenValue(Family::kFindings, "key", flipped);
    ASSERT_FALSE(opened.ok()) << "bit " << bit;
    EXPECT_EQ(opened.error().code, Code::kDamaged);
    EXPECT_NE(opened.error().text.find("findings: key"), std::string::npos) << opened.error().text;
  }
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(OpenValue(Family::kFindings, "key", std::string_view(value).substr(0, size)).ok());
  }
}

TEST(EnvelopeTest, RefusesAValueAtAnotherPlace) {
  const std::string value = SealValue(Family::kUrls, "key", "payload");
  EXPECT_EQ(OpenValue(Family::kUrls, "kez", value).error().code, Code::kDamaged);
  EXPECT_EQ(OpenValue(Family::kSites, "key", value).error().code, Code::kDamaged);
}

TEST(EnvelopeTest, TellsANewerValueFromADamagedOne) {
  const char head[] = {2, static_cast<char>(Family::kUrls)};
  const uint32_t crc = Crc32c({{head, 2}, "key", "payload"});
  std::string value(1, '\x02');
  for (int shift = 0; shift < 32; shift += 8) value.push_back(static_cast<char>(crc >> shift));
  value += "payload";
  const auto opened = OpenValue(Family::kUrls, "key", value);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kNewer);
  EXPECT_NE(opened.error().text.find("请升级本程序"), std::string::npos);
}

// ---- the codec ------------------------------------------------------------------------

TEST(CodecTest, RefusesWhatItDidNotPack) {
  struct Case {
    std::string_view why;
    PackedBlob blob;
    Code code;
  };
  const std::string text(1000, 'a');
  const Result<PackedBlob> good = DecodeRecord<PackedBlob>(PackBody(text));
  ASSERT_TRUE(good.ok());
  ASSERT_EQ(good->codec, 1u);
  ASSERT_LT(good->data.size(), 100u);
  const Case kCases[] = {
      {"a codec of tomorrow", {9, 1000, good->data}, Code::kNewer},
      {"says more than it holds", {1, 1001, good->data}, Code::kDamaged},
      {"says less than it holds", {1, 999, good->data}, Code::kDamaged},
      {"a bomb", {1, limits::kBlobBytesMax + 1, good->data}, Code::kLimit},
      {"cut short", {1, 1000, good->data.substr(0, good->data.size() - 1)}, Code::kDamaged},
      {"raw bytes of another length", {0, 4, "abc"}, Code::kDamaged},
  };
  for (const auto& [why, blob, code] : kCases) {
    SCOPED_TRACE(why);
    const Result<std::string> raw = UnpackBody(blob, {});
    ASSERT_FALSE(raw.ok());
    EXPECT_EQ(raw.error().code, code);
  }
}

}  // namespace
}  // namespace xuncha
