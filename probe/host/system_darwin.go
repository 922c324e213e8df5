package host

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os/exec"
	"time"

	"golang.org/x/net/route"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// thisSystem asks the routing table (a sysctl, readable by everybody) and, for
// what only System Configuration knows, the program scutil, which is part of
// macOS.
func thisSystem(root fs.FS) system {
	return system{
		links: standardLinks,
		route: askRoute,
		resolvers: func(ctx context.Context, _ []link) (probe.ResolversDetail, error) {
			out, err := scutil(ctx, "--dns")
			if err == nil {
				if servers, search := parseScutilDNS(out); len(servers) > 0 {
					return probe.ResolversDetail{Servers: servers, Search: search, Source: "scutil --dns"}, nil
				}
			}
			// macOS keeps resolv.conf for old programs only; better than nothing.
			d, fileErr := resolvConf(root)
			if fileErr != nil {
				err = fileErr
			}
			return d, err
		},
		proxy: func(ctx context.Context) (*proxySettings, error) {
			out, err := scutil(ctx, "--proxy")
			if err != nil {
				return nil, err
			}
			return parseScutilProxy(out), nil
		},
		agent: func() []string { return nil }, // no WorkSpace runs macOS
		table: func(context.Context, []link) ([]tableRoute, error) { return bothFamilies(readTable) },
		gaps:  []string{"policy rules on ports: macOS does not tell them"},
		close: func() {},
	}
}

// limited takes scutilLimit bytes and drops the rest. It embeds no bytes.Buffer,
// whose ReadFrom would let a copy go round Write.
type limited struct{ taken []byte }

func (l *limited) Write(b []byte) (int, error) {
	l.taken = append(l.taken, b[:min(len(b), scutilLimit-len(l.taken))]...)
	return len(b), nil
}

// scutil runs until ctx ends, which gather sees to.
func scutil(ctx context.Context, arg string) ([]byte, error) {
	var out limited
	c := exec.CommandContext(ctx, "/usr/sbin/scutil", arg)
	c.Stdout, c.WaitDelay = &out, 50*time.Millisecond
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("run scutil %s: %w", arg, err)
	}
	return out.taken, nil
}

// askRoute takes the source from a connected socket, the interface from the
// source, and the gateway from the routing table.
func askRoute(ctx context.Context, f flow) (hop, error) {
	source, err := sourceTowards(ctx, f)
	if err != nil {
		return hop{}, err
	}
	h := hop{source: source}
	table, err := readTable(f.to)
	if err != nil {
		return h, nil // the source alone is true; the interface stays unnamed
	}
	links, err := standardLinks(ctx)
	if err != nil {
		return h, nil
	}
	h.index = indexOf(links, source)
	best, found := longest(table, f.to.WithZone(""), h.index)
	if !found { // an address of another interface is the source
		best, found = longest(table, f.to.WithZone(""), 0)
	}
	if found {
		if best.refused != nil {
			return hop{}, best.refused
		}
		h.index, h.gateway = best.index, best.gateway
	}
	return h, nil
}

func readTable(to netip.Addr) ([]tableRoute, error) {
	family := unix.AF_INET
	if to.Is6() {
		family = unix.AF_INET6
	}
	b, err := route.FetchRIB(family, route.RIBTypeRoute, 0)
	if err != nil {
		return nil, err
	}
	messages, err := route.ParseRIB(route.RIBTypeRoute, b)
	if err != nil {
		return nil, err
	}
	var table []tableRoute
	for _, m := range messages {
		r, ok := m.(*route.RouteMessage)
		if !ok || len(r.Addrs) <= unix.RTAX_NETMASK {
			continue
		}
		if line, ok := (kernelRoute{r.Flags, r.Index, addrOf(r.Addrs[unix.RTAX_DST]), addrOf(r.Addrs[unix.RTAX_NETMASK]), addrOf(r.Addrs[unix.RTAX_GATEWAY])}).line(); ok {
			table = append(table, line)
		}
	}
	return table, nil
}

// The numbers are the system's: each of these lines compiles only then.
var (
	_ = [1]struct{}{}[routeUp-unix.RTF_UP]
	_ = [1]struct{}{}[routeGateway-unix.RTF_GATEWAY]
	_ = [1]struct{}{}[routeHost-unix.RTF_HOST]
	_ = [1]struct{}{}[routeReject-unix.RTF_REJECT]
	_ = [1]struct{}{}[routeBlackhole-unix.RTF_BLACKHOLE]
	_ = [1]struct{}{}[routeScoped-unix.RTF_IFSCOPE]
)

func addrOf(a route.Addr) netip.Addr {
	switch a := a.(type) {
	case *route.Inet4Addr:
		return netip.AddrFrom4(a.IP)
	case *route.Inet6Addr:
		return netip.AddrFrom16(a.IP)
	}
	return netip.Addr{}
}
