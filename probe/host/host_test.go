package host

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

var nowhere = environ(nil)

// outcomes lists operation, target, outcome and failure of every observation.
func outcomes(list []probe.Observation) []string {
	var out []string
	for _, o := range list {
		out = append(out, strings.TrimSpace(string(o.Operation)+" "+o.Target)+" "+string(o.Outcome)+" "+string(o.Failure))
	}
	return out
}

func TestHealthyDesktopIsAllOK(t *testing.T) {
	f := gather(t.Context(), Ask{Environ: nowhere, Targets: []RouteQuery{{"streaming", addr("198.51.100.7"), probe.UDP, 4172}}}, fakeSystem())
	if !f.HasIPv4 || !f.HasIPv6 {
		t.Errorf("HasIPv4 %v, HasIPv6 %v, want both", f.HasIPv4, f.HasIPv6)
	}
	if len(f.Gaps) != 0 {
		t.Errorf("gaps %q", f.Gaps)
	}
	want := []string{
		"host_links ok ",
		"host_route 0.0.0.0 ok ",
		"host_route :: ok ",
		"host_route 198.51.100.7:4172/udp ok ",
		"host_resolvers ok ",
		"host_proxy ok ",
		"host_vpn ok ",
		"host_workspace ok ",
	}
	if diff := cmp.Diff(want, outcomes(Observations(f, time.Unix(0, 0)))); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyComputerSaysWhatIsMissing(t *testing.T) {
	s := fakeSystem()
	s.links = func(context.Context) ([]link, error) {
		return []link{eth(2, "eth0", "169.254.7.7/16", "fe80::1/64")}, nil // DHCP gave nothing
	}
	s.route = func(context.Context, flow) (hop, error) {
		return hop{}, &refusal{probe.NetworkUnreachable, "ENETUNREACH"}
	}
	s.resolvers = func(context.Context, []link) (probe.ResolversDetail, error) {
		return probe.ResolversDetail{Servers: []netip.AddrPort{}, Source: "test"}, nil
	}
	f := gather(t.Context(), Ask{Environ: nowhere, Targets: []RouteQuery{{"broker", addr("198.51.100.7"), probe.TCP, 443}}}, s)
	if f.HasIPv4 || f.HasIPv6 {
		t.Errorf("HasIPv4 %v, HasIPv6 %v, want neither", f.HasIPv4, f.HasIPv6)
	}
	want := []string{
		"host_links failed no_interface",
		"host_route 0.0.0.0 failed no_route",
		"host_route :: failed no_route",
		"host_route 198.51.100.7:443/tcp failed no_route",
		"host_resolvers failed no_resolver",
		"host_proxy ok ",
		"host_vpn ok ",
		"host_workspace ok ",
	}
	if diff := cmp.Diff(want, outcomes(Observations(f, time.Unix(0, 0)))); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeReadIsSkippedAndAGap(t *testing.T) {
	s := fakeSystem()
	refuse := errors.New("refused by \x1b[31mthe system")
	s.links = func(context.Context) ([]link, error) { return nil, refuse }
	s.resolvers = func(context.Context, []link) (probe.ResolversDetail, error) { return probe.ResolversDetail{}, refuse }
	s.proxy = func(context.Context) (*proxySettings, error) { return nil, refuse }
	f := gather(t.Context(), Ask{Environ: nowhere}, s)
	want := []string{
		"network interfaces: refused by [31mthe system",
		"resolvers: refused by [31mthe system",
		"system proxy settings: refused by [31mthe system",
	}
	if diff := cmp.Diff(want, f.Gaps); diff != "" {
		t.Error(diff)
	}
	list := Observations(f, time.Unix(0, 0))
	for _, o := range list {
		skipped := o.Operation == probe.HostLinks || o.Operation == probe.HostResolvers || o.Operation == probe.HostVPN
		if skipped != (o.Outcome == probe.Skipped) || skipped != (o.Failure == probe.Unsupported) {
			t.Errorf("%s: %s %s", o.Operation, o.Outcome, o.Failure)
		}
	}
}

func TestObservationsSurviveStorageWithNoNullLists(t *testing.T) {
	s := fakeSystem()
	deny := s.route
	s.route = func(ctx context.Context, f flow) (hop, error) {
		if f.port == 4172 {
			return hop{}, &refusal{probe.LocalPolicyDenied, "EACCES"}
		}
		return deny(ctx, f)
	}
	full := gather(t.Context(), Ask{Environ: nowhere, Targets: []RouteQuery{{"streaming", addr("198.51.100.7"), probe.UDP, 4172}}}, s)
	for name, f := range map[string]probe.HostFacts{"full": full, "empty": {}} {
		for _, o := range Observations(f, time.Unix(0, 0)) {
			b, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			if d, err := json.Marshal(o.Detail); err != nil || strings.Contains(string(d), "null") {
				t.Errorf("%s: %s, %v", name, d, err)
			}
			var back probe.Observation
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(o.Detail, back.Detail, plainValues); diff != "" {
				t.Errorf("%s: stored and read back (-want +got):\n%s", name, diff)
			}
			if o.Step != "host" || back.Failure != o.Failure {
				t.Errorf("%s: step %q, failure %q read back as %q", name, o.Step, o.Failure, back.Failure)
			}
		}
	}
}

func TestGatherEndsWithinItsPatienceWhenAProgramHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeSystem()
		s.resolvers = func(ctx context.Context, _ []link) (probe.ResolversDetail, error) {
			<-ctx.Done()
			return probe.ResolversDetail{}, ctx.Err()
		}
		s.proxy = func(ctx context.Context) (*proxySettings, error) { <-ctx.Done(); return nil, ctx.Err() }
		start := time.Now()
		f := gather(t.Context(), Ask{Environ: nowhere}, s)
		if took := time.Since(start); took != patience {
			t.Errorf("took %v, want %v", took, patience)
		}
		if len(f.Links.Interfaces) != 2 || len(f.Gaps) != 3 {
			t.Errorf("links %v, gaps %q: what was read must be kept and the rest named", f.Links, f.Gaps)
		}
	})
}

func TestGatherEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := Gather(ctx, Ask{Environ: nowhere})
	if len(f.Gaps) == 0 || !strings.Contains(f.Gaps[len(f.Gaps)-1], "the run ended") {
		t.Errorf("gaps %q do not say that the run ended", f.Gaps)
	}
}

// BenchmarkGather is the whole call on this machine, with the targets of a run.
func BenchmarkGather(b *testing.B) {
	ask := Ask{Environ: nowhere}
	for _, to := range []string{"198.51.100.7", "198.51.100.8", "2001:db8::7"} {
		for _, port := range []uint16{443, 4172, 4195} {
			for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
				ask.Targets = append(ask.Targets, RouteQuery{"x", addr(to), transport, port})
			}
		}
	}
	for b.Loop() {
		Gather(b.Context(), ask)
	}
}
