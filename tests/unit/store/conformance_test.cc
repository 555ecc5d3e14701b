// The embedded forms against what every form must do.
//
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/store/conformance.h"

namespace xuncha::testing_support {
namespace {

class EmbeddedForm {
 public:
  EmbeddedForm() : store_(Must(OpenStore(directory_.path()))) {}
  WorkLedger& ledger() { return store_->ledger(); }
  BlobStore& blobs() { return store_->blobs(); }
  CaseStore& cases() { return store_->cases(); }
  Store& store() { return *store_; }
  uint64_t BeginRun(const Digest& rules, Millis now) {
    // A configuration of its own each time, or the run before would be resumed.
    return Must(store_->BeginRun(rules, Sha256(std::to_string(++runs_)), now)).run.id;
  }

 private:
  TempDirectory directory_;
  std::unique_ptr<Store> store_;
  int runs_ = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, StoreConformance, EmbeddedForm);

}  // namespace
}  // namespace xuncha::testing_support
