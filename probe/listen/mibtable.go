package listen

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"wsdoctor/probe"
)

// mibTable says where the fields of a row are, as offsets in bytes, in one of
// the tables that GetExtendedTcpTable and GetExtendedUdpTable fill with process
// numbers (Microsoft, tcpmib.h and udpmib.h: MIB_TCPROW_OWNER_PID,
// MIB_TCP6ROW_OWNER_PID, MIB_UDPROW_OWNER_PID, MIB_UDP6ROW_OWNER_PID). All their
// fields are 4 bytes, so there is no padding. A negative offset: no such field.
type mibTable struct {
	transport                                   probe.Transport
	v6                                          bool
	size                                        int
	local, localPort, remote, remotePort, state int
	pid                                         int
}

var mibTables = []mibTable{
	{probe.TCP, false, 24, 4, 8, 12, 16, 0, 20},
	{probe.TCP, true, 56, 0, 20, 24, 44, 48, 52},
	{probe.UDP, false, 12, 0, 4, -1, -1, -1, 8},
	{probe.UDP, true, 28, 0, 20, -1, -1, -1, 24},
}

// States of MIB_TCP_STATE.
const (
	mibListen      = 2
	mibEstablished = 5
)

// parseMIB reads a table: the number of rows, and the rows, all little-endian
// but for addresses and ports. It keeps the watched ports.
//
// A dual-stack socket stands in both tables of Windows, as 0.0.0.0 and as ::, so
// no row on :: is said to take IPv4.
func parseMIB(b []byte, t mibTable, keep watch) ([]socket, error) {
	const head = 4
	if len(b) < head {
		return nil, errors.New("the table of sockets is cut short")
	}
	count := uint64(binary.LittleEndian.Uint32(b))
	if count*uint64(t.size) > uint64(len(b)-head) {
		return nil, errors.New("the table of sockets is cut short")
	}
	var list []socket
	for i := range int(count) {
		row := b[head+i*t.size:][:t.size]
		s := socket{
			transport: t.transport, local: t.addrPort(row, t.local, t.localPort),
			pid: int(binary.LittleEndian.Uint32(row[t.pid:])),
		}
		if t.state >= 0 {
			switch binary.LittleEndian.Uint32(row[t.state:]) {
			case mibListen:
			case mibEstablished:
				s.connected, s.remote = true, t.addrPort(row, t.remote, t.remotePort)
			default:
				continue
			}
		}
		if keep(s.transport, s.local.Port()) {
			list = append(list, s)
		}
	}
	return list, nil
}

// addrPort reads an address and a port, both in network byte order. Only the
// first two bytes of the port's field mean anything.
func (t mibTable) addrPort(row []byte, at, portAt int) netip.AddrPort {
	size := 4
	if t.v6 {
		size = 16
	}
	a, _ := netip.AddrFromSlice(row[at : at+size])
	return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(row[portAt:]))
}
