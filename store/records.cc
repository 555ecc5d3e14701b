// Each record's fields, described once for both directions. A number, once
// given, is never given again; FORMAT.md lists them.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/records.h"

#include <algorithm>
#include <utility>

#include "store/record_bodies.h"
#include "store/wire.h"

namespace xuncha {

// Found by argument-dependent lookup from wire.h, so they cannot stand in an
// unnamed namespace; `static` keeps them in this file.

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Span>& span) {
  archive(1, span.begin);
  archive(2, span.end);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Budget>& budget) {
  archive(1, budget.pages);
  archive(2, budget.bytes);
  archive(3, budget.time);
  archive(4, budget.depth);
  archive(5, budget.delay_min);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Site>& site) {
  archive(1, site.id);
  archive(2, site.name);
  archive(3, site.unit);
  archive(4, site.owner);
  archive(5, site.phone);
  archive(6, site.address);
  archive(7, site.hosts);
  archive(8, site.path_prefixes);
  archive(9, site.address_ranges);
  archive(10, site.ports);
  archive(11, site.site_class);
  archive(12, site.contacts);
  archive(13, site.budget);
  archive(14, site.strict_robots);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, UrlFacts>& facts) {
  archive(1, facts.url);
  archive(2, facts.body);
  archive(3, facts.rules);
  archive(4, facts.etag);
  archive(5, facts.last_modified);
  archive(6, facts.first_seen);
  archive(7, facts.depth);
  archive(8, facts.simhash);
  archive(9, facts.referrer);
  archive(10, facts.status);
  archive(11, facts.links);
  archive(12, facts.cloaked);
  archive(13, facts.unread);
  archive(14, facts.same_views);
  archive(15, facts.assets);
  archive(16, facts.sketch);
  archive(17, facts.good_sketch);
  archive(18, facts.sketch_run);
  archive(19, facts.good);
  archive(20, facts.site_signals);
  archive(26, facts.text);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, LinkBlock>& block) {
  archive(1, block.hash);
  archive(2, block.links);
  archive(3, block.domains);
  archive(4, block.cheap);
  archive(5, block.hidden);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, PageSketch>& sketch) {
  archive(1, sketch.version);
  archive(2, sketch.title);
  archive(3, sketch.text);
  archive(4, sketch.title_writing);
  archive(5, sketch.text_writing);
  archive(6, sketch.shape);
  archive(7, sketch.domains);
  archive(8, sketch.folders);
  archive(9, sketch.blocks);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, UrlVisit>& visit) {
  archive(1, visit.last_run);
  archive(2, visit.last_seen);
  archive(3, visit.status);
  archive(4, visit.gone);
  archive(5, visit.full_run);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, TlsFacts>& tls) {
  archive(1, tls.used);
  archive(2, tls.version);
  archive(3, tls.cipher);
  archive(4, tls.error);
  archive(5, tls.chain);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Timing>& timing) {
  archive(1, timing.resolved);
  archive(2, timing.connected);
  archive(3, timing.secured);
  archive(4, timing.sent);
  archive(5, timing.first_byte);
  archive(6, timing.ended);
}

// Body, certificates and what was said of the name are blobs.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, Exchange>& exchange) {
  archive(1, exchange.url);
  archive(2, exchange.started);
  archive(3, exchange.request);
  archive(4, exchange.headers);
  archive(5, exchange.trailers);
  archive(6, exchange.remote_address);
  archive(7, exchange.local_address);
  archive(8, exchange.addresses);
  archive(9, exchange.tls);
  archive(10, exchange.timing);
  archive(11, exchange.wire_bytes);
  archive(12, exchange.coding);
  archive(13, exchange.coded);
  archive(14, exchange.body_digest);
  archive(15, exchange.cut);
  archive(16, exchange.names.digest);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Hop>& hop) {
  archive(1, hop.from);
  archive(2, hop.to);
  archive(3, hop.status);
  archive(4, hop.followed);
  archive(5, hop.refused);
  archive(6, hop.exchange);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, LimitHit>& hit) {
  archive(1, hit.limit);
  archive(2, hit.detail);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, ObservedView>& view) {
  archive(1, view.as);
  archive(2, view.status);
  archive(3, view.target);
  archive(4, view.differs);
  archive(5, view.body);
  archive(26, view.text);
  archive(6, view.hops);
  archive(7, view.exchange);
  archive(27, view.findings);
}

