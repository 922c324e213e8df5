package host

import (
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func servers(list ...string) []netip.AddrPort {
	out := []netip.AddrPort{}
	for _, s := range list {
		out = append(out, netip.AddrPortFrom(addr(s), 53))
	}
	return out
}

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestResolvConfVariants(t *testing.T) {
	const etc, run = "etc/resolv.conf", "run/systemd/resolve/resolv.conf"
	for name, c := range map[string]struct {
		root fstest.MapFS
		want probe.ResolversDetail
	}{
		"plain": {
			fstest.MapFS{etc: file("# by hand\nsearch corp.example example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions timeout:2\n")},
			probe.ResolversDetail{Servers: servers("192.0.2.53", "2001:db8::53"), Search: []string{"corp.example", "example"}, Source: "/etc/resolv.conf"},
		},
		"zone is kept, garbage passed over, no last newline": {
			fstest.MapFS{etc: file("nameserver fe80::1%eth0\r\nnameserver dns.example\nnameserver\n  nameserver 192.0.2.1")},
			probe.ResolversDetail{Servers: servers("fe80::1%eth0", "192.0.2.1"), Source: "/etc/resolv.conf"},
		},
		"fourth server is never asked": {
			fstest.MapFS{etc: file("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n")},
			probe.ResolversDetail{Servers: servers("192.0.2.1", "192.0.2.2", "192.0.2.3"), Source: "/etc/resolv.conf"},
		},
		"systemd stub and what is behind it": {
			fstest.MapFS{etc: file("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch corp.example\n"), run: file("nameserver 192.0.2.1\nnameserver fe80::1%wlan0\n")},
			probe.ResolversDetail{Servers: servers("127.0.0.53", "192.0.2.1", "fe80::1%wlan0"), Search: []string{"corp.example"},
				Source: "/etc/resolv.conf (systemd-resolved at 127.0.0.53), servers behind it from /run/systemd/resolve/resolv.conf"},
		},
		"stub whose owner's file is missing": {
			fstest.MapFS{etc: file("nameserver 127.0.0.53\n")},
			probe.ResolversDetail{Servers: servers("127.0.0.53"), Source: "/etc/resolv.conf"},
		},
		"own resolver on loopback is no stub": {
			fstest.MapFS{etc: file("nameserver 127.0.0.1\n"), run: file("nameserver 192.0.2.1\n")},
			probe.ResolversDetail{Servers: servers("127.0.0.1"), Source: "/etc/resolv.conf"},
		},
		"empty":   {fstest.MapFS{etc: file("")}, probe.ResolversDetail{Servers: servers(), Source: "/etc/resolv.conf"}},
		"missing": {fstest.MapFS{}, probe.ResolversDetail{Servers: servers(), Source: "/etc/resolv.conf (missing)"}},
	} {
		got, err := resolvConf(c.root)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got, plainValues); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAdapterResolversBeginWithTheCarrierOfTheDefaultRoute(t *testing.T) {
	lan, vpn, down, lo := eth(2, "LAN"), eth(3, "VPN"), eth(4, "old"), eth(1, "lo")
	down.Up, lo.Loopback = false, true
	lan.Resolvers, lan.Search = servers("192.0.2.1", "fec0:0:0:ffff::1"), []string{"home.arpa"}
	vpn.Resolvers, vpn.Search = servers("10.0.0.53", "192.0.2.1"), []string{"corp.example"}
	down.Resolvers, lo.Resolvers = servers("192.0.2.99"), servers("192.0.2.98")
	want := probe.ResolversDetail{Servers: servers("10.0.0.53", "192.0.2.1"), Search: []string{"corp.example", "home.arpa"}, Source: "network adapters"}
	if diff := cmp.Diff(want, adapterResolvers([]link{lo, lan, vpn, down}, 3), plainValues); diff != "" {
		t.Error(diff)
	}
}

func TestResolvConfThatIsNoFileIsAnErrorAndNotRead(t *testing.T) {
	for _, mode := range []fs.FileMode{fs.ModeNamedPipe, fs.ModeDevice, fs.ModeDir} {
		got, err := resolvConf(fstest.MapFS{"etc/resolv.conf": {Mode: mode, Data: []byte("nameserver 192.0.2.1\n")}})
		if err == nil || got.Source != "" {
			t.Errorf("%v: %+v, %v", mode, got, err)
		}
	}
}

func TestResolvConfReadIsBounded(t *testing.T) {
	late := strings.Repeat("# filler\n", fileLimit/9+1) + "nameserver 192.0.2.1\n"
	got, err := resolvConf(fstest.MapFS{"etc/resolv.conf": file(late)})
	if err != nil || len(got.Servers) != 0 {
		t.Errorf("read past %d bytes: %+v, %v", fileLimit, got, err)
	}
}

func FuzzResolvConf(f *testing.F) {
	f.Add([]byte("nameserver 192.0.2.1\nsearch a b\n"))
	f.Add([]byte("nameserver fe80::1%\x1b[31m\nsearch \x1b[2J\u202e\n"))
	f.Add([]byte("domain\nsearch\nnameserver\noptions ndots:999999999999\n"))
	f.Add([]byte("nameserver ::ffff:192.0.2.1\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, search := parseResolvConf(b, libcServers)
		checkResolvers(t, list, search, libcServers)
	})
}

func checkResolvers(t *testing.T, list []netip.AddrPort, search []string, limit int) {
	t.Helper()
	if list == nil || len(list) > limit || len(search) > searchLimit {
		t.Errorf("%d servers, %d search names", len(list), len(search))
	}
	for _, s := range list {
		if !s.IsValid() || strings.ContainsFunc(s.String(), unicode.IsControl) {
			t.Errorf("server %q", s)
		}
	}
	for _, s := range search {
		if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("search name %q", s)
		}
	}
}
