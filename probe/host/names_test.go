package host

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func TestHostsFileSpeaksOfTheNamesAskedFor(t *testing.T) {
	const file = "\ufeff127.0.0.1 localhost\n# 10.0.0.1 broker.example.com\n0.0.0.0\tbroker.example.com  Login.Example.com. # ours\nnonsense broker.example.com\n::1 broker.example.com\n10.9.8.7 other.example.com\n0.0.0.0 broker.example.com\n"
	got, err := parseHosts(strings.NewReader(file), []string{"Broker.example.com", "login.example.com."})
	want := []probe.HostNameEntry{
		{Name: "broker.example.com", Address: addr("0.0.0.0")}, {Name: "login.example.com", Address: addr("0.0.0.0")}, {Name: "broker.example.com", Address: addr("::1")},
	}
	if diff := cmp.Diff(want, got, plainValues); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestHostsFileIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(netip.AddrFrom4([4]byte{10, 0, byte(i / 250), byte(i%250 + 1)}).String() + " broker.example.com\n")
	}
	if got, err := parseHosts(strings.NewReader(b.String()), []string{"broker.example.com"}); err != nil || len(got) != hostsEntries {
		t.Errorf("%d entries, %v", len(got), err)
	}
	if got, err := parseHosts(strings.NewReader("0.0.0.0 broker.example.com\n"+strings.Repeat("x", hostsLine+1)), []string{"broker.example.com"}); len(got) != 1 || err == nil {
		t.Errorf("%d entries of a file with an endless line, %v", len(got), err)
	}
}

func TestAMissingHostsFileSaysNothingAndADeviceIsNotRead(t *testing.T) {
	names := []string{"broker.example.com"}
	if d, err := hostNames(filepath.Join(t.TempDir(), "hosts"), names); err != nil || len(d.Entries) != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := hostNames(t.TempDir(), names); err == nil {
		t.Error("a folder was read")
	}
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte("0.0.0.0 broker.example.com"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := hostNames(file, names)
	if err != nil || len(d.Entries) != 1 || d.Source != file {
		t.Errorf("%+v, %v", d, err)
	}
	list := Observations(probe.HostFacts{Names: d}, time.Unix(0, 0))
	found := false
	for _, o := range list {
		found = found || o.Operation == probe.HostNames && o.Outcome == probe.OK
	}
	if !found {
		t.Errorf("%q", outcomes(list))
	}
}

// Addresses that could not be listed are not addresses that do not exist.
func TestAListThatWasNotReadWholeIsNoStatement(t *testing.T) {
	s := fakeSystem()
	whole, tries := s.links, 0
	s.links = func(ctx context.Context) ([]link, error) {
		tries++
		list, _ := whole(ctx)
		for i := range list {
			list[i].Addresses = nil
		}
		return list, errors.New("list addresses: resource temporarily unavailable")
	}
	s.route = func(context.Context, flow) (hop, error) { return hop{}, context.DeadlineExceeded }
	f := gather(t.Context(), Ask{Environ: nowhere}, s)
	if o := Observations(f, time.Unix(0, 0))[0]; o.Outcome != probe.Skipped || o.Failure != probe.Unsupported || !f.HasIPv4 || tries != 2 || len(f.Gaps) == 0 {
		t.Errorf("%s %s, IPv4 %v, asked %d times, gaps %q", o.Outcome, o.Failure, f.HasIPv4, tries, f.Gaps)
	}
	// Once only: this computer stood still.
	tries = 0
	s.links = func(ctx context.Context) ([]link, error) {
		if tries++; tries == 1 {
			return nil, context.DeadlineExceeded
		}
		return whole(ctx)
	}
	if o := Observations(gather(t.Context(), Ask{Environ: nowhere}, s), time.Unix(0, 0))[0]; o.Outcome != probe.OK {
		t.Errorf("%s %s after a second reading", o.Outcome, o.Failure)
	}
}

// A network of containers that covers a name server's address shows in its route.
func TestARouteToANameServerIsShownWhereItIsAnother(t *testing.T) {
	s := fakeSystem()
	whole, route := s.links, s.route
	s.links = func(ctx context.Context) ([]link, error) {
		list, err := whole(ctx)
		bridge := eth(7, "br-x", "172.20.0.1/16")
		bridge.Interface.Kind = probe.LinkBridge
		return append(list, bridge), err
	}
	s.route = func(ctx context.Context, f flow) (hop, error) {
		if prefix("172.20.0.0/16").Contains(f.to) {
			return hop{7, netip.Addr{}, addr("172.20.0.1")}, nil
		}
		return route(ctx, f)
	}
	for server, want := range map[string]probe.LinkKind{"172.20.9.1:53": probe.LinkBridge, "192.0.2.1:53": "", "127.0.0.53:53": ""} {
		s.resolvers = func(context.Context, []link) (probe.ResolversDetail, error) {
			return probe.ResolversDetail{Servers: []netip.AddrPort{netip.MustParseAddrPort(server)}, Source: "test"}, nil
		}
		var got probe.LinkKind
		for _, r := range gather(t.Context(), Ask{Environ: nowhere}, s).Routes {
			if r.Endpoint == ResolverEndpoint {
				got = r.Kind
			}
		}
		if got != want {
			t.Errorf("%s: a route by %q, want %q", server, got, want)
		}
	}
}
