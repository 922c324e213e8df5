package socket

import "encoding/binary"

// winSocket is how a socket of Windows is told what to do: options by level and
// number, controls (WSAIoctl) by code. The tables of what it is told stand in a file
// of every system, so that they are tested on every system.
type winSocket interface {
	set(level, option, value int) error
	control(code uint32, in []byte) error
}

// Levels, options and controls (Microsoft, winsock2.h, ws2ipdef.h, mstcpip.h).
const (
	winIP              = 0
	winIPTTL           = 4
	winTCP             = 6
	winIPv6            = 41
	winUnicastHops     = 4
	winNoSYNRetries    = 9  // one SYN and no more; in the header, in no document
	winFailOnICMP      = 18 // TCP_FAIL_CONNECT_ON_ICMP_ERROR, Windows 10 2004
	winNonBlocking     = 0x8004667e
	winTCPInitialRTO   = 0x98000011 // SIO_TCP_INITIAL_RTO
	winRTOUnspecified  = 0xffff     // TCP_INITIAL_RTO_UNSPECIFIED_RTT
	winRTOPatient      = 3000       // milliseconds; see singleSYN
	winNoRepeats       = 0xfe       // TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS, Windows 10 1709
	winUDPConnReset    = 0x9800000c // SIO_UDP_CONNRESET
	winUDPNetReset     = 0x9800000f // SIO_UDP_NETRESET
	winOn              = 1
	winInitialRTOBytes = 4
)

// winOption is one thing that a socket is told.
type winOption struct {
	tell   func(winSocket) error
	needed bool // without it the socket is of no use
}

// tell gives a socket its options. What is not needed may be refused: systems older
// than the option do, and no option of convenience may cost the whole probe.
func tell(s winSocket, options []winOption) error {
	for _, o := range options {
		if err := o.tell(s); err != nil && o.needed {
			return err
		}
	}
	return nil
}

func winSet(level, option, value int) func(winSocket) error {
	return func(s winSocket) error { return s.set(level, option, value) }
}

// singleSYN makes a connect send one SYN. The system sends it again not only when
// nothing comes, but also when a reset said no, so that a refusal is told about two
// seconds late. rtt is after how long the system gives up, in milliseconds.
func singleSYN(rtt uint16) func(winSocket) error {
	in := make([]byte, winInitialRTOBytes) // TCP_INITIAL_RTO_PARAMETERS
	binary.LittleEndian.PutUint16(in, rtt)
	in[2] = winNoRepeats
	return func(s winSocket) error { return s.control(winTCPInitialRTO, in) }
}

// lifetimeOption limits the TTL or hop limit of all that a socket sends.
func lifetimeOption(v6 bool, lifetime int) winOption {
	if v6 {
		return winOption{winSet(winIPv6, winUnicastHops, lifetime), true}
	}
	return winOption{winSet(winIP, winIPTTL, lifetime), true}
}

// udpHopOptions are those of a datagram's socket with a limited lifetime: package net
// switches off what tells that a router gave the datagram up.
func udpHopOptions(v6 bool, lifetime int) []winOption {
	on := []byte{winOn, 0, 0, 0}
	return []winOption{
		lifetimeOption(v6, lifetime),
		{func(s winSocket) error { return s.control(winUDPNetReset, on) }, true}, // else no router is heard
		{func(s winSocket) error { return s.control(winUDPConnReset, on) }, false},
	}
}

// hopOptions are those of a connect with a limited lifetime.
func hopOptions(v6 bool, lifetime int) []winOption {
	return []winOption{
		{func(s winSocket) error { return s.control(winNonBlocking, []byte{winOn, 0, 0, 0}) }, true},
		lifetimeOption(v6, lifetime),
		{winSet(winTCP, winFailOnICMP, winOn), true}, // else no router is heard
		{singleSYN(winRTOUnspecified), false},
		{winSet(winTCP, winNoSYNRetries, winOn), false},
	}
}
