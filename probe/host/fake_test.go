package host

import (
	"context"
	"net/netip"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// plainValues lets cmp look into the comparable types of net/netip.
var plainValues = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func addr(s string) netip.Addr                        { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix                    { return netip.MustParsePrefix(s) }
func environ(m map[string]string) func(string) string { return func(k string) string { return m[k] } }

func eth(index int, name string, prefixes ...string) link {
	l := link{Interface: probe.Interface{Name: name, Index: index, Up: true, Carrier: true, MTU: 1500}}
	for _, p := range prefixes {
		l.Addresses = append(l.Addresses, prefix(p))
	}
	return l
}

// fakeSystem is a desktop with one wired interface and both families.
func fakeSystem() system {
	lo := eth(1, "lo", "127.0.0.1/8", "::1/128")
	lo.Loopback = true
	return system{
		portRules: true,
		links: func(context.Context) ([]link, error) {
			return []link{lo, eth(2, "eth0", "192.0.2.10/24", "2001:db8::10/64", "fe80::1/64")}, nil
		},
		route: func(_ context.Context, f flow) (hop, error) {
			if f.to.Is4() {
				return hop{2, addr("192.0.2.1"), addr("192.0.2.10")}, nil
			}
			return hop{2, addr("fe80::2"), addr("2001:db8::10")}, nil
		},
		resolvers: func(context.Context, []link) (probe.ResolversDetail, error) {
			return probe.ResolversDetail{Servers: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:53")}, Source: "test"}, nil
		},
		proxy: func(context.Context) (*proxySettings, error) { return nil, nil },
		agent: func() []string { return nil },
		close: func() {},
	}
}
