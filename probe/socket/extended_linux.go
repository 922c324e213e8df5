package socket

import (
	"encoding/binary"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// entry is one message of a socket's error queue: struct sock_extended_err and
// the offender behind it (ip(7), ipv6(7), IP_RECVERR).
type entry struct {
	errno    syscall.Errno
	origin   uint8
	typ      uint8
	code     uint8
	info     uint32 // next-hop MTU of a "packet too big"
	offender netip.Addr
	v6       bool
}

// Sizes of struct sock_extended_err and of the parts of the sockaddr behind it.
const (
	extendedSize = 16
	inetSize     = 8  // family, port, address
	inet6Size    = 24 // family, port, flow label, address
)

// maxEntries bounds one reading of an error queue, which every router on the
// path may fill.
const maxEntries = 16

// reliable switches the error queue of fd on.
func reliable(fd int, v6 bool) error {
	if v6 {
		return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1))
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1))
}

// unreliable switches it off again, which also empties the queue.
func unreliable(fd int, v6 bool) error {
	if v6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 0)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 0)
}

// drain empties the error queue of fd without waiting. It clears a pending
// SO_ERROR, which therefore must be read first.
func drain(fd int) []entry {
	var list []entry
	data, oob := make([]byte, 64), make([]byte, 512)
	for range maxEntries {
		_, oobn, _, _, err := unix.Recvmsg(fd, data, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			break
		}
		list = append(list, parseControl(oob[:oobn])...)
	}
	return list
}

// parseControl finds the extended errors in the control messages of a datagram
// of the error queue. What is no error of the network is left out.
func parseControl(oob []byte) []entry {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var list []entry
	for _, m := range messages {
		v4 := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if !v4 && !v6 {
			continue
		}
		if e, ok := parseExtended(m.Data, v6); ok {
			list = append(list, e)
		}
	}
	return list
}

// parseExtended reads one struct sock_extended_err and its offender.
func parseExtended(b []byte, v6 bool) (entry, bool) {
	if len(b) < extendedSize {
		return entry{}, false
	}
	e := entry{
		errno: syscall.Errno(binary.NativeEndian.Uint32(b)), origin: b[4], typ: b[5], code: b[6],
		info: binary.NativeEndian.Uint32(b[8:]), v6: v6,
	}
	switch e.origin {
	case unix.SO_EE_ORIGIN_LOCAL, unix.SO_EE_ORIGIN_ICMP, unix.SO_EE_ORIGIN_ICMP6:
	default: // timestamps and zero-copy notices come the same way
		return entry{}, false
	}
	from := b[extendedSize:]
	if len(from) < 2 {
		return e, true
	}
	switch family := binary.NativeEndian.Uint16(from); {
	case family == unix.AF_INET && len(from) >= inetSize:
		e.offender = netip.AddrFrom4([4]byte(from[4:inetSize]))
	case family == unix.AF_INET6 && len(from) >= inet6Size:
		e.offender = netip.AddrFrom16([16]byte(from[8:inet6Size])).Unmap()
	}
	return e, true
}

// icmp gives the entry in the shared vocabulary.
func (e entry) icmp() *probe.ICMPError {
	i := &probe.ICMPError{Offender: e.offender, OwnHost: e.origin == unix.SO_EE_ORIGIN_LOCAL}
	if e.origin != unix.SO_EE_ORIGIN_LOCAL {
		i.Type, i.Code = int(e.typ), int(e.code)
		i.OwnHost = e.offender.IsValid() && isOwnAddress(e.offender)
	}
	failure := e.failure()
	if failure == probe.MessageSize {
		i.MTU = int(e.info)
	}
	return i
}

// failure classifies the entry: by its ICMP code, and by its error number where
// the kernel itself is the origin.
func (e entry) failure() probe.Failure {
	if e.origin == unix.SO_EE_ORIGIN_LOCAL {
		return meaning("receive", e.errno, false)
	}
	return meant(e.origin == unix.SO_EE_ORIGIN_ICMP6, int(e.typ), int(e.code))
}

// fault is the entry as the error of a call.
func (e entry) fault(op string) *probe.NetError {
	return &probe.NetError{Op: op, Failure: e.failure(), ICMP: e.icmp(), Err: os.NewSyscallError(op, e.errno)}
}
