// That an office program opens our papers. Built only where LibreOffice is installed.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "reports/papers.h"
#include "tests/unit/reports/ask.h"
#include "tests/unit/reports/paper_samples.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Must;

TEST(PapersOfficeTest, LibreOfficeOpensThem) {
  const testing_support::TempDirectory place;
  for (const PaperKind kind : {PaperKind::kNotice, PaperKind::kMonth}) {
    const PaperInfo& info = InfoOf(kind);
    const PaperData data = kind == PaperKind::kMonth ? DataOf(testing_support::SampleMonth())
                                                     : DataOf(testing_support::SampleCase());
    const Paper paper = Must(TemplateOf(info, "")).Fill(data, testing_support::kPaperNow);
    Must(WriteFileAtomically(fmt::format("{}/{}.docx", place.path(), info.name), PaperDocx(paper)));
  }
  const std::string said = testing_support::Ask(
      fmt::format("cd {0} && timeout 100 soffice -env:UserInstallation=file://{0}/profile "
                  "--headless --convert-to txt:Text notice.docx month.docx",
                  place.path()));
  EXPECT_TRUE(said.ends_with("exit 0")) << said;
  const std::string notice = Must(ReadFile(place.path() + "/notice.txt", 1 << 20));
  for (const std::string_view part :
       {"网站内容整改通知书", "网信整改〔2026〕12号", "整改回执", "示例学院现代教育技术中心"})
    EXPECT_NE(notice.find(part), std::string::npos) << part;
  EXPECT_NE(Must(ReadFile(place.path() + "/month.txt", 1 << 20)).find("网站内容巡查月报"),
            std::string::npos);
}

}  // namespace
}  // namespace xuncha
