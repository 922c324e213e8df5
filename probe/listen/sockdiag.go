package listen

import "encoding/binary"

// Sizes and numbers of the kernel's linux/inet_diag.h.
const (
	diagMessageSize = 72 // struct inet_diag_msg
	diagInodeAt     = 68 // its last field
	diagV6Only      = 11 // INET_DIAG_SKV6ONLY, one byte; Linux 4.2 and later
)

// parseDiag reads one answer: the socket's inode and whether it takes IPv6
// alone; told is false if the kernel did not say.
func parseDiag(b []byte) (inode uint64, only, told bool) {
	if len(b) < diagMessageSize {
		return 0, false, false
	}
	inode = uint64(binary.NativeEndian.Uint32(b[diagInodeAt:]))
	const header = 4 // of an attribute: length with header, type
	for rest := b[diagMessageSize:]; len(rest) >= header; {
		length, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if length < header || length > len(rest) {
			break
		}
		if kind == diagV6Only && length > header {
			return inode, rest[header] != 0, true
		}
		rest = rest[min((length+3)&^3, len(rest)):]
	}
	return inode, false, false
}
