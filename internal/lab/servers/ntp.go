package servers

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"time"
)

// Clock is the clock of a time server and what it says of it.
type Clock struct {
	Ahead          time.Duration // of this computer's clock
	Stratum        uint8         // 0 means 2
	Unsynchronised bool          // it says that its clock is not to be believed
	Kiss           string        // four letters of a kiss-o'-death, such as RATE, in place of the time
}

// Sizes and offsets of RFC 5905, section 7.3, figure 8; ntpEpoch is 1900 in
// seconds before 1970.
const (
	ntpSize  = 48
	ntpEpoch = 2208988800
)

// NTP answers client requests of versions 1 to 4 (RFC 5905, section 8).
func NTP(c Clock) Responder {
	return func(b []byte, _ netip.AddrPort) []byte {
		if len(b) < ntpSize || b[0]&7 != 3 || b[0]>>3&7 < 1 || b[0]>>3&7 > 4 {
			return nil
		}
		now := time.Now().Add(c.Ahead)
		r := make([]byte, ntpSize)
		r[0], r[1], r[2], r[3] = b[0]&0x38|4, cmp.Or(c.Stratum, 2), b[2], 0xec // precision 2^-20 s
		copy(r[12:16], []byte{192, 0, 2, 123})                                 // where it has its time from
		switch {
		case c.Kiss != "":
			r[0], r[1] = r[0]|0xc0, 0
			copy(r[12:16], c.Kiss)
		case c.Unsynchronised:
			r[0] |= 0xc0
		}
		copy(r[24:32], b[40:48])
		stamp(r[16:], now.Add(-time.Minute)) // when it was last set
		stamp(r[32:], now)
		stamp(r[40:], time.Now().Add(c.Ahead))
		return r
	}
}

// stamp writes an NTP timestamp.
func stamp(b []byte, at time.Time) {
	binary.BigEndian.PutUint32(b, uint32(at.Unix()+ntpEpoch))
	binary.BigEndian.PutUint32(b[4:], uint32(uint64(at.Nanosecond())<<32/uint64(time.Second)))
}