// Site and run stand in the key.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, Observation>& seen) {
  archive(1, seen.url);
  archive(2, seen.time);
  archive(3, seen.elapsed);
  archive(4, seen.status);
  archive(5, seen.unchanged);
  archive(6, seen.previous_run);
  archive(7, seen.full_run);
  archive(8, seen.headers);
  archive(9, seen.remote_address);
  archive(10, seen.title);
  archive(11, seen.hops);
  archive(12, seen.tls);
  archive(13, seen.charset);
  archive(14, seen.body);
  archive(15, seen.body_bytes);
  archive(16, seen.checked);
  archive(17, seen.limits);
  archive(18, seen.signals);
  archive(19, seen.robots_disallowed);
  archive(20, seen.error);
  archive(21, seen.rules);
  archive(22, seen.views);
  archive(23, seen.wire_bytes);
  archive(24, seen.keep);
  archive(26, seen.text);
  archive(27, seen.exchange);
  archive(28, seen.coded_kept);
  archive(29, seen.exchange_run);
  archive(30, seen.findings);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Evidence>& evidence) {
  archive(1, evidence.rule);
  archive(2, evidence.proof);
  archive(3, evidence.strong);
  archive(4, evidence.zone);
  archive(5, evidence.in_anchor);
  archive(6, evidence.hiding);
  archive(7, evidence.channel);
  archive(8, evidence.pattern);
  archive(9, evidence.found);
  archive(10, evidence.before);
  archive(11, evidence.after);
  archive(12, evidence.source);
  archive(13, evidence.because);
  archive(14, evidence.detail);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Dismissal>& dismissal) {
  archive(1, dismissal.evidence);
  archive(2, dismissal.reason);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Finding>& finding) {
  archive(1, finding.id);
  archive(2, finding.clause);
  archive(3, finding.kind);
  archive(4, finding.severity);
  archive(5, finding.score);
  archive(6, finding.evidence);
  archive(7, finding.signals);
  archive(8, finding.because);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, StoredFinding>& stored) {
  archive(1, stored.finding);
  archive(2, stored.site);
  archive(3, stored.url);
  archive(4, stored.title);
  archive(5, stored.body);
  archive(6, stored.first_seen);
  archive(7, stored.last_seen);
  archive(8, stored.first_run);
  archive(9, stored.last_run);
  archive(10, stored.standing);
  archive(11, stored.dismissals);
  archive(12, stored.baseline);
  archive(26, stored.history);
}

// Which findings belong to it are keys of their own.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, Incident>& incident) {
  archive(1, incident.id);
  archive(2, incident.site);
  archive(3, incident.kind);
  archive(4, incident.severity);
  archive(5, incident.opened);
  archive(6, incident.updated);
  archive(7, incident.version);
  archive(8, incident.state);
  archive(9, incident.baseline);
  archive(26, incident.history);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Event>& event) {
  archive(1, event.time);
  archive(2, event.incident);
  archive(3, event.actor);
  archive(4, event.action);
  archive(5, event.detail);
}

// Its number stands in the key.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, AuditEntry>& entry) {
  archive(1, entry.time);
  archive(2, entry.kind);
  archive(3, entry.actor);
  archive(4, entry.what);
  archive(5, entry.refs);
  archive(6, entry.previous);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Checkpoint>& checkpoint) {
  archive(1, checkpoint.size);
  archive(2, checkpoint.root);
  archive(3, checkpoint.time);
  archive(4, checkpoint.key);
  archive(5, checkpoint.signature);
  archive(6, checkpoint.timestamp);
}

// The number stands in the key.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, EvidenceExport>& record) {
  archive(1, record.begun);
  archive(2, record.reference);
  archive(3, record.authority);
  archive(4, record.officers);
  archive(5, record.by);
  archive(6, record.approved_by);
  archive(7, record.approval);
  archive(8, record.scope);
  archive(9, record.from);
  archive(10, record.until);
  archive(11, record.unmasked);
  archive(12, record.hold);
  archive(13, record.ended);
  archive(14, record.items);
  archive(15, record.bytes);
  archive(16, record.package);
  archive(17, record.manifest);
  archive(18, record.failure);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, ChainTail>& tail) {
  archive(1, tail.size);
  archive(2, tail.last);
  archive(3, tail.time);
  archive(4, tail.peaks);
}

