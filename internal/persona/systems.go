package main

import (
	"time"

	"wsdoctor/probe"
)

// abilities are what the sockets of a system can do, as far as it differs from
// Linux. What is not in the table is not there at all: nobody looks into a TCP
// connection, asks for small segments, or sends datagrams whole.
type abilities struct {
	// heard says whether an ICMP error reaches a socket that waits for its
	// connection, or has sent a datagram, and as what; "" if the socket stays silent.
	// Who sent it is never told.
	heard func(probe.Transport, probe.ICMPError) probe.Failure
	// insists is how long a connect goes on after a reset said no.
	insists time.Duration
	// unclear: a refused connect may have met a reset or an ICMP error.
	unclear bool
	// hops are the transports whose packets with a limited lifetime are told of.
	hops []probe.Transport
	// nameless are those of them of which it is not told who answered.
	nameless []probe.Transport
}

// systems by name.
var systems = map[string]abilities{
	// Windows 10 1709 and later. Microsoft, "SIO_UDP_CONNRESET",
	// "TCP_FAIL_CONNECT_ON_ICMP_ERROR", "TCP_ICMP_ERROR_INFO": a datagram's socket hears
	// of a shut port, and that some router gave the datagram up (SIO_UDP_NETRESET), a
	// connect of nothing, and only a TCP socket that asks for it learns who sent an
	// error. A SYN that was reset is not sent again where that is
	// asked for (SIO_TCP_INITIAL_RTO).
	"windows": {
		heard:    heardByWindows,
		hops:     []probe.Transport{probe.TCP, probe.UDP},
		nameless: []probe.Transport{probe.UDP},
	},
	// Before that, as Windows Server 2016: no hop is heard of, and a SYN that was reset
	// is sent again, twice.
	"windows-2016": {heard: heardByWindows, insists: 2 * time.Second},
	// XNU, bsd/netinet/ip_icmp.c, tcp_subr.c (tcp_ctlinput, tcp_notify) and
	// udp_usrreq.c: a port that is unreachable, or forbidden by a filter, ends a
	// connect at once; other errors wait for the third repeat. A socket for ICMP hears
	// all of them, with their senders.
	"darwin": {
		heard: func(t probe.Transport, e probe.ICMPError) probe.Failure {
			switch {
			case portUnreachable(e), filtered(e):
				return probe.ConnectionRefused
			case t == probe.UDP:
				return probe.HostUnreachable
			}
			return ""
		},
		unclear: true,
		hops:    []probe.Transport{probe.TCP, probe.UDP},
	},
}

func heardByWindows(t probe.Transport, e probe.ICMPError) probe.Failure {
	if t == probe.UDP && portUnreachable(e) {
		return probe.ConnectionRefused
	}
	return ""
}

// Types and codes of RFC 792, RFC 1812 section 5.2.7.1 and RFC 4443 section 3.1.
const (
	unreachable4 = 3
	unreachable6 = 1
)

func portUnreachable(e probe.ICMPError) bool {
	return !e.Offender.Is6() && e.Type == unreachable4 && e.Code == 3 ||
		e.Offender.Is6() && e.Type == unreachable6 && e.Code == 4
}

func filtered(e probe.ICMPError) bool {
	return !e.Offender.Is6() && e.Type == unreachable4 && e.Code == 13 ||
		e.Offender.Is6() && e.Type == unreachable6 && e.Code == 1
}
