// The fields of the index's records; FORMAT.md lists them.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/index_keeping.h"
#include "store/record_bodies.h"

namespace xuncha {

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexMark>& mark) {
  archive(1, mark.version);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexCount>& count) {
  archive(1, count.count);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexedIncident::Rule>& rule) {
  archive(1, rule.rule);
  archive(2, rule.findings);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexedIncident>& incident) {
  archive(1, incident.site);
  archive(2, incident.kind);
  archive(3, incident.state);
  archive(4, incident.severity);
  archive(5, incident.baseline);
  archive(6, incident.opened);
  archive(7, incident.standing);
  archive(8, incident.gone);
  archive(9, incident.rules);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexedSite>& site) {
  archive(1, site.standing[0]);
  archive(2, site.standing[1]);
  archive(3, site.standing[2]);
  archive(4, site.standing[3]);
  archive(5, site.gone);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, IndexedRule>& rule) {
  archive(1, rule.standing);
  archive(2, rule.gone);
}

XUNCHA_RECORD(IndexMark);
XUNCHA_RECORD(IndexCount);
XUNCHA_RECORD(IndexedIncident);
XUNCHA_RECORD(IndexedSite);
XUNCHA_RECORD(IndexedRule);

}  // namespace xuncha
