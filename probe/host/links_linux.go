package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// dumpTries: the kernel marks a listing that changed while it was read; it is
// then read again, this often at most.
const dumpTries = 3

func readLinks(ctx context.Context, h *netlink.Handle) ([]link, error) {
	found, err := again(ctx, h.LinkList)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	addrs, err := again(ctx, func() ([]netlink.Addr, error) { return h.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		err = fmt.Errorf("list addresses: %w", err)
	}
	byIndex := map[int][]netip.Prefix{}
	for _, a := range addrs {
		if p, ok := prefixOf(a.IPNet); ok {
			byIndex[a.LinkIndex] = append(byIndex[a.LinkIndex], p)
		}
	}
	links := make([]link, 0, len(found))
	for _, f := range found {
		a, kind := f.Attrs(), kindOf(f)
		links = append(links, link{
			Interface: probe.Interface{
				Name: probe.Clean(a.Name, 64), Index: a.Index, MTU: a.MTU, Addresses: byIndex[a.Index],
				Up:       a.RawFlags&unix.IFF_UP != 0,
				Carrier:  a.RawFlags&unix.IFF_LOWER_UP != 0,
				Loopback: a.RawFlags&unix.IFF_LOOPBACK != 0,
				Kind:     linkKind(a, kind),
			},
			Kind:         kind,
			PointToPoint: a.RawFlags&unix.IFF_POINTOPOINT != 0,
			Enslaved:     a.MasterIndex != 0,
		})
	}
	return links, err
}

// kindOf splits the kernel's one kind "tun" into tun (packets) and tap (frames).
func kindOf(l netlink.Link) string {
	t, ok := l.(*netlink.Tuntap)
	switch {
	case !ok:
		return l.Type()
	case t.Mode == netlink.TUNTAP_MODE_TAP, t.Mode == 0 && l.Attrs().RawFlags&unix.IFF_POINTOPOINT == 0:
		return "tap"
	}
	return "tun"
}

// linkKind is what the kernel says an interface is. Of what has a driver it says
// "device"; whether that is Wi-Fi shows in sysfs.
func linkKind(a *netlink.LinkAttrs, kind string) probe.LinkKind {
	switch {
	case a.RawFlags&unix.IFF_LOOPBACK != 0:
		return probe.LinkLoopback
	case kind == "tap":
		return probe.LinkTun
	case kind != "device" && kind != "":
		return probe.LinkKind(probe.Clean(kind, 32))
	case a.EncapType != "ether":
		return ""
	}
	if name := a.Name; !strings.ContainsAny(name, "/.") {
		if _, err := os.Stat("/sys/class/net/" + name + "/wireless"); err == nil {
			return probe.LinkWiFi
		}
	}
	return probe.LinkEthernet
}

func again[T any](ctx context.Context, list func() ([]T, error)) (got []T, err error) {
	for range dumpTries {
		if ctx.Err() != nil {
			return got, ctx.Err()
		}
		if got, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return got, err
		}
	}
	return got, nil // still changing: the last listing is as good as any
}
