package host

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

const (
	// adapterBuffer is the size Microsoft recommends to begin with; the call
	// says how much it needs if that is not enough.
	adapterBuffer = 15 << 10
	adapterTries  = 3
	adapterMax    = 8 << 20
)

func readAdapters(ctx context.Context) ([]link, error) {
	size := uint32(adapterBuffer)
	for range adapterTries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		buffer := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buffer[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC,
			windows.GAA_FLAG_SKIP_ANYCAST|windows.GAA_FLAG_SKIP_MULTICAST|windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, first, &size)
		if err == windows.ERROR_BUFFER_OVERFLOW && size <= adapterMax {
			continue
		}
		if err == windows.ERROR_NO_DATA {
			return []link{}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list adapters: %w", err)
		}
		links := []link{}
		for a := first; a != nil; a = a.Next {
			links = append(links, adapter(a))
		}
		return links, nil
	}
	return nil, fmt.Errorf("list adapters: %w", windows.ERROR_BUFFER_OVERFLOW)
}

func adapter(a *windows.IpAdapterAddresses) link {
	index := a.IfIndex
	if index == 0 {
		index = a.Ipv6IfIndex
	}
	l := link{
		Interface: probe.Interface{
			Name: probe.Clean(windows.UTF16PtrToString(a.FriendlyName), 64), Index: int(index), MTU: int(int32(a.Mtu)),
			// OperStatus joins "enabled" and "link detected"; Windows gives no
			// better word to a standard user.
			Up:       a.OperStatus == windows.IfOperStatusUp,
			Carrier:  a.OperStatus == windows.IfOperStatusUp,
			Loopback: a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK,
		},
		Description:  probe.Clean(windows.UTF16PtrToString(a.Description), 128),
		PointToPoint: a.IfType == windows.IF_TYPE_PPP,
		Metric4:      a.Ipv4Metric, Metric6: a.Ipv6Metric,
	}
	if a.IfType == windows.IF_TYPE_PPP {
		l.Kind = "ppp"
	}
	for u := a.FirstUnicastAddress; u != nil; u = u.Next {
		if ip, ok := socketAddr(u.Address); ok {
			if p := netip.PrefixFrom(ip.WithZone(""), int(u.OnLinkPrefixLength)); p.IsValid() {
				l.Addresses = append(l.Addresses, p)
			}
		}
	}
	for d := a.FirstDnsServerAddress; d != nil; d = d.Next {
		if ip, ok := socketAddr(d.Address); ok {
			l.Resolvers = append(l.Resolvers, netip.AddrPortFrom(ip, 53))
		}
	}
	if a.DnsSuffix != nil {
		l.Search = appendSearch(nil, windows.UTF16PtrToString(a.DnsSuffix))
	}
	return l
}

// socketAddr keeps the zone of a link-local address, as the interface's number.
func socketAddr(s windows.SocketAddress) (netip.Addr, bool) {
	if s.Sockaddr == nil {
		return netip.Addr{}, false
	}
	switch s.Sockaddr.Addr.Family {
	case syscall.AF_INET:
		return netip.AddrFrom4((*syscall.RawSockaddrInet4)(unsafe.Pointer(s.Sockaddr)).Addr), true
	case syscall.AF_INET6:
		raw := (*syscall.RawSockaddrInet6)(unsafe.Pointer(s.Sockaddr))
		ip := netip.AddrFrom16(raw.Addr)
		if raw.Scope_id != 0 && ip.IsLinkLocalUnicast() {
			ip = ip.WithZone(fmt.Sprint(raw.Scope_id))
		}
		return ip.Unmap(), true
	}
	return netip.Addr{}, false
}
