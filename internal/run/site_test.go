package run_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/probe"
)

// siteHeadStart is written down again, as the other limits are.
const siteHeadStart = 1200 * time.Millisecond

// directory answers the questions for a service with so many hosts, and those for
// the service in the site Berlin with one.
func directory(hosts int, site time.Duration) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		first, n := "10.90.0.", hosts
		switch {
		case strings.HasPrefix(t.Host, "_ldap._tcp.Berlin._sites.dc._msdcs."):
			time.Sleep(site)
			first, n = "10.60.0.", 1
		case t.Host != ldapService:
			panic("asked for " + t.Host)
		}
		o := probe.Observe(probe.DNSQuery, t, time.Now())
		d := probe.DNSDetail{Name: t.Host, Type: "SRV"}
		var list []probe.Observation
		for i := range n {
			d.Services = append(d.Services, fmt.Sprintf("dc%d.corp.example.com:389", i))
			list = append(list, o.Finish(time.Now(), probe.OK, "", probe.DNSDetail{Name: fmt.Sprint("dc", i), Type: "A", Service: t.Host, Addresses: addrs(first + fmt.Sprint(1+i))}))
		}
		return slices.Insert(list, 0, o.Finish(time.Now(), probe.OK, "", d))
	}
}

// tells is a controller that says in which site this computer is.
func tells(site string, after time.Duration) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.LDAPRoot, t, time.Now())
		time.Sleep(after)
		return []probe.Observation{o.Finish(time.Now(), probe.OK, "", probe.LDAPDetail{ClientSite: site})}
	}
}

func TestTheHostsOfTheOwnSiteAreAskedWhereThereAreMany(t *testing.T) {
	far, near := addrs("10.90.0.1", "10.90.0.2", "10.90.0.3"), addrs("10.60.0.1")
	for _, c := range []struct {
		name       string
		hosts      int
		says       string
		told, site time.Duration
		want       []netip.Addr
		at         time.Duration
		questions  int // for the site
	}{
		{"many", 4, "Berlin", 5 * time.Millisecond, 2 * time.Millisecond, near, 7 * time.Millisecond, 1},
		{"few", 3, "Berlin", 5 * time.Millisecond, time.Millisecond, far, 0, 0},
		{"many, and no site", 4, "", 5 * time.Millisecond, time.Millisecond, far, 5 * time.Millisecond, 0},
		{"many, and a site that is no name", 4, "Berlin.evil.example\x1b[31m", 5 * time.Millisecond, time.Millisecond, far, 5 * time.Millisecond, 0},
		{"a site that is told too late", 4, "Berlin", time.Hour, time.Millisecond, far, siteHeadStart, 1},
		{"an answer that comes too late", 4, "Berlin", time.Millisecond, time.Hour, far, siteHeadStart, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []netip.Addr
				var at time.Duration
				questions := 0
				began := time.Now()
				target := probe.Target{Host: ldapService, Port: 88, Transport: probe.TCP, Addresses: addrs("10.0.0.10")}
				do(t.Context(), run.Options{
					Plan: plan.Plan{Steps: []plan.Step{
						{ID: "srv", Probe: "dns", Target: probe.Target{Host: ldapService}},
						{ID: "site", Probe: "ldap", Target: probe.Target{Host: "10.0.0.10", Port: 389, Transport: probe.UDP}},
						{ID: "near", Probe: "dns", Target: probe.Target{Host: plan.InSite(ldapService)}, After: []string{"srv"}, InSite: []string{"site"}},
						{ID: "dc", Probe: "port", Target: target, After: []string{"srv"}, Better: []string{"near"}},
					}},
					Probers: map[string]probe.Prober{
						"dns": fake(func(ctx context.Context, t probe.Target) []probe.Observation {
							if t.Host != ldapService {
								questions++
							}
							return directory(c.hosts, c.site)(ctx, t)
						}),
						"ldap": tells(c.says, c.told),
						"port": fake(func(_ context.Context, t probe.Target) []probe.Observation {
							got, at = t.Addresses, time.Since(began)
							return nil
						}),
					},
				})
				if !slices.Equal(got, c.want) || at != c.at || questions != c.questions {
					t.Errorf("%v after %s with %d questions, want %v after %s with %d", got, at, questions, c.want, c.at, c.questions)
				}
			})
		})
	}
}

func TestNamesWithAndWithoutTheSite(t *testing.T) {
	in := plan.InSite(ldapService)
	if want := "_ldap._tcp.{site}._sites.dc._msdcs.corp.example.com"; in != want || plan.InAnySite(in) != ldapService || plan.ControllerService("corp.example.com") != ldapService {
		t.Errorf("%s, and back %s", in, plan.InAnySite(in))
	}
}