// Its number stands in the key.
template <class Archive>
static void Describe(Archive& archive, Of<Archive, Hold>& hold) {
  archive(1, hold.site);
  archive(2, hold.url);
  archive(3, hold.incident);
  archive(4, hold.from);
  archive(5, hold.until);
  archive(6, hold.by);
  archive(7, hold.reason);
  archive(8, hold.reference);
  archive(9, hold.placed);
  archive(10, hold.expires);
  archive(11, hold.covered_run);
  archive(12, hold.covered);
  archive(13, hold.covered_root);
  archive(14, hold.released);
  archive(15, hold.released_by);
  archive(16, hold.approved_by);
  archive(17, hold.release_reason);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, PurgeMark>& mark) {
  archive(1, mark.time);
  archive(2, mark.below);
  archive(3, mark.touched);
  archive(4, mark.routine);
  archive(5, mark.findings);
  archive(6, mark.judged_run);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, StoreSize>& size) {
  archive(1, size.bytes);
  archive(2, size.time);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, RunTotals>& totals) {
  archive(1, totals.sites);
  archive(2, totals.pages);
  archive(3, totals.unchanged);
  archive(4, totals.flat);
  archive(5, totals.failed);
  archive(6, totals.unread);
  archive(7, totals.findings[0]);
  archive(8, totals.findings[1]);
  archive(9, totals.findings[2]);
  archive(10, totals.findings[3]);
  archive(11, totals.bytes);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Run>& run) {
  archive(1, run.id);
  archive(2, run.started);
  archive(3, run.ended);
  archive(4, run.rules);
  archive(5, run.config);
  archive(6, run.totals);
  archive(7, run.scope);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, SiteToken>& lease) {
  archive(1, lease.token);
  archive(2, lease.first_run);
  archive(3, lease.finished);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, SiteDoneMark>& mark) {
  archive(1, mark.token);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, FindingPlace>& place) {
  archive(1, place.site);
  archive(2, place.url);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, NoteValue>& note) {
  archive(1, note.value);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, PackedBlob>& blob) {
  archive(1, blob.codec);
  archive(2, blob.raw_bytes);
  archive(3, blob.data);
  archive(4, blob.dictionary);
  archive(5, blob.base);
  archive(6, blob.depth);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, SiteDictionary>& site) {
  archive(1, site.dictionary);
  archive(2, site.promised);
  archive(3, site.raw_bytes);
  archive(4, site.packed_bytes);
}

XUNCHA_RECORD(Site);
XUNCHA_RECORD(UrlFacts);
XUNCHA_RECORD(UrlVisit);
XUNCHA_RECORD(PageSketch);
XUNCHA_RECORD(Observation);
XUNCHA_RECORD(StoredFinding);
XUNCHA_RECORD(Incident);
XUNCHA_RECORD(Event);
XUNCHA_RECORD(AuditEntry);
XUNCHA_RECORD(Checkpoint);
XUNCHA_RECORD(ChainTail);
XUNCHA_RECORD(EvidenceExport);
XUNCHA_RECORD(Hold);
XUNCHA_RECORD(PurgeMark);
XUNCHA_RECORD(StoreSize);
XUNCHA_RECORD(Run);
XUNCHA_RECORD(SiteToken);
XUNCHA_RECORD(SiteDoneMark);
XUNCHA_RECORD(FindingPlace);
XUNCHA_RECORD(NoteValue);
XUNCHA_RECORD(PackedBlob);
XUNCHA_RECORD(SiteDictionary);

void LeaveOutRepeated(Observation& seen) {
  seen.exchange.headers.clear();
  seen.exchange.remote_address.clear();
  seen.exchange.tls = {};
}

void RestoreRepeated(Observation& seen) {
  seen.exchange.headers = seen.headers;
  seen.exchange.remote_address = seen.remote_address;
  seen.exchange.tls = seen.tls;
  seen.exchange.body_digest = seen.body;
  for (ObservedView& view : seen.views) view.exchange.body_digest = view.body;
}

std::vector<Digest> BlobsOf(const Observation& seen) {
  std::vector<Digest> blobs;
  const auto add = [&blobs](const Digest& digest) {
    if (!digest.empty()) blobs.push_back(digest);
  };
  const auto add_exchange = [&add](const Exchange& exchange) {
    add(exchange.tls.chain);
    add(exchange.body_digest);
    add(exchange.names.digest);
  };
  add(seen.body);
  add(seen.text);
  add(seen.tls.chain);
  add(seen.exchange.names.digest);
  if (seen.coded_kept) add(seen.exchange.coded);
  for (const Hop& hop : seen.hops) add_exchange(hop.exchange);
  for (const ObservedView& view : seen.views) {
    add(view.body);
    add(view.text);
    add(view.exchange.tls.chain);
    add(view.exchange.names.digest);
    for (const Hop& hop : view.hops) add_exchange(hop.exchange);
  }
  std::ranges::sort(blobs);
  blobs.erase(std::ranges::unique(blobs).begin(), blobs.end());
  return blobs;
}

UrlState JoinState(const UrlFacts& facts, const UrlVisit& visit) {
  return {.body = facts.body,
          .rules = facts.rules,
          .etag = facts.etag,
          .last_modified = facts.last_modified,
          .last_run = visit.last_run,
          .first_seen = facts.first_seen,
          .last_seen = visit.last_seen,
          .status = visit.status,
          .depth = facts.depth,
          .gone = visit.gone,
          .simhash = facts.simhash,
          .referrer = facts.referrer,
          .links = facts.links,
          .cloaked = facts.cloaked,
          .unread = facts.unread,
          .same_views = facts.same_views,
          .text = facts.text,
          .assets = facts.assets,
          .site_signals = facts.site_signals};
}

}  // namespace xuncha
