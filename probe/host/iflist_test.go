package host

import (
	"encoding/binary"
	"slices"
	"testing"
)

// ifMessage is an if_msghdr2 of an interface, as long as macOS sends it.
func ifMessage(kind byte, index uint16, sent uint64) []byte {
	b := make([]byte, 160)
	binary.LittleEndian.PutUint16(b, uint16(len(b)))
	b[2], b[infoType] = 5, kind // RTM_VERSION
	binary.LittleEndian.PutUint16(b[infoIndex:], index)
	binary.LittleEndian.PutUint64(b[56:], 111) // ifi_ipackets
	binary.LittleEndian.PutUint64(b[infoSent:], sent)
	return b
}

func TestInterfaceSent(t *testing.T) {
	// An address of the interface stands between (RTM_NEWADDR, ifa_msghdr).
	address := []byte{20, 0, 5, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0}
	list := slices.Concat(ifMessage(infoMessage, 1, 7), address, ifMessage(0x0e, 4, 8), ifMessage(infoMessage, 4, 123456), address)
	for name, test := range map[string]struct {
		list  []byte
		index int
		sent  uint64
		ok    bool
	}{
		"loopback":           {list, 1, 7, true},
		"behind an address":  {list, 4, 123456, true},
		"not there":          {list, 5, 0, false},
		"empty":              {nil, 1, 0, false},
		"cut in the header":  {list[:2], 1, 0, false},
		"cut in a message":   {list[:100], 1, 0, false},
		"a length of none":   {make([]byte, 300), 1, 0, false},
		"too short for data": {[]byte{16, 0, 5, infoMessage, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, 1, 0, false},
	} {
		if sent, err := interfaceSent(test.list, test.index); sent != test.sent || (err == nil) != test.ok {
			t.Errorf("%s: %d, %v", name, sent, err)
		}
	}
}

func FuzzInterfaceSent(f *testing.F) {
	f.Add(ifMessage(infoMessage, 4, 9), 4)
	f.Add([]byte{4, 0, 5, infoMessage}, 0)
	f.Fuzz(func(t *testing.T, b []byte, index int) {
		if sent, err := interfaceSent(b, index); err != nil && sent != 0 {
			t.Errorf("%d and %v", sent, err)
		}
	})
}
