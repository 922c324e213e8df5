package host

import (
	"encoding/binary"
	"errors"
)

// Where things stand in macOS's if_msghdr2 (net/if.h, net/if_var.h): a message
// begins with its length in two bytes, and all numbers are little-endian.
const (
	infoMessage = 0x12 // RTM_IFINFO2
	infoType    = 3    // one byte
	infoIndex   = 12   // two bytes
	infoSent    = 72   // ifm_data.ifi_opackets, eight bytes
)

// interfaceSent finds the packets that an interface sent in the messages of
// NET_RT_IFLIST2. Messages of other kinds and interfaces are passed over.
func interfaceSent(b []byte, index int) (uint64, error) {
	for len(b) > infoType {
		size := int(binary.LittleEndian.Uint16(b))
		if size <= infoType || size > len(b) {
			return 0, errors.New("the kernel's interface list is cut short")
		}
		m := b[:size]
		if m[infoType] == infoMessage && size >= infoSent+8 && int(binary.LittleEndian.Uint16(m[infoIndex:])) == index {
			return binary.LittleEndian.Uint64(m[infoSent:]), nil
		}
		b = b[size:]
	}
	return 0, errors.New("the interface is not in the kernel's list")
}
