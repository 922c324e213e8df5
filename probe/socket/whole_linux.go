package socket

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// forbidFragments forbids fragments on a socket, and makes it try sizes that the system
// believes too large for the path, which is how it learns (ip(7), ipv6(7):
// IP_PMTUDISC_PROBE, RFC 4821).
func forbidFragments(raw syscall.RawConn, v6 bool) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if !v6 {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
			return
		}
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)
		if failed == nil { // else the own computer divides what its interface cannot take
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG, 1)
		}
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt", failed)
}
