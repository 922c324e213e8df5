package listen

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const tableHead = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

// rows writes a table as the kernel does, from "local remote state inode".
func rows(lines ...string) string {
	var b strings.Builder
	b.WriteString(tableHead)
	for i, l := range lines {
		f := strings.Fields(l)
		fmt.Fprintf(&b, "%4d: %s %s %s 00000000:00000000 00:00000000 00000000     0        0 %s 1 000000009635f3cc 100 0 0 10 0                      \n", i, f[0], f[1], f[2], f[3])
	}
	return b.String()
}

const (
	any6 = "00000000000000000000000000000000"
	none = "00000000:0000"
	far6 = any6 + ":0000"
)

// workspaceProc is /proc of a healthy WorkSpace with eth0 198.19.1.2, one session
// through a gateway, and sockets that are nobody's business.
func workspaceProc() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	link := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: fs.ModeSymlink} }
	return fstest.MapFS{
		"net/tcp": file(rows(
			"020113C6:2008 "+none+" 0A 101", // 198.19.1.2:8200
			"00000000:104C "+none+" 0A 102", // 0.0.0.0:4172
			"00000000:0016 "+none+" 0A 900", // 22
			"0100007F:1F90 "+none+" 0A 901",
			"020113C6:104C 07640AC6:C350 01 103", // from 198.10.100.7
			"020113C6:104C 020113C6:C351 01 104", // from itself
			"0100007F:104C 0100007F:C352 01 105", // from itself, by loopback
			"020113C6:104C 07640AC6:C353 06 0",   // TIME_WAIT
			"020113C6:0016 07640AC6:C350 01 902", // somebody's ssh
			"020113C6:9C40 07640AC6:01BB 01 903", // a browser
		)),
		"net/tcp6": file(rows(
			any6+":2009 "+far6+" 0A 111", // :: 8201, both
			any6+":200A "+far6+" 0A 112", // :: 8202, IPv6 alone
			"0000000000000000FFFF0000020113C6:2009 0000000000000000FFFF000007640AC6:C354 01 113",
			"00000000000000000000000001000000:104C "+far6+" 0A 114", // ::1 4172
		)),
		"net/udp":  file(rows("00000000:104C "+none+" 07 121", "020113C6:104C 07640AC6:C350 01 122", "00000000:0035 "+none+" 07 904")),
		"net/udp6": file(rows(any6 + ":201C " + far6 + " 07 131")),

		"1/comm": file("systemd\n"), "1/fd/30": link("socket:[101]"), "1/fd/0": link("/dev/null"),
		"700/comm": file("skylight-agent\n"), "700/fd/3": link("socket:[101]"), "700/fd/4": link("anon_inode:[eventpoll]"),
		"800/comm": file("pcoip-\x1b[31magent\n"), "800/fd/5": link("socket:[102]"), "800/fd/6": link("socket:[121]"), "800/fd/7": link("socket:[122]"), "800/fd/8": link("socket:[114]"),
		"801/comm": file("worker\n"), "801/fd/5": link("socket:[102]"),
		"900/comm": file("dcvserver\n"), "900/fd/9": link("socket:[111]"), "900/fd/10": link("socket:[112]"), "900/fd/11": link("socket:[131]"),
		"self": link("900"), "uptime": file("1 1\n"),
	}
}

func addr(s string) netip.Addr         { return netip.MustParseAddr(s) }
func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

var plainValues = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}), cmp.AllowUnexported(socket{})}
