package listen

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"

	"wsdoctor/probe"
)

const (
	// tableLimit bounds one table in bytes; a row takes about 150.
	tableLimit = 16 << 20
	rowLimit   = 1 << 10
	// rowsPerCheck is after how many rows the deadline is looked at.
	rowsPerCheck = 1024
)

// procTables are the tables of the kernel (proc(5), /proc/net/tcp). Those of
// IPv6 do not exist where it is switched off.
var procTables = []struct {
	name      string
	transport probe.Transport
	v6        bool
}{
	{
		"net/tcp",
		probe.TCP,
		false,
	},
	{"net/tcp6", probe.TCP, true},
	{"net/udp", probe.UDP, false},
	{"net/udp6", probe.UDP, true},
}

// procRow says what a socket's state makes it. The numbers are those of the
// kernel's net/tcp_states.h, which UDP borrows: 7 (close) for a socket that is
// not connected, 1 for one that is.
var procRow = map[probe.Transport]map[uint64]struct{ connected bool }{
	probe.TCP: {1: {true}, 10: {false}},
	probe.UDP: {1: {false}, 7: {false}},
}

// readTables reads all tables below proc, which is /proc.
func readTables(ctx context.Context, proc fs.FS, keep watch) ([]socket, error) {
	var all []socket
	for _, t := range procTables {
		f, err := proc.Open(t.name)
		if t.v6 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sockets, err := parseTable(ctx, f, t.transport, keep)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("/proc/%s: %w", t.name, err)
		}
		all = append(all, sockets...)
	}
	return all, nil
}

// parseTable reads one table and keeps the watched ports. It is strict: a row
// that it does not understand could be the listener that is looked for.
func parseTable(ctx context.Context, r io.Reader, t probe.Transport, keep watch) ([]socket, error) {
	limited := &io.LimitedReader{R: r, N: tableLimit + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, rowLimit), rowLimit)
	if !lines.Scan() || !bytes.Contains(lines.Bytes(), []byte("local_address")) {
		return nil, cmp.Or(lines.Err(), errors.New("no table of sockets"))
	}
	var list []socket
	for n := 2; lines.Scan(); n++ {
		if n%rowsPerCheck == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s, known, ok := parseRow(lines.Bytes(), t)
		if !ok {
			return nil, fmt.Errorf("line %d is not understood", n)
		}
		if known && keep(t, s.local.Port()) {
			list = append(list, s)
		}
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("larger than %d bytes", tableLimit)
	}
	return list, cmp.Or(lines.Err(), ctx.Err())
}

// parseRow reads one row: number, local and remote address:port, state, queues,
// timer, retransmits, user, timeout, inode, and more that is of no use here.
func parseRow(line []byte, t probe.Transport) (s socket, known, ok bool) {
	fields := bytes.Fields(line)
	if len(fields) < 10 {
		return s, false, false
	}
	var okLocal, okRemote bool
	s.transport = t
	s.local, okLocal = hexAddrPort(fields[1])
	s.remote, okRemote = hexAddrPort(fields[2])
	state, errState := strconv.ParseUint(string(fields[3]), 16, 8)
	inode, errInode := strconv.ParseUint(string(fields[9]), 10, 64)
	if !okLocal || !okRemote || errState != nil || errInode != nil {
		return s, false, false
	}
	row, known := procRow[t][state]
	s.connected, s.inode = row.connected, inode
	return s, known, true
}

// hexAddrPort reads "0100007F:104C". The address is written in words of the
// machine's own byte order, the port as a number.
func hexAddrPort(b []byte) (netip.AddrPort, bool) {
	digits, port, found := bytes.Cut(b, []byte(":"))
	if !found || len(digits) != 8 && len(digits) != 32 {
		return netip.AddrPort{}, false
	}
	var raw [16]byte
	n, err := hex.Decode(raw[:], digits)
	p, errPort := strconv.ParseUint(string(port), 16, 16)
	if err != nil || errPort != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < n; i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw[:n])
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), true
}
