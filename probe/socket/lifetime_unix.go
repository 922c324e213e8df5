//go:build linux || darwin

package socket

import (
	"os"

	"golang.org/x/sys/unix"
)

// limit sets the TTL (IPv6: hop limit) of all that a socket sends.
func limit(fd int, v6 bool, lifetime int) error {
	if lifetime == systemLifetime {
		return nil
	}
	level, option := unix.IPPROTO_IP, unix.IP_TTL
	if v6 {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, lifetime))
}
