package wireless

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// attribute is one of netlink's, as the kernel writes it.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

func number(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func laptop() []byte {
	return join(attribute(46, number(0)), attribute(attrIndex, number(3)), attribute(attrName, []byte("wlp2s0\x00")), attribute(attrType, number(2)),
		attribute(6, []byte{2, 0, 0, 0, 0, 1}), attribute(52, []byte("secret network")), attribute(attrFrequency, number(5180)))
}

func station(last, average int8) []byte {
	info := []byte{}
	if last != 0 {
		info = append(info, attribute(stationSignal, []byte{byte(last)})...)
	}
	if average != 0 {
		info = append(info, attribute(stationAverage, []byte{byte(average)})...)
	}
	const nested = 0x8000
	return join(attribute(attrIndex, number(3)), attribute(6, []byte{2, 0, 0, 0, 0, 2}), attribute(attrStation|nested, info))
}

func TestLinuxInterfaceAndSignal(t *testing.T) {
	w, used := parseInterface(laptop())
	want := probe.WirelessLink{Interface: "wlp2s0", MHz: 5180, Band: "5 GHz"}
	if diff := cmp.Diff(want, w.link); diff != "" || !used || w.index != 3 {
		t.Errorf("%v, index %d\n%s", used, w.index, diff)
	}
	for name, b := range map[string][]byte{
		"an access point": join(attribute(attrIndex, number(3)), attribute(attrType, number(3)), attribute(attrFrequency, number(2412))),
		"not connected":   join(attribute(attrIndex, number(3)), attribute(attrType, number(2))),
		"cut short":       laptop()[:30],
		"nothing":         nil,
	} {
		if _, used := parseInterface(b); used {
			t.Errorf("%s is told", name)
		}
	}
	for _, c := range []struct {
		last, average int8
		want          int
	}{{-61, 0, -61}, {-61, -58, -58}, {0, 0, 0}} {
		if got := parseSignal(station(c.last, c.average)); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A list of two adapters and what one of them says, in the bytes of Windows.
func windowsList() []byte {
	b := make([]byte, listRows+2*rowSize)
	binary.LittleEndian.PutUint32(b, 2)
	for i, name := range []string{"Intel(R) Wi-Fi 6 AX201", "Off"} {
		row := b[listRows+i*rowSize:]
		row[0] = byte(i + 1)
		for j, c := range name {
			binary.LittleEndian.PutUint16(row[rowDescription+2*j:], uint16(c))
		}
		binary.LittleEndian.PutUint32(row[rowState:], uint32(1+3*i)) // connected, disconnected
	}
	return b
}

func TestWindowsList(t *testing.T) {
	list, err := parseList(windowsList())
	if err != nil || len(list) != 1 || list[0].link.Interface != "Intel(R) Wi-Fi 6 AX201" || list[0].guid[0] != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	for name, b := range map[string][]byte{"empty": nil, "one row missing": windowsList()[:listRows+rowSize], "too many": {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}} {
		if list, err := parseList(b); err == nil {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if list, err := parseList(make([]byte, listRows)); err != nil || len(list) != 0 {
		t.Errorf("no adapter: %+v, %v", list, err)
	}
}

func TestWindowsConnection(t *testing.T) {
	b := make([]byte, attributesSize)
	binary.LittleEndian.PutUint32(b[connectionPHY:], 10)
	binary.LittleEndian.PutUint32(b[connectionRate:], 83)
	if quality, phy, err := parseConnection(b); quality != 83 || phy != 10 || err != nil {
		t.Errorf("%d, %d, %v", quality, phy, err)
	}
	if _, _, err := parseConnection(b[:attributesSize-1]); err == nil {
		t.Error("a connection that is cut short is read")
	}
}

// Where Windows does not tell of the connection (location services), the rest stays.
func TestWindowsAnswers(t *testing.T) {
	connection := make([]byte, attributesSize)
	binary.LittleEndian.PutUint32(connection[connectionPHY:], 10)
	binary.LittleEndian.PutUint32(connection[connectionRate:], 83)
	quality, weak := 83, int32(-71)
	answers := map[uint32][]byte{
		opcodeConnection: connection, opcodeChannel: binary.LittleEndian.AppendUint32(nil, 44),
		opcodeRSSI: binary.LittleEndian.AppendUint32(nil, uint32(weak)),
	}
	all := probe.WirelessLink{Quality: &quality, SignalDBM: -71, Channel: 44, Band: "5 GHz"}
	for name, c := range map[string]struct {
		without uint32
		want    probe.WirelessLink
		fails   bool
	}{
		"all":           {0, all, false},
		"no connection": {opcodeConnection, probe.WirelessLink{SignalDBM: -71, Channel: 44, Band: "5 GHz"}, true},
		"no signal":     {opcodeRSSI, probe.WirelessLink{Quality: &quality, Channel: 44, Band: "5 GHz"}, false},
		"no channel":    {opcodeChannel, probe.WirelessLink{Quality: &quality, SignalDBM: -71}, false},
	} {
		got, err := adapter{}.asked(func(opcode uint32) ([]byte, error) {
			if opcode == c.without {
				return nil, errors.New("access denied")
			}
			return answers[opcode], nil
		})
		if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	short, err := adapter{}.asked(func(uint32) ([]byte, error) { return []byte{1}, nil })
	if diff := cmp.Diff(probe.WirelessLink{}, short); diff != "" || err != nil {
		t.Errorf("answers that are cut short: %v\n%s", err, diff)
	}
}

func TestBands(t *testing.T) {
	for mhz, want := range map[int]string{2412: "2.4 GHz", 2484: "2.4 GHz", 5180: "5 GHz", 5885: "5 GHz", 5955: "6 GHz", 7115: "6 GHz", 58320: "60 GHz", 0: "", 900: ""} {
		if got := bandOf(mhz); got != want {
			t.Errorf("%d MHz: %q", mhz, got)
		}
	}
	for _, c := range []struct {
		channel int
		phy     uint32
		want    string
	}{
		{1, 6, "2.4 GHz"}, {6, 10, "2.4 GHz"}, {11, phyN, "2.4 GHz"}, {36, phyN, "5 GHz"}, {36, 10, "5 GHz"}, {149, phyAC, "5 GHz"},
		{1, 10, ""}, {5, 11, ""}, {149, 10, ""}, // 6 GHz has these numbers too
		{0, 10, ""}, {300, 10, ""},
	} {
		if got := channelBand(c.channel, c.phy); got != c.want {
			t.Errorf("channel %d, kind %d: %q, want %q", c.channel, c.phy, got, c.want)
		}
	}
}

func TestADriverThatHangsIsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, start := make(chan struct{}), time.Now()
		d, gaps := look(t.Context(), func(context.Context) ([]probe.WirelessLink, error) { <-release; return nil, nil })
		if len(d.Links) != 0 || d.Links == nil || len(gaps) != 1 || time.Since(start) != patience {
			t.Errorf("%+v, gaps %q after %v", d, gaps, time.Since(start))
		}
		close(release)
	})
	d, gaps := look(t.Context(), func(context.Context) ([]probe.WirelessLink, error) {
		return []probe.WirelessLink{{Interface: "wlan0"}}, errors.New("no signal")
	})
	if len(d.Links) != 1 || len(gaps) != 1 { // what was told before counts
		t.Errorf("%+v, gaps %q", d, gaps)
	}
}

func TestThisComputer(t *testing.T) {
	if d, _ := Look(t.Context()); d.Links == nil {
		t.Error("the report would hold a null")
	}
}

func FuzzWireless(f *testing.F) {
	f.Add(laptop())
	f.Add(station(-61, -58))
	f.Add(windowsList())
	f.Fuzz(func(t *testing.T, b []byte) {
		parseInterface(b)
		parseSignal(b)
		list, _ := parseList(b)
		if len(list) > mostLinks {
			t.Errorf("%d adapters", len(list))
		}
		_, _, _ = parseConnection(b)
	})
}
