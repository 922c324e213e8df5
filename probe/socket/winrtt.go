package socket

import (
	"encoding/binary"
	"time"
)

// SIO_TCP_INFO of Windows 10 1703 and what it writes for version 0, TCP_INFO_v0
// (Microsoft, mstcpip.h): numbers of 32 bits, three of 64, and two bytes with their
// padding.
const (
	winTCPInfo      = 0xd8000027
	tcpInfoSize     = 88
	tcpInfoRTT      = 20 // RttUs
	tcpInfoRepeats  = 84 // SynRetrans
	longestRTTKnown = time.Hour
)

// handshakeRTT is the round trip in such a structure; false where none was measured, or
// the SYN was sent again, so that it is not known which one was answered.
func handshakeRTT(b []byte) (time.Duration, bool) {
	if len(b) < tcpInfoRepeats+1 || b[tcpInfoRepeats] > 0 {
		return 0, false
	}
	rtt := time.Duration(binary.LittleEndian.Uint32(b[tcpInfoRTT:])) * time.Microsecond
	return rtt, rtt > 0 && rtt < longestRTTKnown
}
