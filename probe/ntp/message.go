package ntp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"wsdoctor/probe"
)

// Sizes and values of RFC 5905 section 7.3, figure 8.
const (
	headerSize     = 48 // bytes; extension fields may follow
	clientRequest  = 4<<3 | 3
	modeServer     = 4
	unsynchronised = 3  // leap indicator
	stratumLimit   = 16 // and above: unsynchronised, or reserved
)

// header is what is read of an answer.
type header struct {
	leap, version, mode int
	stratum             int
	code                string // of a kiss-o'-death
	origin              uint64 // of our request, as it was sent
	received, sent      uint64 // by the server, NTP timestamps
}

// parse reads the header of an NTP message.
func parse(b []byte) (header, bool) {
	if len(b) < headerSize {
		return header{}, false
	}
	return header{
		leap: int(b[0] >> 6), version: int(b[0] >> 3 & 7), mode: int(b[0] & 7),
		stratum:  int(b[1]),
		code:     probe.Clean(string(b[12:16]), 4),
		origin:   binary.BigEndian.Uint64(b[24:]),
		received: binary.BigEndian.Uint64(b[32:]),
		sent:     binary.BigEndian.Uint64(b[40:]),
	}, true
}

// usable says why the times in an answer are worth nothing; nil: they are.
func (h header) usable() error {
	switch {
	case h.stratum == 0: // RFC 5905 section 7.4
		return fmt.Errorf("the server sends a kiss-o'-death, code %q", h.code)
	case h.stratum >= stratumLimit:
		return fmt.Errorf("the server is not synchronised (stratum %d)", h.stratum)
	case h.leap == unsynchronised:
		return errors.New("the server says that its clock is not synchronised")
	case h.received == 0 || h.sent == 0:
		return errors.New("the server's answer holds no time")
	case when(h.sent).Before(when(h.received)):
		return errors.New("the server answered before it was asked, by its own clock")
	}
	return nil
}

// Seconds from 1900 and from 2036, where NTP's count begins anew, to 1970.
const (
	era0 = -2208988800
	era1 = era0 + 1<<32
)

// when reads an NTP timestamp. One whose first bit is not set is of the era that
// begins in 2036 (RFC 4330 section 3), so that this computer's own clock, which
// may be wrong, has no part in it.
func when(stamp uint64) time.Time {
	seconds, fraction := int64(stamp>>32), int64(stamp&0xffffffff)
	epoch := int64(era0)
	if stamp>>63 == 0 {
		epoch = era1
	}
	return time.Unix(epoch+seconds, fraction*int64(time.Second)>>32)
}
