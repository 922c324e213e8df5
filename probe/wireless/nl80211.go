package wireless

import (
	"encoding/binary"

	"wsdoctor/probe"
)

// Numbers of nl80211 (linux/nl80211.h), which are the kernel's promise to programs.
const (
	cmdGetInterface = 5
	cmdGetStation   = 17

	attrIndex     = 3
	attrName      = 4
	attrType      = 5
	attrStation   = 21 // nested
	attrFrequency = 38

	stationSignal  = 7  // one byte, dBm, signed; of the last frame
	stationAverage = 13 // likewise, of some frames

	typeStation = 2 // a client, not an access point
)

// wifi is an interface as nl80211 tells it.
type wifi struct {
	index uint32
	link  probe.WirelessLink
}

// attributes calls each attribute of a message: two bytes of length, two of kind, the
// value, and nothing up to the next multiple of four. It ends where one is cut short.
func attributes(b []byte, each func(kind uint16, value []byte)) {
	const head = 4
	for len(b) >= head {
		size := int(binary.NativeEndian.Uint16(b))
		if size < head || size > len(b) {
			return
		}
		const flags = 0xc000 // "nested" and "byte order"
		each(binary.NativeEndian.Uint16(b[2:])&^flags, b[head:size])
		b = b[min((size+3)&^3, len(b)):]
	}
}

// parseInterface reads the answer to cmdGetInterface, behind the head of generic
// netlink. Only a client that uses a channel is told.
func parseInterface(b []byte) (w wifi, found bool) {
	var kind uint32
	attributes(b, func(attribute uint16, value []byte) {
		switch {
		case attribute == attrName:
			w.link.Interface = probe.Clean(text(value), 32)
		case len(value) < 4:
		case attribute == attrIndex:
			w.index = binary.NativeEndian.Uint32(value)
		case attribute == attrType:
			kind = binary.NativeEndian.Uint32(value)
		case attribute == attrFrequency:
			w.link.MHz = int(binary.NativeEndian.Uint32(value) & 0xfffff)
		}
	})
	w.link.Band = bandOf(w.link.MHz)
	return w, kind == typeStation && w.index != 0 && w.link.MHz != 0
}

// parseSignal reads the answer to cmdGetStation: an average, where the driver keeps
// one.
func parseSignal(b []byte) (dbm int) {
	attributes(b, func(attribute uint16, value []byte) {
		if attribute != attrStation {
			return
		}
		last, average := 0, 0
		attributes(value, func(attribute uint16, value []byte) {
			switch {
			case len(value) == 0:
			case attribute == stationSignal:
				last = int(int8(value[0]))
			case attribute == stationAverage:
				average = int(int8(value[0]))
			}
		})
		if dbm = average; dbm == 0 {
			dbm = last
		}
	})
	return dbm
}

func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
