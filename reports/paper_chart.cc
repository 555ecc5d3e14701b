// Charts as SVG: upright bars in groups, a figure on each, told apart by shade so that
// they survive a black-and-white printer.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "reports/paper.h"
#include "reports/xml_text.h"

namespace xuncha {
namespace {

constexpr double kWidth = 600, kHeight = 200;  // in units of the drawing, which scales
constexpr double kLeft = 36, kRight = 8, kTop = 34, kBottom = 26;
constexpr const char* kShades[] = {"#1f3a5f", "#8fb0d6", "#b0552f", "#d9d9d9"};
constexpr size_t kLabelCharsMax = 10;

// The least of 1, 2, 5, 10, 20, ... that is not below `most`, a count.
double RoundUp(double most) {
  double decade = 1;
  for (;; decade *= 10) {
    for (const double lead : {1.0, 2.0, 5.0}) {
      if (lead * decade >= most) return lead * decade;
    }
  }
}

std::string Label(std::string_view text) {
  if (CountCodePoints(text) <= kLabelCharsMax) return EscapeXml(text);
  return EscapeXml(text.substr(0, StepForward(text, 0, kLabelCharsMax - 1))) + "…";
}

}  // namespace

std::string ChartSvg(const PaperChart& chart) {
  double most = 1;
  for (const PaperChart::Series& series : chart.series) {
    for (const double value : series.values) most = std::max(most, value);
  }
  most = RoundUp(most);
  const double area_width = kWidth - kLeft - kRight, area_height = kHeight - kTop - kBottom;
  const double base = kTop + area_height;
  std::string svg = fmt::format(
      "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" "
      "aria-label=\"{}\">\n<title>{}</title>\n",
      kWidth, kHeight, EscapeXml(chart.title), EscapeXml(chart.title));
  double at = kLeft;
  for (size_t s = 0; s < chart.series.size(); ++s) {
    svg += fmt::format(
        "<rect x=\"{:.1f}\" y=\"6\" width=\"12\" height=\"12\" fill=\"{}\"/><text x=\"{:.1f}\" "
        "y=\"16\">{}</text>\n",
        at, kShades[s % std::size(kShades)], at + 17, Label(chart.series[s].name));
    at += 40 + 6.5 * static_cast<double>(DisplayWidth(chart.series[s].name));
  }
  for (int line = 0; line <= 2; ++line) {
    const double y = base - area_height * line / 2;
    svg += fmt::format(
        "<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" stroke=\"{}\"/><text x=\"{}\" "
        "y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>\n",
        kLeft, y, kWidth - kRight, y, line == 0 ? "#000" : "#ccc", kLeft - 5, y + 4,
        most * line / 2);
  }
  const double group = area_width / static_cast<double>(std::max<size_t>(1, chart.labels.size()));
  const double bar =
      std::min(28.0, group * 0.8 / static_cast<double>(std::max<size_t>(1, chart.series.size())));
  for (size_t i = 0; i < chart.labels.size(); ++i) {
    const double centre = kLeft + group * (static_cast<double>(i) + 0.5);
    double x = centre - bar * static_cast<double>(chart.series.size()) / 2;
    for (size_t s = 0; s < chart.series.size(); ++s, x += bar) {
      const double value =
          i < chart.series[s].values.size() ? std::max(0.0, chart.series[s].values[i]) : 0;
      const double height = area_height * value / most;
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>"
          "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" font-size=\"9\">{:g}</text>\n",
          x, base - height, std::max(1.0, bar - 2), height, kShades[s % std::size(kShades)],
          x + bar / 2 - 1, base - height - 3, value);
    }
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", centre,
                       base + 16, Label(chart.labels[i]));
  }
  return svg + "</svg>\n";
}

}  // namespace xuncha
