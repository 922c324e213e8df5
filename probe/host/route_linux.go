package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// router asks the kernel "which way would this packet go" (RTM_GETROUTE). It is
// not safe for concurrent use.
type router struct {
	sockets map[int]*nl.SocketHandle
}

// protocols of a lookup. The kernel takes an IPv4 question without a protocol
// for UDP, which a rule on all of UDP would match, so a question about the
// address alone says ICMP.
var protocols = map[probe.Transport]byte{
	"":        unix.IPPROTO_ICMP,
	probe.TCP: unix.IPPROTO_TCP,
	probe.UDP: unix.IPPROTO_UDP,
}

func (r router) ask(ctx context.Context, f flow) (hop, error) {
	if err := ctx.Err(); err != nil {
		return hop{}, &refusal{probe.Interrupted, err.Error()}
	}
	req := nl.NewNetlinkRequest(unix.RTM_GETROUTE, unix.NLM_F_REQUEST)
	req.Sockets = r.sockets
	msg := &nl.RtMsg{RtMsg: unix.RtMsg{Family: unix.AF_INET, Dst_len: 32}}
	protocol := protocols[f.transport]
	if f.to.Is6() {
		msg.Family, msg.Dst_len = unix.AF_INET6, 128
		if protocol == unix.IPPROTO_ICMP {
			protocol = unix.IPPROTO_ICMPV6
		}
	}
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.RTA_DST, f.to.AsSlice()))
	req.AddData(nl.NewRtAttr(unix.RTA_IP_PROTO, []byte{protocol}))
	if f.transport != "" && f.port != 0 {
		req.AddData(nl.NewRtAttr(unix.RTA_DPORT, binary.BigEndian.AppendUint16(nil, f.port)))
	}
	if f.from.IsValid() {
		msg.Src_len = msg.Dst_len
		req.AddData(nl.NewRtAttr(unix.RTA_SRC, f.from.AsSlice()))
	}
	if f.transport != "" && f.fromPort != 0 {
		req.AddData(nl.NewRtAttr(unix.RTA_SPORT, binary.BigEndian.AppendUint16(nil, f.fromPort)))
	}
	if zone := f.to.Zone(); zone != "" {
		if i, err := net.InterfaceByName(zone); err == nil {
			req.AddData(nl.NewRtAttr(unix.RTA_OIF, nl.Uint32Attr(uint32(i.Index))))
		}
	}
	answers, err := req.Execute(unix.NETLINK_ROUTE, unix.RTM_NEWROUTE)
	if err != nil {
		return hop{}, refused(err)
	}
	if len(answers) == 0 {
		return hop{}, &refusal{probe.UnknownFailure, "empty answer"}
	}
	return parseRoute(answers[0])
}

// routeTypes that are a no although the kernel answers without an error.
var routeTypes = map[uint8]refusal{
	unix.RTN_BLACKHOLE:   {probe.LocalPolicyDenied, "EINVAL"},
	unix.RTN_PROHIBIT:    {probe.LocalPolicyDenied, "EACCES"},
	unix.RTN_UNREACHABLE: {probe.HostUnreachable, "EHOSTUNREACH"},
	unix.RTN_THROW:       {probe.NetworkUnreachable, "ENETUNREACH"},
}

// parseRoute reads an RTM_NEWROUTE message.
func parseRoute(b []byte) (hop, error) {
	if len(b) < unix.SizeofRtMsg {
		return hop{}, &refusal{probe.UnknownFailure, "short answer"}
	}
	if no, ok := routeTypes[b[7]]; ok { // rtmsg.rtm_type
		return hop{}, &no
	}
	attrs, err := nl.ParseRouteAttr(b[unix.SizeofRtMsg:])
	if err != nil {
		return hop{}, &refusal{probe.UnknownFailure, "malformed answer"}
	}
	var h hop
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.RTA_OIF:
			if len(a.Value) >= 4 {
				h.index = int(binary.NativeEndian.Uint32(a.Value))
			}
		case unix.RTA_GATEWAY:
			h.gateway, _ = netip.AddrFromSlice(a.Value)
		case unix.RTA_VIA: // a gateway of the other family: two bytes of family, then the address
			if len(a.Value) > 2 {
				h.gateway, _ = netip.AddrFromSlice(a.Value[2:])
			}
		case unix.RTA_PREFSRC:
			h.source, _ = netip.AddrFromSlice(a.Value)
		}
	}
	return h, nil
}

// errnos of a routing lookup. EACCES is what a rule or route of type prohibit
// gives, EINVAL what one of type blackhole gives, for a question that is valid.
var errnos = map[unix.Errno]probe.Failure{
	unix.EACCES:          probe.LocalPolicyDenied,
	unix.EPERM:           probe.LocalPolicyDenied,
	unix.EINVAL:          probe.LocalPolicyDenied,
	unix.ENETUNREACH:     probe.NetworkUnreachable,
	unix.ENETDOWN:        probe.NetworkDown,
	unix.EHOSTUNREACH:    probe.HostUnreachable,
	unix.ESRCH:           probe.NetworkUnreachable,
	unix.EAFNOSUPPORT:    probe.NetworkUnreachable, // IPv6 is off in this kernel
	unix.EOPNOTSUPP:      probe.NetworkUnreachable,
	unix.EADDRNOTAVAIL:   probe.AddressNotAvailable,
	unix.EPROTONOSUPPORT: probe.NetworkUnreachable,
}

func refused(err error) *refusal {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return &refusal{probe.UnknownFailure, err.Error()}
	}
	name := unix.ErrnoName(errno)
	if name == "" {
		name = fmt.Sprintf("errno %d", int(errno))
	}
	if failure, ok := errnos[errno]; ok {
		return &refusal{failure, name}
	}
	return &refusal{probe.UnknownFailure, name}
}

// portLookups says whether RTM_GETROUTE knows ports: since Linux 4.18; an older
// kernel ignores them and would answer for the address alone.
func portLookups() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return true
	}
	return kernelAtLeast(unix.ByteSliceToString(u.Release[:]), 4, 18)
}

// kernelAtLeast compares a release such as "6.1.0-13-amd64"; one that cannot be
// read counts as new.
func kernelAtLeast(release string, major, minor int) bool {
	parts := strings.FieldsFunc(release, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) < 2 {
		return true
	}
	a, err1 := strconv.Atoi(parts[0])
	b, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil {
		return true
	}
	return a > major || (a == major && b >= minor)
}
