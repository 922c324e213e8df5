package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// failing is a network whose system resolver gives one error.
type failing struct {
	*probetest.Net
	err error
}

func (f failing) Resolve(context.Context, string, string) ([]netip.Addr, error) { return nil, f.err }
func (f failing) ResolveTXT(context.Context, string) ([]string, error)          { return nil, f.err }

func TestSystemResolverErrors(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	for name, tc := range map[string]struct {
		err        error
		recordType string
		outcome    probe.Outcome
		failure    probe.Failure
	}{
		"no such host for A":        {notFound, "A", probe.Failed, probe.DNSNXDomain},
		"no such host for AAAA":     {notFound, "AAAA", probe.Failed, probe.DNSNoAnswer},
		"no such host for TXT":      {notFound, "TXT", probe.Failed, probe.DNSNoAnswer},
		"not found, other words":    {&net.DNSError{Err: "no data", IsNotFound: true}, "A", probe.Failed, probe.DNSNoAnswer},
		"only the other family":     {&net.DNSError{Err: "no suitable address found"}, "A", probe.Failed, probe.DNSNoAnswer},
		"timeout":                   {&net.DNSError{Err: "i/o timeout", IsTimeout: true, IsTemporary: true}, "A", probe.Silent, probe.Timeout},
		"servfail":                  {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, "A", probe.Failed, probe.DNSServfail},
		"refused and others":        {&net.DNSError{Err: "server misbehaving"}, "A", probe.Failed, probe.DNSMisbehaving},
		"temporary":                 {&net.DNSError{Err: "try again", IsTemporary: true}, "A", probe.Failed, probe.DNSTemporary},
		"unknown words":             {&net.DNSError{Err: "gremlins"}, "A", probe.Failed, probe.UnknownFailure},
		"error of a socket":         {&probe.NetError{Op: "send", Failure: probe.LocalPolicyDenied, Err: errors.New("denied")}, "A", probe.Failed, probe.LocalPolicyDenied},
		"told by the network":       {&net.DNSError{Err: "no such host", UnwrapErr: &probe.NetError{Op: "resolve", Failure: probe.DNSTemporary}}, "A", probe.Failed, probe.DNSTemporary},
		"silence, told":             {&net.DNSError{Err: "no such host", UnwrapErr: &probe.NetError{Op: "resolve", Failure: probe.Timeout}}, "A", probe.Silent, probe.Timeout},
		"deadline of the context":   {context.DeadlineExceeded, "A", probe.Silent, probe.Timeout},
		"no error and no addresses": {nil, "A", probe.Failed, probe.DNSNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, t.Context(), failing{probetest.New(), tc.err}, probe.Target{Resolver: System, Types: []string{tc.recordType}}, 1)
			check(t, got[0], tc.outcome, tc.failure)
			if d := detail(t, got[0]); d.Resolver != System || d.Attempts != 1 || (d.Error == "") != (tc.err == nil) || got[0].Address != "" {
				t.Errorf("address %q, detail %+v", got[0].Address, d)
			}
		})
	}
}

func TestInterruptedSystemResolverHasNotRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := ask(t, ctx, failing{probetest.New(), &net.DNSError{Err: "operation was canceled"}}, probe.Target{}, 1)
	check(t, got[0], probe.NotRun, "")
}

func TestSystemResolverAnswers(t *testing.T) {
	n := probetest.New()
	n.Hosts[host] = addrs("3.209.215.252", "2600:1f18::1")
	n.Texts[host] = []string{"wsca-\x1b[31mabc", strings.Repeat("x", 4096)}
	got := ask(t, t.Context(), n, probe.Target{Types: []string{"A", "AAAA", "TXT"}}, 3)
	for _, o := range got {
		check(t, o, probe.OK, "")
	}
	diff(t, addrs("3.209.215.252"), detail(t, got[0]).Addresses)
	diff(t, addrs("2600:1f18::1"), detail(t, got[1]).Addresses)
	texts := detail(t, got[2]).Texts
	if len(texts) != 2 || texts[0] != "wsca-[31mabc" || len(texts[1]) > maxText+len("…") {
		t.Errorf("texts %q", texts)
	}
}

func TestSystemResolverGivesNoMoreThanIsKept(t *testing.T) {
	n := probetest.New()
	for i := range 100 {
		n.Hosts[host] = append(n.Hosts[host], netip.AddrFrom4([4]byte{3, 0, 0, byte(i)}))
	}
	if d := detail(t, ask(t, t.Context(), n, probe.Target{}, 1)[0]); len(d.Addresses) != maxRecords {
		t.Errorf("%d addresses", len(d.Addresses))
	}
}

func TestPublicNameWithNothingToConnectToFails(t *testing.T) {
	for name, tc := range map[string]struct {
		addresses []string
		expect    string
		failure   probe.Failure
	}{
		"all private":           {[]string{"10.0.0.1", "192.168.0.1"}, ExpectPublic, ""},
		"stand-ins":             {[]string{"198.18.0.3", "100.64.0.7"}, ExpectPublic, ""},
		"loopback":              {[]string{"127.0.0.1"}, ExpectPublic, probe.DNSBogon},
		"one usable among them": {[]string{"0.0.0.0", "10.9.8.7"}, ExpectPublic, ""},
		"sinkhole":              {[]string{"0.0.0.0"}, ExpectPublic, probe.DNSBogon},
		"one public among them": {[]string{"10.0.0.1", "3.5.7.9"}, ExpectPublic, ""},
		"directory name":        {[]string{"10.0.0.1"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := probetest.New()
			n.Hosts[host] = addrs(tc.addresses...)
			o := ask(t, t.Context(), n, probe.Target{Expect: tc.expect}, 1)[0]
			outcome := probe.OK
			if tc.failure != "" {
				outcome = probe.Failed
			}
			check(t, o, outcome, tc.failure)
			if d := detail(t, o); len(d.Addresses) != len(tc.addresses) || (d.Error != "") != (tc.failure != "") {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestWhatCannotBeAskedIsSkippedWithAReason(t *testing.T) {
	for name, target := range map[string]probe.Target{
		"unknown type":        {Types: []string{"M\x1b[31mX"}},
		"SRV of the system":   {Types: []string{"SRV"}},
		"address for a name":  {Host: "3.5.7.9"},
		"label too long":      {Host: strings.Repeat("x", 64) + ".example.com", Resolver: resolver},
		"name too long":       {Host: strings.Repeat("x.", 200) + "com", Resolver: resolver},
		"empty label":         {Host: "a..b", Resolver: resolver},
		"resolver is a name":  {Resolver: "dns.example.com:53"},
		"resolver, no port":   {Resolver: "192.0.2.53"},
		"resolver on port 0":  {Resolver: "192.0.2.53:0"},
		"escapes in resolver": {Resolver: "\x1b[31m"},
	} {
		t.Run(name, func(t *testing.T) {
			n := probetest.New()
			o := ask(t, t.Context(), n, target, 1)[0]
			check(t, o, probe.Skipped, "")
			if d := detail(t, o); d.Error == "" || strings.Contains(d.Type+d.Resolver+d.Name+d.Error, "\x1b") || len(n.Sent()) != 0 {
				t.Errorf("%+v, sent %d", d, len(n.Sent()))
			}
		})
	}
}
