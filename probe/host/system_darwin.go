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
		// A scoped route serves only sockets bound to its interface.
		r, ok := m.(*route.RouteMessage)
		if !ok || r.Flags&unix.RTF_UP == 0 || r.Flags&unix.RTF_IFSCOPE != 0 || len(r.Addrs) <= unix.RTAX_NETMASK {
			continue
		}
		if t, ok := tableLine(r); ok {
			table = append(table, t)
		}
	}
	return table, nil
}

func tableLine(r *route.RouteMessage) (tableRoute, bool) {
	to, ok := addrOf(r.Addrs[unix.RTAX_DST])
	if !ok {
		return tableRoute{}, false
	}
	bits := to.BitLen()
	if r.Flags&unix.RTF_HOST == 0 {
		mask, ok := addrOf(r.Addrs[unix.RTAX_NETMASK])
		switch {
		case ok:
			bits = ones(mask)
		case to.IsUnspecified():
			bits = 0 // the default route may come without a mask
		}
	}
	line := tableRoute{prefix: netip.PrefixFrom(to, bits).Masked(), index: r.Index}
	if r.Flags&unix.RTF_GATEWAY != 0 {
		line.gateway, _ = addrOf(r.Addrs[unix.RTAX_GATEWAY])
	}
	switch {
	case r.Flags&unix.RTF_BLACKHOLE != 0:
		line.refused = &refusal{probe.LocalPolicyDenied, "RTF_BLACKHOLE"}
	case r.Flags&unix.RTF_REJECT != 0:
		line.refused = &refusal{probe.HostUnreachable, "RTF_REJECT"}
	}
	return line, true
}

func addrOf(a route.Addr) (netip.Addr, bool) {
	switch a := a.(type) {
	case *route.Inet4Addr:
		return netip.AddrFrom4(a.IP), true
	case *route.Inet6Addr:
		return netip.AddrFrom16(a.IP), true
	}
	return netip.Addr{}, false
}

func ones(mask netip.Addr) (n int) {
	for _, b := range mask.AsSlice() {
		for ; b&0x80 != 0; b <<= 1 {
			n++
		}
	}
	return n
}
