package firewall

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"wsdoctor/probe"
)

// setHead is the kernel's head of a set of a kind.
func setHead(kind string, six bool, create ...[]byte) []byte {
	of := byte(nfIPv4)
	if six {
		of = nfIPv6
	}
	b := append(nlaText(ipsetName, "x"), nlaText(ipsetType, kind)...)
	b = append(b, nla(ipsetFamily, of)...)
	return append(b, nlaNest(ipsetData, create...)...)
}

func setElement(parts ...[]byte) []byte { return nlaNest(ipsetData, parts...) }

func ipIn(kind int, a string) []byte {
	addr := netip.MustParseAddr(a)
	if addr.Is4() {
		return nlaNest(kind, nla(1, addr.AsSlice()...))
	}
	return nlaNest(kind, nla(2, addr.AsSlice()...))
}

func portIn(p uint16) []byte { return nla(ipsetPort, binary.BigEndian.AppendUint16(nil, p)...) }

func TestIPSetsAreJudged(t *testing.T) {
	in := newPacket("eth0", eth0, netip.MustParsePrefix("198.19.0.0/16"), probe.TCP, 4172, 4172)
	both := [][]byte{
		setElement(ipIn(ipsetIP, "198.19.0.0"), nla(ipsetCIDR, 17)),
		setElement(ipIn(ipsetIP, "198.19.128.0"), nla(ipsetCIDR, 17)),
	}
	except := append(both[:2:2], setElement(ipIn(ipsetIP, "198.19.7.0"), nla(ipsetCIDR, 24), nlaNumber(ipsetFlags, 4)))
	flow := setElement(ipIn(ipsetIP, "198.19.5.10"), portIn(4172), nla(ipsetProto, protoTCP))
	for _, c := range []struct {
		name     string
		head     []byte
		elements [][]byte
		source   []bool
		want     truth
	}{
		{"a network in two halves", setHead("hash:net", false), both, []bool{true}, yes},
		{"another end", setHead("hash:net", false), both[1:], []bool{false}, no},
		{"half of the sources", setHead("hash:net", false), both[:1], []bool{true}, maybe},
		{"with an exception", setHead("hash:net", false), except, []bool{true}, maybe},
		{"with an exception elsewhere", setHead("hash:net", false), append(both[:2:2], setElement(ipIn(ipsetIP, "10.0.0.0"), nla(ipsetCIDR, 8), nlaNumber(ipsetFlags, 4))), []bool{false}, yes},
		{"this address and port", setHead("hash:ip,port", false), [][]byte{flow}, []bool{false, false}, yes},
		{"of the other transport", setHead("hash:ip,port", false), [][]byte{setElement(ipIn(ipsetIP, "198.19.5.10"), portIn(4172), nla(ipsetProto, protoUDP))}, []bool{false, false}, no},
		{"too few ends", setHead("hash:ip,port", false), [][]byte{flow}, []bool{false}, no},
		{"a port", setHead("bitmap:port", false), [][]byte{setElement(portIn(4172))}, []bool{false}, yes},
		{"a mask for all", setHead("hash:ip", false, nla(ipsetNetmask, 16)), [][]byte{setElement(ipIn(ipsetIP, "198.19.0.0"))}, []bool{true}, yes},
		{"one that ends some time", setHead("hash:ip", false), [][]byte{setElement(ipIn(ipsetIP, "198.19.5.10"), nlaNumber(ipsetTimeout, 60))}, []bool{false}, maybe},
		{"IPv6", setHead("hash:ip", true), [][]byte{setElement(ipIn(ipsetIP, "fd00::1"))}, []bool{true}, no},
		{"an unknown kind", setHead("hash:mac", false), nil, []bool{true}, maybe},
		{"an odd mask", setHead("hash:ip", false, nla(ipsetBitmask, 1, 2, 3, 4)), [][]byte{setElement(ipIn(ipsetIP, "198.19.5.10"))}, []bool{false}, maybe},
		{"a range, which is not told so", setHead("hash:ip", false), [][]byte{setElement(ipIn(ipsetIP, "10.0.0.1"), ipIn(ipsetIPTo, "10.0.0.9"))}, []bool{false}, maybe},
		{"no answer", nil, nil, []bool{true}, maybe},
	} {
		var list []message
		if c.head != nil {
			list = []message{{attrs: append(c.head, nlaNest(ipsetADT, c.elements...)...)}}
		}
		s := parseIPSet("x", list, 1000, func(string) *ipset { return &ipset{why: "none"} })
		m := &machine{facts: &facts{}}
		m.start(newTravel(in))
		if got := s.test(m, c.source, 0); got != c.want {
			t.Errorf("%s: %v, want %v; %+v", c.name, got, c.want, s)
		}
		if (s.why != "") != (c.want == maybe && c.name != "half of the sources" && c.name != "with an exception" && c.name != "one that ends some time") {
			t.Errorf("%s: because it %s", c.name, s.why)
		}
		s.filled = true
		if got := s.test(m, c.source, 0); got == yes {
			t.Errorf("%s: certain, though rules fill it", c.name)
		}
	}
}

func FuzzIPSet(f *testing.F) {
	f.Add(append(setHead("hash:ip,port", false), nlaNest(ipsetADT, setElement(ipIn(ipsetIP, "198.19.5.10"), portIn(4172), nla(ipsetProto, protoTCP)))...))
	f.Add(append(setHead("hash:ip,port,net", true), nlaNest(ipsetADT, setElement(ipIn(ipsetIP, "fd00::1"), portIn(1), ipIn(ipsetIP2, "fd00::")))...))
	f.Add(nlaNest(ipsetADT, setElement(portIn(1)))) // without a kind
	f.Fuzz(func(t *testing.T, b []byte) {
		s := parseIPSet("x", []message{{attrs: b}}, 100, func(string) *ipset { return &ipset{why: "none"} })
		m := &machine{facts: &facts{}}
		for _, source := range management {
			to := eth0
			if source.Addr().Is6() {
				to = eth0Six
			}
			m.start(newTravel(newPacket("eth0", to, source, probe.TCP, 4172, 8250)))
			s.test(m, []bool{true, false, true}, 0)
		}
	})
}
