package host

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// recorded is what GetAdaptersAddresses wrote under Wine 8, on a computer with two ends
// of a cable, and where: eight bytes of the buffer's address, and the buffer.
func recorded(t testing.TB) (b []byte, base uint64) {
	t.Helper()
	b, err := os.ReadFile("testdata/adapters-wine.bin")
	if err != nil {
		t.Fatal(err)
	}
	return b[8:], binary.LittleEndian.Uint64(b)
}

func TestRecordedAdapters(t *testing.T) {
	b, base := recorded(t)
	got, err := parseAdapters(b, base)
	if err != nil {
		t.Fatal(err)
	}
	servers := []netip.AddrPort{netip.MustParseAddrPort("192.168.77.53:53")}
	wanted := map[string]struct {
		addresses []netip.Prefix
		loopback  bool
	}{
		"lo":    {[]netip.Prefix{prefix("::1/128"), prefix("127.0.0.1/8")}, true},
		"eth0":  {[]netip.Prefix{prefix("2001:db8:77::2/64"), prefix("192.168.77.2/24")}, false},
		"cable": {nil, false},
	}
	if len(got) != len(wanted) {
		t.Errorf("%d adapters", len(got))
	}
	for _, l := range got {
		want, known := wanted[l.Name]
		var addresses []netip.Prefix
		for _, p := range l.Addresses {
			if !p.Addr().IsLinkLocalUnicast() { // made of a hardware address by chance
				addresses = append(addresses, p)
			}
		}
		if diff := cmp.Diff(want.addresses, addresses, plainValues); !known || diff != "" || l.Loopback != want.loopback || !l.Up || l.Index == 0 || l.MTU == 0 {
			t.Errorf("%+v\n%s", l, diff)
		}
		if diff := cmp.Diff(servers, l.Resolvers, plainValues); diff != "" && !l.Loopback {
			t.Errorf("%s: name servers\n%s", l.Name, diff)
		}
	}
}

// builder lays structures out behind each other, as the system does.
type builder struct {
	b    []byte
	base uint64
}

func (m *builder) room(size int) (at int) {
	at = (len(m.b) + 7) &^ 7
	m.b = append(m.b, make([]byte, at+size-len(m.b))...)
	return at
}

func (m *builder) point(at, to int)        { binary.LittleEndian.PutUint64(m.b[at:], m.base+uint64(to)) }
func (m *builder) number(at int, n uint32) { binary.LittleEndian.PutUint32(m.b[at:], n) }
func (m *builder) string(at int, text string) {
	units := append(utf16.Encode([]rune(text)), 0)
	to := m.room(2 * len(units))
	for i, u := range units {
		binary.LittleEndian.PutUint16(m.b[to+2*i:], u)
	}
	m.point(at, to)
}

// socket writes a SOCKADDR, and points a SOCKET_ADDRESS to it.
func (m *builder) socket(at int, a netip.Addr, scope uint32) {
	if a.Is4() {
		to := m.room(socketSize4)
		m.b[to] = winFamily4
		copy(m.b[to+socketAddress4:], a.AsSlice())
		m.point(at, to)
		m.number(at+8, socketSize4)
		return
	}
	to := m.room(socketSize6)
	m.b[to] = winFamily6
	copy(m.b[to+socketAddress6:], a.AsSlice())
	m.number(to+socketScope, scope)
	m.point(at, to)
	m.number(at+8, socketSize6)
}

// laptop is a Wi-Fi adapter with two addresses, two name servers and a domain, and a
// VPN of Windows' own without IPv4.
func laptop() *builder {
	m := &builder{base: 0x00007ff6_12340000}
	wifi := m.room(adapterSize)
	m.number(wifi+adapterIndex4, 14)
	m.number(wifi+adapterMTU, 1500)
	m.number(wifi+adapterType, 71)
	m.number(wifi+adapterState, winStateUp)
	m.number(wifi+adapterMetric4, 50)
	m.number(wifi+adapterMetric6, 51)
	m.string(wifi+adapterName, "WLAN 東京")
	m.string(wifi+adapterDescription, "Intel(R) Wi-Fi 6 AX201")
	m.string(wifi+adapterSuffix, "corp.example.com")
	first := m.room(unicastSize)
	m.point(wifi+adapterUnicast, first)
	m.socket(first+entryAddress, addr("10.1.2.3"), 0)
	m.b[first+unicastPrefix] = 20
	second := m.room(unicastSize)
	m.point(first+entryNext, second)
	m.socket(second+entryAddress, addr("fe80::5"), 14)
	m.b[second+unicastPrefix] = 64
	server := m.room(serverSize)
	m.point(wifi+adapterServers, server)
	m.socket(server+entryAddress, addr("10.1.0.53"), 0)
	other := m.room(serverSize)
	m.point(server+entryNext, other)
	m.socket(other+entryAddress, addr("fe80::1"), 14)

	vpn := m.room(adapterSize)
	m.point(wifi+adapterNext, vpn)
	m.number(vpn+adapterIndex6, 33)
	m.number(vpn+adapterMTU, 0xffffffff)
	m.number(vpn+adapterType, winTypePPP)
	m.number(vpn+adapterState, 2)
	m.string(vpn+adapterName, "Office\x1b[31m")
	return m
}

