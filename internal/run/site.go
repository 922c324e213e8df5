package run

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/probe"
)

// siteHeadStart is how long a step waits for hosts of this computer's site where
// its service has more than are asked: longer than name servers and controllers
// that answer need for their two answers, shorter than one that does not keeps
// everybody waiting.
const siteHeadStart = 1200 * time.Millisecond

// longestLabel in bytes of one label of a name (RFC 1035 section 2.3.4).
const longestLabel = 63

// isSite: a name that may stand in a DNS name. It comes from the network.
func isSite(s string) bool {
	return s != "" && len(s) <= longestLabel && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
}

// learn takes from an observation which site this computer is in, and how many
// hosts a service has. The caller holds mu.
func (r *runner) learn(o probe.Observation) {
	switch d := o.Detail.(type) {
	case probe.LDAPDetail:
		if r.site == "" && isSite(d.ClientSite) {
			r.site = d.ClientSite
			close(r.sited)
		}
	case probe.DNSDetail:
		r.offered[d.Name] = max(r.offered[d.Name], len(d.Services))
	}
}

// crowded: a service has more hosts than are asked.
func (r *runner) crowded(service string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.offered[service] > plan.MaxAddresses
}

// inSite completes the host of a step that asks for a service in this computer's
// site; false if the site is not known, or the hosts in all sites are few.
func (r *runner) inSite(ctx context.Context, s plan.Step) (host string, ask bool) {
	r.await(ctx, s.InSite, r.sited, nil)
	if !r.crowded(plan.InAnySite(s.Target.Host)) {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.ReplaceAll(s.Target.Host, plan.Site, r.site), r.site != ""
}

// nearer are the addresses of a service's hosts in this computer's site. The
// caller holds mu.
func (r *runner) nearer(t probe.Target, better []string) []netip.Addr {
	if r.site == "" || len(better) == 0 {
		return nil
	}
	return r.addresses[strings.ReplaceAll(plan.InSite(t.Host), plan.Site, r.site)]
}
