package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"unicode/utf16"

	"wsdoctor/probe"
)

// Where things stand in what GetAdaptersAddresses and GetIpForwardTable2 write on
// 64-bit Windows (Microsoft, iptypes.h, netioapi.h, ws2ipdef.h). All numbers are
// little-endian. A test compares these with what a C compiler makes of the headers.
const (
	adapterSize        = 448 // IP_ADAPTER_ADDRESSES
	adapterIndex4      = 4
	adapterNext        = 8
	adapterUnicast     = 24
	adapterServers     = 48
	adapterSuffix      = 56
	adapterDescription = 64
	adapterName        = 72
	adapterMTU         = 96
	adapterType        = 100
	adapterState       = 104
	adapterIndex6      = 108
	adapterMetric4     = 216
	adapterMetric6     = 220

	unicastSize   = 64 // IP_ADAPTER_UNICAST_ADDRESS
	serverSize    = 32 // IP_ADAPTER_DNS_SERVER_ADDRESS
	entryNext     = 8  // of both
	entryAddress  = 16 // of both: a pointer and a length
	unicastPrefix = 56

	forwardHead     = 8   // MIB_IPFORWARD_TABLE2
	forwardSize     = 104 // MIB_IPFORWARD_ROW2
	forwardIndex    = 8
	forwardPrefix   = 12
	forwardBits     = 40
	forwardGateway  = 44
	forwardMetric   = 84
	socketAddress4  = 4 // SOCKADDR_IN
	socketAddress6  = 8 // SOCKADDR_IN6
	socketScope     = 24
	socketSize4     = 16
	socketSize6     = 28
	winFamily4      = 2
	winFamily6      = 23
	winTypePPP      = 23
	winTypeLoopback = 24
	winStateUp      = 1
)

// Limits of what is followed from one structure to the next.
const (
	mostAdapters = 1024
	mostEntries  = 512 // addresses, or name servers, of one adapter
	longestText  = 512 // UTF-16 units
)

var errCutShort = errors.New("what the system wrote is cut short")

// memory is a buffer that holds pointers into itself, and its own address.
type memory struct {
	b    []byte
	base uint64
}

// at gives what a pointer points to, size bytes of it.
func (m memory) at(pointer uint64, size int) ([]byte, bool) {
	from := pointer - m.base // a pointer from before the buffer becomes a huge number
	if pointer < m.base || from > uint64(len(m.b)) || uint64(len(m.b))-from < uint64(size) {
		return nil, false
	}
	return m.b[from:][:size], true
}

