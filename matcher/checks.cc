// The check digits, and what must stand around them.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/checks.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsAsciiAlnum(static_cast<unsigned char>(c)); }
int Value(char c) { return c - '0'; }

bool AllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

uint32_t Number(std::string_view digits) {
  uint32_t out = 0;
  for (const char c : digits) out = out * 10 + static_cast<uint32_t>(Value(c));
  return out;
}

bool IsDate(uint32_t year, uint32_t month, uint32_t day) {
  static constexpr uint32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool IsCounty(uint32_t code) {
  const auto regions = Regions();
  return std::binary_search(regions.begin(), regions.end(), code);
}

// A county, or the province or prefecture above counties (110000, 320500).
bool IsRegion(uint32_t code) {
  if (code == 100000) return true;  // the central organs
  const auto regions = Regions();
  const uint32_t step = code % 10000 == 0 ? 10000 : code % 100 == 0 ? 100 : 1;
  const auto at = std::lower_bound(regions.begin(), regions.end(), code);
  return at != regions.end() && *at < code + step;
}

bool Luhn(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int value = Value(digits[digits.size() - 1 - i]);
    if (i % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

int UsccValue(char c) {
  static constexpr std::string_view kAlphabet = "0123456789abcdefghjklmnpqrtuwxy";  // no i o s v z
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// The ninth character of an organisation code (GB 11714).
bool IsOrganisationCode(std::string_view code) {
  static constexpr int kWeights[] = {3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (size_t i = 0; i < 8; ++i) {
    sum += kWeights[i] * (IsDigit(code[i]) ? Value(code[i]) : code[i] - 'a' + 10);
  }
  static constexpr std::string_view kCheck = "0x987654321";
  return code[8] == kCheck[static_cast<size_t>(sum % 11)];
}

// An all-digit USCC reads as a resident ID; its region tells it apart.
bool IsUsccOfRegion(std::string_view text) {
  return IsUscc(text) && AllDigits(text.substr(2, 6)) && IsRegion(Number(text.substr(2, 6)));
}

// Characters that join a number to something longer: it is then no number of its
// own. A mask (*) never stands beside a whole one.
bool JoinsBefore(std::string_view text, size_t begin) {
  const char c = text[begin - 1];
  if (IsAlnum(c) || c == '_' || c == '*') return true;
  return (c == '.' || c == '-') && begin >= 2 && IsDigit(text[begin - 2]);
}
bool JoinsAfter(std::string_view text, size_t end) {
  if (end >= text.size()) return false;
  const char c = text[end];
  if (IsAlnum(c) || c == '_' || c == '*') return true;
  return (c == '.' || c == '-') && end + 1 < text.size() && IsDigit(text[end + 1]);
}

}  // namespace

std::optional<Check> CheckByName(std::string_view name) {
  if (name == "resident-id") return Check::kResidentId;
  if (name == "bank-card") return Check::kBankCard;
  if (name == "mobile") return Check::kMobile;
  if (name == "uscc") return Check::kUscc;
  if (name == "passport") return Check::kPassport;
  if (name == "secret-mark") return Check::kSecretMark;
  return std::nullopt;
}

bool IsResidentId(std::string_view digits, uint32_t today) {
  if (digits.size() != 18 || !AllDigits(digits.substr(0, 17))) return false;
  static constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) sum += kWeights[i] * Value(digits[i]);
  static constexpr std::string_view kCheck = "10x98765432";
  if (digits[17] != kCheck[static_cast<size_t>(sum % 11)]) return false;
  const uint32_t date = Number(digits.substr(6, 8));
  if (date < 1900'01'01 || date > today) return false;
  return IsDate(date / 10000, date / 100 % 100, date % 100) &&
         IsCounty(Number(digits.substr(0, 6)));
}

bool IsBankCard(std::string_view digits) {
  const size_t n = digits.size();
  if (n < 15 || n > 19 || !AllDigits(digits)) return false;
  const uint32_t two = Number(digits.substr(0, 2)), four = Number(digits.substr(0, 4));
  const bool union_pay = two == 62 && n >= 16;
  const bool visa = digits[0] == '4' && n == 16;
  const bool master = n == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720));
  const bool jcb = n == 16 && four >= 3528 && four <= 3589;
  const bool amex = n == 15 && (two == 34 || two == 37);
  // Domestic debit cards older than the 62 prefix.
  const bool domestic = (n == 19 && (four == 9558 || four == 9559)) || (n == 19 && two == 60) ||
                        (n == 16 && four == 9111);
  return (union_pay || visa || master || jcb || amex || domestic) && Luhn(digits);
}

bool IsMobile(std::string_view digits) {
  if (!AllDigits(digits) || digits.empty() || digits[0] != '1') return false;
  if (digits.size() == 13) {  // cards of things
    const uint32_t four = Number(digits.substr(0, 4));
    return four == 1410 || four / 10 == 144 || four / 10 == 146 || four / 10 == 148;
  }
  if (digits.size() != 11) return false;
  const char third = digits[2];
  switch (digits[1]) {
    case '3':
    case '8':
      return true;
    case '4':
      return third >= '5' && third != '8';
    case '5':
      return third != '4';
    case '6':
      return third == '2' || third == '5' || third == '6' || third == '7';
    case '7':
      return third <= '8';
    case '9':
      return third != '4';
    default:
      return false;
  }
}

bool IsUscc(std::string_view text) {
  if (text.size() != 18) return false;
  int sum = 0, weight = 1;
  for (size_t i = 0; i < 17; ++i) {
    const int value = UsccValue(text[i]);
    if (value < 0) return false;
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  const int check = UsccValue(text[17]);
  return check >= 0 && (31 - sum % 31) % 31 == check && AllDigits(text.substr(2, 6)) &&
         IsOrganisationCode(text.substr(8, 9));
}

bool IsPassport(std::string_view text) {
  if (text.size() != 9) return false;
  const std::string_view tail8 = text.substr(1), tail7 = text.substr(2);
  if (AllDigits(tail8) && std::string_view("egkdsph").find(text[0]) != std::string_view::npos)
    return true;
  if (!AllDigits(tail7)) return false;
  const std::string_view two = text.substr(0, 2);
  if (two[0] == 'e' && two[1] >= 'a' && two[1] <= 'f') return true;
  return two == "de" || two == "se" || two == "pe" || two == "kj" || two == "ma";
}

uint32_t TodayNumber() {
  std::string day = FormatTime(SystemClock().Now()).substr(0, 10);
  std::erase(day, '-');
  return Number(day);
}

void FindNumbers(std::string_view text, const std::vector<uint32_t>& digits, uint32_t today,
                 const std::function<void(CheckHit)>& found) {
  size_t done = 0;
  for (const uint32_t mark : digits) {
    if (mark < done) continue;
    size_t begin = mark, end = mark;
    while (begin > 0 && mark - begin < 20 && IsAlnum(text[begin - 1])) --begin;
    while (end < text.size() && end - mark < 40 && IsAlnum(text[end])) ++end;
    done = end;
    if (begin == 0 || JoinsBefore(text, begin) || JoinsAfter(text, end)) continue;
    const std::string_view word = text.substr(begin, end - begin);
    const auto report = [&](Check check, size_t skip) {
      found({check, {static_cast<uint32_t>(begin + skip), static_cast<uint32_t>(end)}});
    };
    switch (word.size()) {
      case 9:
        if (IsPassport(word)) report(Check::kPassport, 0);
        break;
      case 11:
      case 13:
        if (IsMobile(word)) report(Check::kMobile, 0);
        if (word.size() == 13 && word.starts_with("86") && text[begin - 1] == '+' &&
            IsMobile(word.substr(2))) {
          report(Check::kMobile, 2);
        }
        break;
      case 15:
        if (word.starts_with("0086") && IsMobile(word.substr(4))) report(Check::kMobile, 4);
        if (IsBankCard(word)) report(Check::kBankCard, 0);
        break;
      case 18:
        if (IsUsccOfRegion(word)) {
          report(Check::kUscc, 0);
        } else if (IsResidentId(word, today)) {
          report(Check::kResidentId, 0);
        } else if (IsUscc(word)) {
          report(Check::kUscc, 0);
        } else if (IsBankCard(word)) {
          report(Check::kBankCard, 0);
        }
        break;
      default:
        if (IsBankCard(word)) report(Check::kBankCard, 0);
    }
  }
}

void FindGrouped(std::string_view text, const std::vector<uint32_t>& starts, uint32_t today,
                 const std::function<void(CheckHit)>& found) {
  for (size_t i = 0; i < starts.size();) {
    size_t used = 1;
    for (size_t k = i; k < starts.size(); ++k) {
      const uint32_t begin = starts[i];
      const uint32_t end =
          k + 1 < starts.size() ? starts[k + 1] : static_cast<uint32_t>(text.size());
      if (end - begin > 19) break;
      const std::string_view word = text.substr(begin, end - begin);
      std::optional<Check> check;
      if (IsMobile(word)) {
        check = Check::kMobile;
      } else if (word.size() == 18 && !IsUsccOfRegion(word) && IsResidentId(word, today)) {
        check = Check::kResidentId;
      } else if (IsBankCard(word) && !(word.size() == 18 && IsUscc(word))) {
        check = Check::kBankCard;
      }
      if (check) {
        found({*check, {begin, end}});
        used = k - i + 1;
        break;
      }
    }
    i += used;
  }
}

size_t SecretMarkEnd(std::string_view text, size_t end) {
  const auto skip_blanks = [&](size_t at) {
    while (at < text.size() && text[at] == ' ') ++at;
    return at;
  };
  size_t at = skip_blanks(end);
  if (at >= text.size()) return 0;
  size_t star_end = at;
  const char32_t star = NextCodePoint(text, &star_end);
  const bool asterisk = star == '*';
  static constexpr char32_t kStars[] = {'*',  U'★', U'☆', U'✩', U'✪', U'✭',
                                        U'✮', U'✯', U'✰', U'⋆', U'٭'};
  if (std::find(std::begin(kStars), std::end(kStars), star) == std::end(kStars)) return 0;
  at = skip_blanks(star_end);
  const std::string_view rest = text.substr(at);
  // Papers of examinations carry "until opened" in place of a period.
  for (const std::string_view paper : {"启用前", "启用后", "使用前", "开考前", "考试"}) {
    if (rest.starts_with(paper)) return 0;
  }
  // A period: 长期, 30年, 6个月, 二十年, or a date.
  if (rest.starts_with("长期")) return at + std::string_view("长期").size();
  size_t period = at;
  while (period < text.size()) {
    size_t next = period;
    const char32_t c = NextCodePoint(text, &next);
    if (DigitOf(c) == 0 && c != U'十' && c != ' ') break;
    period = next;
  }
  for (const std::string_view unit : {"年", "个月", "月", "天", "日"}) {
    if (period > at && text.substr(period).starts_with(unit)) return period + unit.size();
  }
  // Footnotes are marked with asterisks too, so one needs its period.
  return asterisk ? 0 : star_end;
}

}  // namespace xuncha
