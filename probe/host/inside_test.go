package host

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// fakeWorkSpace is a healthy one: eth0 in a management range, eth1 in a VPC.
func fakeWorkSpace() system {
	s := fakeSystem()
	links := []link{eth(2, "eth0", "198.19.4.5/20"), eth(3, "eth1", "10.20.1.5/24")}
	table := connected(links, via("0.0.0.0/0", 3, "10.20.1.1", 100), via("169.254.169.254/32", 2, "198.19.0.1", 0))
	s.links = func(context.Context) ([]link, error) { return links, nil }
	s.table = func(context.Context, []link) ([]tableRoute, error) { return table, nil }
	s.route = func(_ context.Context, f flow) (hop, error) {
		r, ok := longest(table, f.to, 0)
		if !ok {
			return hop{}, &refusal{probe.NetworkUnreachable, "ENETUNREACH"}
		}
		return hop{index: r.index, gateway: r.gateway}, nil
	}
	s.directory = func([]string) (probe.DirectoryDetail, []string) {
		return probe.DirectoryDetail{Domain: "corp.example.com", DomainSource: "/etc/krb5.conf", DNS: []netip.Addr{addr("10.20.0.10")}, DNSSource: "/etc/dhcp/dhclient.conf"}, nil
	}
	return s
}

func TestHealthyWorkSpace(t *testing.T) {
	s := fakeWorkSpace()
	f := gather(t.Context(), Ask{Environ: nowhere}, s)
	in := inside(t.Context(), f, InsideAsk{Ranges: wsRanges}, s)
	want := []string{
		"host_routes ok ", "host_management ok ", "host_directory ok ", "host_route 169.254.169.254 ok ", "host_route 10.20.0.10 ok ",
	}
	if diff := cmp.Diff(want, outcomes(InsideObservations(in, time.Unix(0, 0)))); diff != "" {
		t.Error(diff)
	}
	way := []probe.RouteDetail{
		{Family: "ip4", Destination: metadata, Interface: "eth0", Gateway: addr("198.19.0.1"), Endpoint: "metadata"},
		{Family: "ip4", Destination: addr("10.20.0.10"), Interface: "eth1", Gateway: addr("10.20.1.1"), Endpoint: "directory-dns"},
	}
	if diff := cmp.Diff(way, in.Routes, plainValues); diff != "" {
		t.Error(diff)
	}
	if in.Management.Interfaces[0].Name != "eth0" || len(in.Management.Overlaps) != 0 || len(in.Gaps) != 0 {
		t.Errorf("%+v, gaps %q", in.Management, in.Gaps)
	}
	without := inside(t.Context(), probe.HostFacts{}, InsideAsk{Ranges: wsRanges}, s)
	if r := without.Routes[1]; r.Endpoint != "internet" || r.Interface != "eth1" {
		t.Errorf("the way to the internet was not asked for: %+v", without.Routes)
	}
}

func TestFlagsOverruleWhatTheComputerSays(t *testing.T) {
	s := fakeWorkSpace()
	s.directory = func([]string) (probe.DirectoryDetail, []string) {
		return probe.DirectoryDetail{DNS: []netip.Addr{addr("10.20.0.10")}, DNSSource: "x"}, []string{"directory domain: /etc/sssd/sssd.conf cannot be read", "directory DNS addresses: odd"}
	}
	dns := []netip.Addr{addr("10.20.9.9")}
	for name, c := range map[string]struct {
		ask  InsideAsk
		want probe.DirectoryDetail
		gaps []string
	}{
		"both":     {InsideAsk{Domain: "Corp.Example", DNS: dns}, probe.DirectoryDetail{Domain: "corp.example", DomainSource: "flag", DNS: dns, DNSSource: "flag"}, nil},
		"domain":   {InsideAsk{Domain: "corp.example"}, probe.DirectoryDetail{Domain: "corp.example", DomainSource: "flag", DNS: []netip.Addr{addr("10.20.0.10")}, DNSSource: "x"}, []string{"directory DNS addresses: odd"}},
		"DNS":      {InsideAsk{DNS: dns}, probe.DirectoryDetail{DNS: dns, DNSSource: "flag"}, []string{"directory domain: /etc/sssd/sssd.conf cannot be read"}},
		"nonsense": {InsideAsk{Domain: "a b", DNS: dns}, probe.DirectoryDetail{DNS: dns, DNSSource: "flag"}, []string{"directory domain: what the flag says is not a domain name"}},
	} {
		c.ask.Ranges = wsRanges
		in := inside(t.Context(), probe.HostFacts{}, c.ask, s)
		if diff := cmp.Diff(c.want, in.Directory, plainValues); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !slices.Equal(in.Gaps, c.gaps) {
			t.Errorf("%s: gaps %q", name, in.Gaps)
		}
	}
}