func u32(b []byte, at int) uint32     { return binary.LittleEndian.Uint32(b[at:]) }
func pointer(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// text reads a string up to its zero.
func (m memory) text(p uint64) string {
	var units []uint16
	for range longestText {
		b, inside := m.at(p, 2)
		if !inside || b[0] == 0 && b[1] == 0 {
			break
		}
		units = append(units, binary.LittleEndian.Uint16(b))
		p += 2
	}
	return string(utf16.Decode(units))
}

// chain calls each for one structure after the other, to the end of the list.
func (m memory) chain(first uint64, size, next, most int, each func(b []byte)) error {
	for p := first; p != 0; most-- {
		b, inside := m.at(p, size)
		if !inside || most == 0 {
			return errCutShort
		}
		each(b)
		p = pointer(b, next)
	}
	return nil
}

// parseAdapters reads the list of adapters that b holds, which lay at an address.
func parseAdapters(b []byte, base uint64) ([]link, error) {
	m := memory{b, base}
	links := []link{}
	var broken error
	err := m.chain(base, adapterSize, adapterNext, mostAdapters, func(a []byte) {
		l, err := m.adapter(a)
		links, broken = append(links, l), errors.Join(broken, err)
	})
	return links, errors.Join(broken, err)
}

func (m memory) adapter(a []byte) (l link, err error) {
	index := u32(a, adapterIndex4)
	if index == 0 {
		index = u32(a, adapterIndex6)
	}
	// OperStatus joins "enabled" and "link detected"; Windows gives no better word to a
	// standard user.
	up := u32(a, adapterState) == winStateUp
	l = link{
		Interface: probe.Interface{
			Name: probe.Clean(m.text(pointer(a, adapterName)), 64), Index: int(index), MTU: int(int32(u32(a, adapterMTU))),
			Up: up, Carrier: up, Loopback: u32(a, adapterType) == winTypeLoopback,
		},
		Description:  probe.Clean(m.text(pointer(a, adapterDescription)), 128),
		PointToPoint: u32(a, adapterType) == winTypePPP,
		Metric4:      u32(a, adapterMetric4), Metric6: u32(a, adapterMetric6),
	}
	if l.PointToPoint {
		l.Kind = "ppp"
	}
	err = errors.Join(
		m.chain(pointer(a, adapterUnicast), unicastSize, entryNext, mostEntries, func(u []byte) {
			if ip, ok := m.socketAddr(u); ok {
				if p := netip.PrefixFrom(ip.WithZone(""), int(u[unicastPrefix])); p.IsValid() {
					l.Addresses = append(l.Addresses, p)
				}
			}
		}),
		m.chain(pointer(a, adapterServers), serverSize, entryNext, mostEntries, func(s []byte) {
			if ip, ok := m.socketAddr(s); ok {
				l.Resolvers = append(l.Resolvers, netip.AddrPortFrom(ip, 53))
			}
		}))
	if suffix := m.text(pointer(a, adapterSuffix)); suffix != "" {
		l.Search = appendSearch(nil, suffix)
	}
	return l, err
}

// socketAddr reads the address that an entry points to.
func (m memory) socketAddr(entry []byte) (netip.Addr, bool) {
	size := int(int32(u32(entry, entryAddress+8)))
	if size < socketSize4 || size > 128 {
		return netip.Addr{}, false
	}
	b, inside := m.at(pointer(entry, entryAddress), size)
	if !inside {
		return netip.Addr{}, false
	}
	return socketAddress(b)
}

// socketAddress reads a SOCKADDR_IN or SOCKADDR_IN6. It keeps the zone of a link-local
// address, as the interface's number.
func socketAddress(b []byte) (netip.Addr, bool) {
	switch family := binary.LittleEndian.Uint16(b); {
	case family == winFamily4 && len(b) >= socketSize4:
		return netip.AddrFrom4([4]byte(b[socketAddress4:])), true
	case family == winFamily6 && len(b) >= socketSize6:
		ip := netip.AddrFrom16([16]byte(b[socketAddress6:]))
		if scope := u32(b, socketScope); scope != 0 && ip.IsLinkLocalUnicast() {
			ip = ip.WithZone(fmt.Sprint(scope))
		}
		return ip.Unmap(), true
	}
	return netip.Addr{}, false
}

// parseForwardTable reads a MIB_IPFORWARD_TABLE2 of which b holds everything.
func parseForwardTable(b []byte) ([]tableRoute, error) {
	if len(b) < forwardHead {
		return nil, errCutShort
	}
	count := uint64(u32(b, 0))
	if count*forwardSize > uint64(len(b)-forwardHead) {
		return nil, errCutShort
	}
	table := make([]tableRoute, 0, count)
	for i := range int(count) {
		row := b[forwardHead+i*forwardSize:][:forwardSize]
		to, ok := socketAddress(row[forwardPrefix:][:socketSize6])
		if !ok {
			continue
		}
		gateway, _ := socketAddress(row[forwardGateway:][:socketSize6])
		table = append(table, tableRoute{
			prefix: netip.PrefixFrom(to.WithZone(""), int(row[forwardBits])).Masked(),
			index:  int(u32(row, forwardIndex)), gateway: gateway.WithZone(""), metric: u32(row, forwardMetric),
		})
	}
	return table, nil
}