func TestAdaptersAsWindowsLaysThemOut(t *testing.T) {
	m := laptop()
	got, err := parseAdapters(m.b, m.base)
	want := []link{
		{
			Interface:   probe.Interface{Name: "WLAN 東京", Index: 14, MTU: 1500, Up: true, Carrier: true, Addresses: []netip.Prefix{prefix("10.1.2.3/20"), prefix("fe80::5/64")}},
			Description: "Intel(R) Wi-Fi 6 AX201", Metric4: 50, Metric6: 51, Search: []string{"corp.example.com"},
			Resolvers: []netip.AddrPort{netip.MustParseAddrPort("10.1.0.53:53"), netip.MustParseAddrPort("[fe80::1%14]:53")},
		},
		{Interface: probe.Interface{Name: "Office[31m", Index: 33, MTU: -1}, PointToPoint: true, Kind: "ppp"},
	}
	if diff := cmp.Diff(want, got, plainValues); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Whatever is cut off or points elsewhere, what was read before stays, and the list
// counts as not read whole.
func TestBrokenAdapterListsEnd(t *testing.T) {
	whole := laptop()
	if _, err := parseAdapters(whole.b[:adapterSize-1], whole.base); err == nil {
		t.Error("half an adapter is read")
	}
	if links, err := parseAdapters(whole.b[:len(whole.b)-adapterSize], whole.base); err == nil || len(links) != 1 {
		t.Errorf("%d adapters, %v", len(links), err)
	}
	for name, spoil := range map[string]func(*builder){
		"an adapter after itself":  func(m *builder) { m.point(adapterNext, 0) },
		"an adapter before it all": func(m *builder) { binary.LittleEndian.PutUint64(m.b[adapterNext:], m.base-8) },
		"an adapter far away":      func(m *builder) { binary.LittleEndian.PutUint64(m.b[adapterNext:], 0xfffffffffffffff0) },
		"an address after itself": func(m *builder) {
			first := int(pointer(m.b, adapterUnicast) - m.base)
			m.point(first+entryNext, first)
		},
	} {
		m := laptop()
		spoil(m)
		links, err := parseAdapters(m.b, m.base)
		if err == nil || len(links) == 0 || len(links) > mostAdapters || len(links[0].Addresses) > mostEntries {
			t.Errorf("%s: %d adapters, %v", name, len(links), err)
		}
	}
}

func TestRecordedForwardTable(t *testing.T) {
	b, err := os.ReadFile("testdata/routes-wine.bin")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseForwardTable(b)
	if err != nil || len(got) != 2 || got[0].prefix != prefix("0.0.0.0/0") || got[0].gateway != addr("192.168.77.1") || got[0].index != 3 ||
		got[1].prefix != prefix("192.168.77.0/24") {
		t.Errorf("%+v, %v", got, err)
	}
	for _, short := range [][]byte{nil, b[:7], b[:len(b)-1], {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}} {
		if list, err := parseForwardTable(short); err == nil {
			t.Errorf("%d bytes: %+v", len(short), list)
		}
	}
}

func FuzzAdapters(f *testing.F) {
	b, base := recorded(f)
	f.Add(b, base)
	m := laptop()
	f.Add(m.b, m.base)
	routes, _ := os.ReadFile("testdata/routes-wine.bin")
	f.Add(routes, uint64(0))
	f.Fuzz(func(t *testing.T, b []byte, base uint64) {
		links, _ := parseAdapters(b, base)
		if len(links) > mostAdapters {
			t.Errorf("%d adapters", len(links))
		}
		for _, l := range links {
			for _, p := range l.Addresses {
				if !p.IsValid() {
					t.Errorf("%+v", l)
				}
			}
		}
		_, _ = parseForwardTable(b)
	})
}
