// SPDX-License-Identifier: Apache-2.0
#include "store/targets.h"

#include <utility>

#include "base/limits.h"
#include "store/records.h"
#include "store/wire.h"

namespace xuncha {

// As they are written: what records.cc can describe already stands inside as a record.
struct TargetRecord {
  std::string host, url, why;
  TargetVerdict verdict = TargetVerdict::kUnknown;
  bool replaced = false;
  std::string seen;                   // Observation: title, status, body, hops, exchange
  std::vector<std::string> findings;  // StoredFinding each
  uint64_t run = 0;
  Millis looked = 0, confirmed = 0;
  Digest rules;
  std::string address, good_title;
  uint64_t good_text = 0;
  Writing good_writing = Writing::kNone;
};

// Found by argument-dependent lookup from wire.h.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, TargetRecord>& record) {
  archive(1, record.host);
  archive(2, record.url);
  archive(3, record.verdict);
  archive(4, record.replaced);
  archive(5, record.why);
  archive(6, record.seen);
  archive(7, record.findings);
  archive(8, record.run);
  archive(9, record.looked);
  archive(10, record.confirmed);
  archive(11, record.rules);
  archive(12, record.address);
  archive(13, record.good_title);
  archive(14, record.good_text);
  archive(15, record.good_writing);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, LinkedHost>& linked) {
  archive(1, linked.host);
  archive(2, linked.secure);
  archive(3, linked.first_seen);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, SiteTargets>& targets) {
  archive(1, targets.hosts);
  archive(2, targets.told);
}

std::string TargetNote(std::string_view host) { return std::string("target/").append(host); }
std::string SiteTargetsNote(std::string_view site) { return std::string("outbound/").append(site); }

std::string EncodeTarget(const TargetFacts& facts) {
  const LinkTarget& target = facts.target;
  Observation seen;
  seen.title = target.title;
  seen.status = target.status;
  seen.body = target.body;
  seen.hops = target.hops;
  seen.exchange = target.exchange;
  TargetRecord record{.host = target.host,
                      .url = target.url,
                      .why = target.why,
                      .verdict = target.verdict,
                      .replaced = target.replaced,
                      .seen = EncodeRecord(seen),
                      .run = facts.run,
                      .looked = facts.looked,
                      .confirmed = facts.confirmed,
                      .rules = facts.rules,
                      .address = facts.address,
                      .good_title = facts.good_title,
                      .good_text = facts.good_text,
                      .good_writing = facts.good_writing};
  for (const Finding& finding : target.findings)
    record.findings.push_back(EncodeRecord(StoredFinding{.finding = finding}));
  WireWriter writer;
  Describe(writer, record);
  return writer.Take();
}

Result<TargetFacts> DecodeTarget(std::string_view bytes) {
  TargetRecord record;
  WireReader reader(bytes);
  Describe(reader, record);
  if (Status status = reader.status(); !status) return status.error();
  Result<Observation> seen = DecodeRecord<Observation>(record.seen);
  if (!seen) return seen.error();
  TargetFacts facts{.run = record.run,
                    .looked = record.looked,
                    .confirmed = record.confirmed,
                    .rules = record.rules,
                    .address = std::move(record.address),
                    .good_title = std::move(record.good_title),
                    .good_text = record.good_text,
                    .good_writing = record.good_writing};
  facts.target = {.host = std::move(record.host),
                  .url = std::move(record.url),
                  .verdict = record.verdict,
                  .replaced = record.replaced,
                  .why = std::move(record.why),
                  .title = std::move(seen->title),
                  .body = seen->body,
                  .status = seen->status,
                  .hops = std::move(seen->hops),
                  .exchange = std::move(seen->exchange)};
  for (const std::string& bytes_of_one : record.findings) {
    Result<StoredFinding> stored = DecodeRecord<StoredFinding>(bytes_of_one);
    if (!stored) return stored.error();
    facts.target.findings.push_back(std::move(stored->finding));
  }
  return facts;
}

std::string EncodeSiteTargets(const SiteTargets& targets) {
  WireWriter writer;
  Describe(writer, targets);
  return writer.Take();
}

Result<SiteTargets> DecodeSiteTargets(std::string_view bytes) {
  SiteTargets targets;
  WireReader reader(bytes);
  Describe(reader, targets);
  if (Status status = reader.status(); !status) return status.error();
  return targets;
}

}  // namespace xuncha
