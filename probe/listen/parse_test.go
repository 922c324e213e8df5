package listen

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// table joins a count and rows, given as hex with spaces.
func table(t testing.TB, count uint32, hexRows ...string) []byte {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, count)
	for _, h := range hexRows {
		row, err := hex.DecodeString(strings.ReplaceAll(h, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, row...)
	}
	return append(b, 0xAA, 0xAA, 0xAA, 0xAA) // the rest of the buffer
}

const (
	any16  = "00000000000000000000000000000000"
	mapped = "00000000000000000000ffff c6130102"
)

// windowsTables are the four tables of a Windows WorkSpace, in the order of
// mibTables. The upper halves of ports hold rubbish, as they may.
func windowsTables(t testing.TB) [][]byte {
	return [][]byte{
		table(t, 5,
			"02000000 00000000 104c beef 00000000 0000 0000 10270000",  // listens on 0.0.0.0:4172, process 10000
			"05000000 c6130102 2009 0000 c60a6407 c350 0000 11270000",  // 198.19.1.2:8201 from 198.10.100.7:50000
			"02000000 00000000 0d3d 0000 00000000 0000 0000 12270000",  // RDP, nobody's business
			"0b000000 c6130102 104c 0000 c60a6407 c351 0000 00000000",  // TIME_WAIT
			"02000000 c6130102 2008 0000 00000000 0000 0000 13270000"), // 198.19.1.2:8200
		table(t, 3,
			any16+"00000000 104c 0000"+any16+"00000000 0000 0000 02000000 10270000",
			mapped+"00000000 2009 0000 00000000000000000000ffffc60a6408 00000000 c350 0000 05000000 11270000",
			any16+"00000000 0d3d 0000"+any16+"00000000 0000 0000 02000000 12270000"),
		table(t, 2, "00000000 104c 0000 10270000", "00000000 0035 0000 14270000"),
		table(t, 2, any16+"00000000 201c 0000 11270000", any16+"00000000 14e9 0000 14270000"),
	}
}

func TestWindowsTables(t *testing.T) {
	var all []socket
	for i, b := range windowsTables(t) {
		got, err := parseMIB(b, mibTables[i], isWatched)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got...)
	}
	d, err := fold(all, isWatched)
	want := probe.ListenersDetail{
		Listeners: []probe.Listener{
			{Transport: probe.TCP, Address: addr("0.0.0.0"), Port: 4172, PID: 10000},
			{Transport: probe.TCP, Address: addr("::"), Port: 4172, PID: 10000},
			{Transport: probe.TCP, Address: addr("198.19.1.2"), Port: 8200, PID: 10003},
			{Transport: probe.UDP, Address: addr("0.0.0.0"), Port: 4172, PID: 10000},
			{Transport: probe.UDP, Address: addr("::"), Port: 8220, PID: 10001},
		},
		Connections: []probe.Connection{
			{Local: addrPort("198.19.1.2:8201"), Remote: addrPort("198.10.100.7:50000")},
			{Local: addrPort("198.19.1.2:8201"), Remote: addrPort("198.10.100.8:50000")},
		},
	}
	if diff := cmp.Diff(want, d, plainValues); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestASystemThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, start := make(chan struct{}), time.Now()
		d, gaps := look(t.Context(), func(context.Context, watch) ([]socket, []string, error) { <-release; return nil, nil, nil }, isWatched)
		if took := time.Since(start); took != patience || d.Listeners != nil || len(gaps) != 1 || !strings.Contains(gaps[0], "in time") {
			t.Errorf("after %v: %+v, gaps %q", took, d, gaps)
		}
		close(release)
		synctest.Wait()
	})
}

func TestWindowsTableCutShort(t *testing.T) {
	for i, whole := range windowsTables(t) {
		for _, b := range [][]byte{nil, whole[:3], whole[:len(whole)-5], {0xff, 0xff, 0xff, 0xff}} {
			if got, err := parseMIB(b, mibTables[i], isWatched); err == nil {
				t.Errorf("table %d, %d bytes: %+v", i, len(b), got)
			}
		}
	}
	if got, err := parseMIB(table(t, 0), mibTables[0], isWatched); err != nil || got != nil {
		t.Errorf("empty table: %+v, %v", got, err)
	}
}