func TestInsideSaysWhatItCouldNotRead(t *testing.T) {
	broken := errors.New("broken \x1b[31mpipe")
	for name, c := range map[string]struct {
		change func(*system, *InsideAsk)
		want   []string // outcomes of the first three observations
		gap    string
	}{
		"interfaces":   {func(s *system, _ *InsideAsk) { s.links = func(context.Context) ([]link, error) { return nil, broken } }, []string{"host_routes ok ", "host_management skipped unsupported", "host_directory ok "}, "network interfaces: broken [31mpipe"},
		"no ranges":    {func(_ *system, a *InsideAsk) { a.Ranges = nil }, []string{"host_routes ok ", "host_management skipped unsupported", "host_directory ok "}, "management interface: no management ranges are known to look for"},
		"not in range": {func(_ *system, a *InsideAsk) { a.Ranges = []netip.Prefix{prefix("172.31.0.0/16")} }, []string{"host_routes ok ", "host_management failed no_interface", "host_directory ok "}, ""},
		"routes": {
			func(s *system, _ *InsideAsk) {
				s.table = func(context.Context, []link) ([]tableRoute, error) { return nil, broken }
			},
			[]string{"host_routes skipped unsupported", "host_management ok ", "host_directory ok "}, "routing table: broken [31mpipe",
		},
		"another system": {func(s *system, _ *InsideAsk) { s.table, s.directory = nil, nil }, []string{"host_routes skipped unsupported", "host_management ok ", "host_directory skipped unsupported"}, "directory settings: not read on this system"},
		"nothing is set": {
			func(s *system, _ *InsideAsk) {
				s.directory = func([]string) (probe.DirectoryDetail, []string) {
					return probe.DirectoryDetail{DNS: []netip.Addr{}}, nil
				}
			},
			[]string{"host_routes ok ", "host_management ok ", "host_directory ok "}, "directory domain: not set where WorkSpaces keep it; --domain gives it",
		},
	} {
		s, ask := fakeWorkSpace(), InsideAsk{Ranges: wsRanges}
		c.change(&s, &ask)
		in := inside(t.Context(), probe.HostFacts{}, ask, s)
		if diff := cmp.Diff(c.want, outcomes(InsideObservations(in, time.Unix(0, 0)))[:3]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c.gap != "" && !slices.Contains(in.Gaps, c.gap) || c.gap == "" && len(in.Gaps) > 0 {
			t.Errorf("%s: gaps %q, want %q", name, in.Gaps, c.gap)
		}
	}
}

func TestInsideObservationsSurviveStorageWithNoNullLists(t *testing.T) {
	s := fakeWorkSpace()
	full := inside(t.Context(), probe.HostFacts{}, InsideAsk{Ranges: wsRanges}, s)
	for name, f := range map[string]InsideFacts{"full": full, "empty": {}} {
		for _, o := range InsideObservations(f, time.Unix(0, 0)) {
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
			if diff := cmp.Diff(o.Detail, back.Detail, plainValues); diff != "" || o.Step != "host" {
				t.Errorf("%s: step %q, stored and read back (-want +got):\n%s", name, o.Step, diff)
			}
		}
	}
}

func TestInsideEndsWithinItsPatienceWhenTheSystemHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeWorkSpace()
		s.table = func(ctx context.Context, _ []link) ([]tableRoute, error) { <-ctx.Done(); return nil, ctx.Err() }
		start := time.Now()
		in := inside(t.Context(), probe.HostFacts{}, InsideAsk{Ranges: wsRanges}, s)
		if took := time.Since(start); took != patience || !strings.Contains(in.Gaps[len(in.Gaps)-1], "the run ended") {
			t.Errorf("took %v, gaps %q", took, in.Gaps)
		}
	})
}

// BenchmarkInside is the whole call on this machine, with Gather's answer.
func BenchmarkInside(b *testing.B) {
	f := Gather(b.Context(), Ask{Environ: nowhere})
	ask := InsideAsk{Ranges: wsRanges, DNS: []netip.Addr{addr("10.20.0.10"), addr("10.20.1.10")}}
	for b.Loop() {
		Inside(b.Context(), f, ask)
	}
}
