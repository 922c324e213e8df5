package run_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/probe"
)

const ldapService = "_ldap._tcp.dc._msdcs.corp.example.com"

// serves answers the question for a service with one observation for it and one
// for the address of each host.
func serves(after time.Duration, outcome probe.Outcome, addresses ...string) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.DNSQuery, t, time.Now())
		time.Sleep(after)
		list := []probe.Observation{o.Finish(time.Now(), outcome, "", probe.DNSDetail{Name: t.Host, Type: "SRV"})}
		for _, a := range addresses {
			d := probe.DNSDetail{Name: "dc" + a + ".corp.example.com", Type: "A", Service: t.Host, Addresses: addrs(a)}
			list = append(list, o.Finish(time.Now(), outcome, "", d))
		}
		return list
	}
}

func TestTheHostsOfAServiceAreHandedOn(t *testing.T) {
	stands := addrs("10.0.0.10") // in for the service's hosts
	for _, c := range []struct {
		name  string
		asked map[string]fake
		want  []netip.Addr
		at    time.Duration
	}{
		{"all hosts of one answer", map[string]fake{"a": serves(5*time.Millisecond, probe.OK, "10.0.1.1", "10.0.1.2", "10.0.1.1")}, addrs("10.0.1.1", "10.0.1.2"), 5 * time.Millisecond},
		{"the first name server to answer is enough", map[string]fake{
			"a": serves(5*time.Millisecond, probe.OK, "10.0.1.1"), "b": serves(time.Hour, probe.OK, "10.0.2.1"),
		}, addrs("10.0.1.1"), 5 * time.Millisecond},
		{"no answer", map[string]fake{"a": serves(5*time.Millisecond, probe.Failed)}, stands, 5 * time.Millisecond},
		{"an answer that keeps everybody waiting", map[string]fake{"a": serves(time.Hour, probe.OK, "10.0.1.1")}, stands, nameHeadStart},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []netip.Addr
				var at time.Duration
				began := time.Now()
				p := plan.Plan{}
				waits := plan.Step{ID: "dc", Probe: "port", Target: probe.Target{Host: ldapService, Port: 88, Transport: probe.TCP, Addresses: stands}}
				for name := range c.asked {
					p.Steps = append(p.Steps, plan.Step{ID: name, Probe: name, Target: probe.Target{Host: ldapService}})
					waits.After = append(waits.After, name)
				}
				p.Steps = append(p.Steps, waits)
				probers := map[string]probe.Prober{"port": fake(func(_ context.Context, t probe.Target) []probe.Observation {
					got, at = t.Addresses, time.Since(began)
					return nil
				})}
				for name, f := range c.asked {
					probers[name] = f
				}
				do(t.Context(), run.Options{Plan: p, Probers: probers})
				if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || at != c.at {
					t.Errorf("after %s, want %s; (-want +got):\n%s", at, c.at, diff)
				}
			})
		})
	}
}