func TestWatchedPortsAreThoseOfTheManagementInterface(t *testing.T) {
	in := map[probe.Transport][]uint16{probe.TCP: {4172, 4489, 8200, 8201, 8220, 8250}, probe.UDP: {4172, 8220}}
	out := map[probe.Transport][]uint16{probe.TCP: {0, 22, 4171, 4173, 4195, 8199, 8251, 8443, 65535}, probe.UDP: {0, 4489, 8200, 8219, 8221, 50002}}
	for transport, ports := range in {
		for _, p := range ports {
			if !isWatched(transport, p) {
				t.Errorf("%s %d is not watched", transport, p)
			}
		}
		for _, p := range out[transport] {
			if isWatched(transport, p) {
				t.Errorf("%s %d is watched", transport, p)
			}
		}
	}
	total := 0
	for p := range 1 << 16 {
		if isWatched(probe.TCP, uint16(p)) {
			total++
		}
	}
	if total != 53 {
		t.Errorf("%d TCP ports are watched, want 53", total)
	}
}

// diagMessage is an answer of sock_diag with attributes of type and value.
func diagMessage(inode uint32, attributes ...[]byte) []byte {
	b := make([]byte, diagMessageSize)
	b[0], b[1] = 10, 10
	binary.NativeEndian.PutUint32(b[diagInodeAt:], inode)
	for _, a := range attributes {
		b = binary.NativeEndian.AppendUint16(b, uint16(3+len(a)))
		b = binary.NativeEndian.AppendUint16(b, uint16(a[0]))
		b = append(b, a[1:]...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	return b
}

func TestSockDiagAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		message    []byte
		only, told bool
	}{
		"both":              {diagMessage(77, []byte{8, 0}, []byte{diagV6Only, 0}), false, true},
		"IPv6 alone":        {diagMessage(77, []byte{diagV6Only, 1}, []byte{15, 1, 2, 3, 4}), true, true},
		"not said":          {diagMessage(77, []byte{8, 0}), false, false},
		"without attribute": {diagMessage(77), false, false},
		"empty attribute":   {diagMessage(77, []byte{diagV6Only}), false, false},
		"cut":               {diagMessage(77, []byte{8, 0, 0, 0, 0})[:diagMessageSize+5], false, false},
		"zero length":       {append(diagMessage(77), 0, 0, 0, 0, 0, 0, 0, 0), false, false},
	} {
		if inode, only, told := parseDiag(c.message); inode != 77 || only != c.only || told != c.told {
			t.Errorf("%s: %d %v %v", name, inode, only, told)
		}
	}
	if _, _, told := parseDiag(make([]byte, diagMessageSize-1)); told {
		t.Error("a short message told something")
	}
}

func FuzzParseTable(f *testing.F) {
	proc := workspaceProc()
	for _, t := range procTables {
		f.Add(string(proc[t.name].Data), t.transport == probe.UDP)
	}
	f.Add(tableHead+" 0: :: x 0A\n", false)
	f.Fuzz(func(t *testing.T, text string, udp bool) {
		transport := probe.TCP
		if udp {
			transport = probe.UDP
		}
		list, err := parseTable(t.Context(), strings.NewReader(text), transport, isWatched)
		if err != nil && list != nil {
			t.Error("a list and an error")
		}
		for _, s := range list {
			if !isWatched(s.transport, s.local.Port()) || !s.local.Addr().IsValid() || s.local.Addr().Is4In6() || s.connected && udp {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzParseMIB(f *testing.F) {
	for i, b := range windowsTables(f) {
		f.Add(b, uint8(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		list, err := parseMIB(b, mibTables[int(which)%len(mibTables)], isWatched)
		if err != nil && list != nil {
			t.Error("a list and an error")
		}
		for _, s := range list {
			if !isWatched(s.transport, s.local.Port()) || s.local.Addr().Is4In6() || s.remote.Addr().Is4In6() {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzParseDiag(f *testing.F) {
	f.Add(diagMessage(1, []byte{8, 0}, []byte{diagV6Only, 1}))
	f.Add(diagMessage(2)[:70])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, only, told := parseDiag(b); only && !told {
			t.Error("an answer that was not told")
		}
	})
}

func FuzzSocketInode(f *testing.F) {
	f.Add("socket:[12345]")
	f.Add("socket:[")
	f.Add("/dev/null")
	f.Fuzz(func(t *testing.T, link string) {
		if _, ok := socketInode(link); ok && (!strings.HasPrefix(link, "socket:[") || !strings.HasSuffix(link, "]")) {
			t.Errorf("%q", link)
		}
	})
}
