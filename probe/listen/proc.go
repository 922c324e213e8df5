package listen

import (
	"context"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// familyAsker asks the kernel which IPv6 sockets of a transport take IPv6 alone
// (IPV6_V6ONLY), by inode.
type familyAsker func(context.Context, probe.Transport) (map[uint64]bool, error)

// readProc reads the sockets below proc, which is /proc, and finds their owners.
func readProc(ctx context.Context, proc fs.FS, ask familyAsker, keep watch) ([]socket, []string, error) {
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	sockets, err := readTables(ctx, proc, keep)
	if err != nil {
		return nil, nil, err
	}
	gaps := markBoth(ctx, sockets, ask)

	var wanted []uint64
	for _, s := range sockets {
		if !s.connected {
			wanted = append(wanted, s.inode)
		}
	}
	owners, why := findOwners(ctx, proc, wanted)
	var unknown []string
	for i := range sockets {
		s := &sockets[i]
		if s.connected {
			continue
		}
		o, found := owners[s.inode]
		s.pid, s.process = o.pid, o.name
		if port := strconv.Itoa(
			int(s.local.Port()),
		) + "/" + string(
			s.transport,
		); !found &&
			!slices.Contains(unknown, port) {
			unknown = append(unknown, port)
		}
	}
	if len(unknown) > 0 {
		gaps = append(gaps, "which process listens on "+shortList(unknown)+": "+why)
	}
	return sockets, gaps, nil
}

// markBoth says of each socket on :: whether it takes IPv4 too. The kernel knows
// (sock_diag). Where it cannot be asked, the socket is taken for one that does,
// as is Linux's default (net.ipv6.bindv6only = 0), unless another socket has
// 0.0.0.0 on the same port: two such sockets can stand side by side only if the
// first takes IPv6 alone, or if both share the port on purpose.
func markBoth(ctx context.Context, sockets []socket, ask familyAsker) (gaps []string) {
	answers := map[probe.Transport]map[uint64]bool{}
	assumed := false
	for i := range sockets {
		s := &sockets[i]
		if s.connected || s.local.Addr() != netip.IPv6Unspecified() {
			continue
		}
		only, asked := answers[s.transport]
		if !asked {
			var err error
			if only, err = ask(ctx, s.transport); err != nil {
				gaps = append(
					gaps,
					"whether "+string(
						s.transport,
					)+" sockets on :: take IPv4: assumed from the table, because the kernel does not tell: "+probe.Clean(
						err.Error(),
						100,
					),
				)
			}
			answers[s.transport] = only
		}
		v6only, told := only[s.inode]
		if !told {
			assumed = true
			v6only = slices.ContainsFunc(sockets, func(o socket) bool {
				return !o.connected && o.transport == s.transport &&
					o.local == netip.AddrPortFrom(netip.IPv4Unspecified(), s.local.Port())
			})
		}
		s.both = !v6only
	}
	if assumed && gaps == nil {
		gaps = []string{
			"whether a socket on :: takes IPv4: assumed from the table, because it came after the kernel was asked",
		}
	}
	return gaps
}

// shortList joins at most six items.
func shortList(items []string) string {
	const most = 6
	if len(items) > most {
		return strings.Join(items[:most], ", ") + " and " + strconv.Itoa(len(items)-most) + " more"
	}
	return strings.Join(items, ", ")
}
