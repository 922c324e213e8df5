package ldap

import (
	"context"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"wsdoctor/probe"
)

const (
	// maxParallel bounds how many addresses are asked at the same time.
	maxParallel = 8
	maxText     = 255 // runes of a name
	maxError    = 200 // runes of an error
)

// Prober asks every address of the target, at most 8 at a time, and gives one
// ldap_root observation for each, in order. Target.Transport "tcp" (the default)
// asks for the rootDSE, "udp" sends a CLDAP netlogon ping for Target.Domain, or,
// without one, for the domain that the server thinks of first.
//
// Up to 3 connections, or datagrams, are tried 50 ms apart (Target.Attempts and
// Target.Spacing override), none after one was answered.
//
// Outcomes: ok for any valid LDAP answer, with what it lacks in Detail.Error;
// failed with the failure of the connect or of the connection, malformed_reply
// (bytes came that are no answer), reply_too_large, or eof_error (closed before
// it answered); silent with generic_timeout_error; skipped for no_address;
// not-run where the run was interrupted first.
type Prober struct{}

var _ probe.Prober = Prober{}

// asking is one way to ask one address.
type asking func(ctx context.Context, n probe.Network, t probe.Target, to netip.AddrPort) (probe.LDAPDetail, probe.Outcome, probe.Failure)

// Probe gives one observation for each address of t; without an address one,
// skipped for no_address.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	ask, transport := asking(root), probe.TCP
	if t.Transport == probe.UDP {
		ask, transport = ping, probe.UDP
	}
	if len(t.Addresses) == 0 {
		o := probe.Observe(probe.LDAPRoot, t, time.Now())
		return []probe.Observation{
			o.Finish(time.Now(), probe.Skipped, probe.NoAddress, probe.LDAPDetail{Transport: transport}),
		}
	}
	list := make([]probe.Observation, len(t.Addresses))
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, address := range t.Addresses {
		group.Go(func() error {
			o := probe.Observe(probe.LDAPRoot, t, time.Now())
			o.Address = address.String()
			d, outcome, failure := ask(ctx, n, t, netip.AddrPortFrom(address, t.Port))
			d.Transport = transport
			list[i] = o.Finish(time.Now(), outcome, failure, d)
			return nil
		})
	}
	_ = group.Wait()
	return list
}
