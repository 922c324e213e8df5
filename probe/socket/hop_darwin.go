package socket

import (
	"context"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// hopper holds the sockets that hear routers.
//
// It is written after the kernel's source (XNU, bsd/netinet/ip_icmp.c and
// bsd/netinet6/icmp6.c): icmp_input and icmp6_rip6_input hand a copy of every
// message to every ICMP socket, whatever protocol it quotes, and a datagram
// socket for ICMP needs no privilege. It has never run on a real machine. What
// it cannot tell there: a refusal of macOS 15's Local Network switch looks like
// an unreachable host.
type hopper struct{ ears }

func (h *hopper) hop(ctx context.Context, _ *Net, q probe.HopQuestion) (probe.HopAnswer, bool) {
	return h.ears.hop(ctx, q, icmpSocket)
}

// icmpSocket opens an unprivileged socket for ICMP.
func icmpSocket(v6 bool) (int, error) {
	domain, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if v6 {
		domain, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM, protocol)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
