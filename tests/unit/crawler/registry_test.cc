// SPDX-License-Identifier: Apache-2.0
#include "crawler/registry.h"

#include <gmock/gmock.h>

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Site Filed(std::string address) {
  Site site;
  site.name = "测试站";
  site.unit = "信息中心";
  site.owner = "负责人";
  site.phone = "0591-00000000";
  site.address = std::move(address);
  return site;
}

Site Complete(Site site) {
  Result<Site> complete = CompleteSite(std::move(site));
  EXPECT_TRUE(complete.ok()) << (complete ? "" : complete.error().text);
  return complete ? *complete : Site{};
}

Url U(std::string_view text) {
  Result<Url> url = Url::Parse(text);
  EXPECT_TRUE(url.ok()) << text;
  return url ? *url : Url();
}

TEST(CompleteSite, DerivesTheScopeFromTheFiledAddress) {
  struct Case {
    std::string_view why, address, id, host, prefix;
    std::vector<uint16_t> ports;
  };
  const Case kCases[] = {
      {"a bare host", "lib.campus.test", "lib.campus.test", "lib.campus.test", "/", {80, 443}},
      {"a home page with its file",
       "http://lib.campus.test/index.html",
       "lib.campus.test",
       "lib.campus.test",
       "/",
       {80, 443}},
      {"a folder on a shared host",
       "https://www.campus.test/dept/",
       "www.campus.test-dept",
       "www.campus.test",
       "/dept/",
       {80, 443}},
      {"a folder without its last slash",
       "www.campus.test/dept",
       "www.campus.test-dept",
       "www.campus.test",
       "/dept/",
       {80, 443}},
      {"an address with a port is that service only",
       "10.1.2.3:8080",
       "10.1.2.3-8080",
       "10.1.2.3",
       "/",
       {8080}},
      {"full-width punctuation",
       "http：//lib。campus。test／",
       "lib.campus.test",
       "lib.campus.test",
       "/",
       {80, 443}},
      {"upper case",
       "HTTP://LIB.Campus.Test",
       "lib.campus.test",
       "lib.campus.test",
       "/",
       {80, 443}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const Site site = Complete(Filed(std::string(c.address)));
    EXPECT_EQ(site.id, c.id);
    EXPECT_THAT(site.hosts, ElementsAre(c.host));
    EXPECT_THAT(site.path_prefixes, ElementsAre(c.prefix));
    EXPECT_EQ(site.ports, c.ports);
    EXPECT_EQ(site.address, c.address) << "kept as filed";
  }
}

TEST(CompleteSite, TakesSeveralAddresses) {
  const Site site = Complete(Filed("http://lib.campus.test、10.1.2.3；opac.campus.test:8080"));
  EXPECT_THAT(site.hosts, UnorderedElementsAre("lib.campus.test", "10.1.2.3", "opac.campus.test"));
  EXPECT_THAT(site.ports, ElementsAre(80, 443, 8080));
  EXPECT_THAT(site.address_ranges, ElementsAre("10.1.2.3"));
  EXPECT_EQ(HomeUrl(site)->text(), "http://lib.campus.test/");
}

TEST(CompleteSite, IsIdempotent) {
  for (std::string address : {"10.1.2.3:8080", "http://www.campus.test/dept/", "[fd00::1]:81"}) {
    const Site once = Complete(Filed(address));
    const Site twice = Complete(once);
    EXPECT_EQ(once.id, twice.id);
    EXPECT_EQ(once.hosts, twice.hosts);
    EXPECT_EQ(once.ports, twice.ports);
    EXPECT_EQ(once.path_prefixes, twice.path_prefixes);
    EXPECT_EQ(once.address_ranges, twice.address_ranges);
  }
}

TEST(CompleteSite, RefusesWhatItCannotScope) {
  struct Case {
    std::string_view why;
    Site site;
    std::string_view says;
  };
  Site wide = Filed("www.campus.test");
  wide.hosts = {"*.test"};
  Site range = Filed("www.campus.test");
  range.address_ranges = {"10.1.0.0/99"};
  Site path = Filed("www.campus.test");
  path.hosts = {"www.campus.test/dept"};
  Site id = Filed("www.campus.test");
  id.id = "../etc";
  const Case kCases[] = {
      {"no address", Filed(""), "为空"},
      {"another scheme", Filed("ftp://www.campus.test/"), "读不出网址"},
      {"a range where a host belongs", Filed("10.1.2.0/24"), "地址段"},
      {"a wildcard over a whole suffix", wide, "范围过大"},
      {"a range that is none", range, "允许地址段"},
      {"a host with a path", path, "主机"},
      {"an id that is a path", id, "网站标识"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Result<Site> site = CompleteSite(c.site);
    ASSERT_FALSE(site.ok());
    EXPECT_THAT(site.error().text, HasSubstr(c.says));
    EXPECT_THAT(site.error().text, HasSubstr("请")) << "an error ends with what to do";
  }
}

TEST(CheckScopes, RefusesTwoClaimsOnOnePlace) {
  Site a = Complete(Filed("10.1.2.3:8080"));
  Site b = Complete(Filed("10.1.2.3:8081"));
  EXPECT_TRUE(CheckScopes({a, b}).ok()) << "two services of one server";
  Site c = Complete(Filed("http://10.1.2.3:8080/"));
  c.id = "other";
  Status both = CheckScopes({a, c});
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.error().code, Code::kConflict);
  EXPECT_THAT(both.error().text, HasSubstr("10.1.2.3:8080/"));
  EXPECT_FALSE(CheckScopes({a, a}).ok()) << "same id";
  EXPECT_TRUE(
      CheckScopes({Complete(Filed("www.campus.test")), Complete(Filed("www.campus.test/dept/"))})
          .ok())
      << "nested scopes are told apart by the longer prefix";
}

class RegistryScope : public ::testing::Test {
 protected:
  static std::vector<Site> Sites() {
    Site wild = Filed("www.med.campus.test");
    wild.id = "med";
    wild.hosts = {"www.med.campus.test", "*.med.campus.test"};
    return {Filed("www.campus.test"), Filed("www.campus.test/dept/"), wild,
            Filed("oa.med.campus.test:8080")};
  }
  std::string OwnerOf(std::string_view url) {
    const Site* site = registry_.Owner(U(url));
    return site == nullptr ? "" : site->id;
  }
  Refusal WhyNot(std::string_view site, std::string_view url) {
    Refusal why = Refusal::kNone;
    const Permit permit = registry_.Allow(*registry_.Find(site), U(url), {}, false, 0, &why);
    EXPECT_EQ(permit.valid(), why == Refusal::kNone);
    return why;
  }
  Registry registry_{Sites()};
};

TEST_F(RegistryScope, TheNarrowerScopeOwnsAUrl) {
  struct Case {
    std::string_view why, url, owner;
  };
  constexpr Case kCases[] = {
      {"the host", "http://www.campus.test/a", "www.campus.test"},
      {"the folder inside it", "http://www.campus.test/dept/a", "www.campus.test-dept"},
      {"the folder itself", "http://www.campus.test/dept", "www.campus.test-dept"},
      {"a name that only begins like the folder", "http://www.campus.test/department",
       "www.campus.test"},
      {"https is the same site", "https://www.campus.test/", "www.campus.test"},
      {"a wildcard", "http://a.b.med.campus.test/", "med"},
      {"an exact host on another port falls back to the wildcard", "http://oa.med.campus.test/",
       "med"},
      {"the exact host on its port", "http://oa.med.campus.test:8080/", "oa.med.campus.test-8080"},
      {"a wildcard does not hold its own parent", "http://med.campus.test/", ""},
      {"a stranger", "http://example.test/", ""},
      {"a host that ends alike", "http://evilwww.campus.test/", ""},
      {"a port nobody declared", "http://www.campus.test:8000/", ""},
  };
  for (const auto& [why, url, owner] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(OwnerOf(url), owner);
  }
}

TEST_F(RegistryScope, UnregisteredUrlGetsNoPermit) {
  EXPECT_EQ(WhyNot("www.campus.test", "http://www.campus.test/a"), Refusal::kNone);
  EXPECT_EQ(WhyNot("www.campus.test", "http://example.test/"), Refusal::kUnregistered);
  EXPECT_EQ(WhyNot("www.campus.test", "http://www.campus.test/dept/"), Refusal::kScope)
      << "another unit's folder";
  EXPECT_EQ(WhyNot("www.campus.test-dept", "http://www.campus.test/"), Refusal::kScope);
  EXPECT_EQ(WhyNot("www.campus.test", "http://www.campus.test:8000/"), Refusal::kPort);
  EXPECT_EQ(WhyNot("www.campus.test", "http://www.campus.test/logout.do"), Refusal::kUnsafe);
}

TEST_F(RegistryScope, RobotsTxtBelongsToEverySiteOfItsHost) {
  EXPECT_EQ(WhyNot("www.campus.test-dept", "http://www.campus.test/robots.txt"), Refusal::kNone);
  EXPECT_EQ(WhyNot("med", "http://x.med.campus.test/robots.txt"), Refusal::kNone);
  EXPECT_EQ(WhyNot("med", "http://www.campus.test/robots.txt"), Refusal::kScope);
  EXPECT_EQ(WhyNot("med", "http://x.med.campus.test:81/robots.txt"), Refusal::kPort);
}

TEST(Registry, OnlyAStrictSiteIsStoppedByRobots) {
  Site strict = Filed("strict.campus.test");
  strict.strict_robots = true;
  const Registry registry({Filed("www.campus.test"), strict});
  Refusal why = Refusal::kNone;
  const Permit open = registry.Allow(*registry.Find("www.campus.test"),
                                     U("http://www.campus.test/x"), {}, true, 1, &why);
  EXPECT_TRUE(open.valid());
  EXPECT_TRUE(open.robots_disallowed()) << "the verdict travels with the permit";
  EXPECT_EQ(open.attempt(), 1);
  EXPECT_FALSE(registry
                   .Allow(*registry.Find("strict.campus.test"), U("http://strict.campus.test/x"),
                          {}, true, 0, &why)
                   .valid());
  EXPECT_EQ(why, Refusal::kRobots);
}

TEST(Registry, AHopNeedsThePermissionOfItsOwnSite) {
  const Registry registry({Filed("www.campus.test"), Filed("lib.campus.test")});
  const Permit permit = registry.Allow(*registry.Find("www.campus.test"),
                                       U("http://www.campus.test/go"), {}, false, 2, nullptr);
  Refusal why = Refusal::kNone;
  const Permit hop = registry.AllowHop(permit, U("https://www.campus.test/there"), false, &why);
  EXPECT_TRUE(hop.valid());
  EXPECT_EQ(hop.attempt(), 2);
  EXPECT_FALSE(registry.AllowHop(permit, U("http://lib.campus.test/"), false, &why).valid());
  EXPECT_EQ(why, Refusal::kScope);
  EXPECT_FALSE(registry.AllowHop(permit, U("http://example.test/"), false, &why).valid());
  EXPECT_EQ(why, Refusal::kUnregistered);
}

TEST(Registry, KeepsASiteItCannotReadButPermitsNothing) {
  const Registry registry({Filed("")});
  ASSERT_EQ(registry.sites().size(), 1u);
  EXPECT_EQ(registry.Owner(U("http://www.campus.test/")), nullptr);
}

TEST(IsUnsafe, KnowsWhatChangesThings) {
  struct Case {
    std::string_view why, url;
    bool unsafe;
  };
  constexpr Case kCases[] = {
      {"a logout script", "http://h.test/user/logout.php", true},
      {"a bare logout path", "http://h.test/logout", true},
      {"spelled with a dash", "http://h.test/sign-out", true},
      {"an action", "http://h.test/member.asp?id=3&action=delete", true},
      {"a verb as the key", "http://h.test/list.php?del=7", true},
      {"a bare verb", "http://h.test/?logout", true},
      {"a folder of that name is not an act", "http://h.test/delete/list.php", false},
      {"a static page must not be a place to hide", "http://h.test/delete.html", false},
      {"a search for the word", "http://h.test/search?q=delete", false},
      {"a longer word", "http://h.test/deleted-files", false},
      {"an ordinary page", "http://h.test/news/1.html", false},
  };
  for (const auto& [why, url, unsafe] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(IsUnsafe(U(url)), unsafe);
  }
}

}  // namespace
}  // namespace xuncha
