package socket

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// control builds the control message of one extended error.
func control(level, kind int, errno syscall.Errno, origin, typ, code byte, info uint32, offender netip.Addr) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(errno))
	b = append(b, origin, typ, code, 0)
	b = binary.NativeEndian.AppendUint32(b, info)
	b = append(b, 0, 0, 0, 0)
	switch {
	case offender.Is4():
		b = append(binary.NativeEndian.AppendUint16(b, unix.AF_INET), 0, 0)
		b = append(append(b, offender.AsSlice()...), make([]byte, 8)...)
	case offender.Is6():
		b = append(binary.NativeEndian.AppendUint16(b, unix.AF_INET6), 0, 0, 0, 0, 0, 0)
		b = append(append(b, offender.AsSlice()...), 0, 0, 0, 0)
	}
	head := make([]byte, unix.CmsgSpace(len(b)))
	binary.NativeEndian.PutUint64(head, uint64(unix.CmsgLen(len(b))))
	binary.NativeEndian.PutUint32(head[8:], uint32(level))
	binary.NativeEndian.PutUint32(head[12:], uint32(kind))
	copy(head[unix.CmsgLen(0):], b)
	return head
}

func TestQueueEntriesAreRead(t *testing.T) {
	router := netip.MustParseAddr("203.0.113.1")
	tests := []struct {
		name    string
		oob     []byte
		failure probe.Failure
		icmp    *probe.ICMPError
	}{
		{"router's next-hop MTU", control(unix.SOL_IP, unix.IP_RECVERR, unix.EMSGSIZE, unix.SO_EE_ORIGIN_ICMP, 3, 4, 1400, router), probe.MessageSize, &probe.ICMPError{Offender: router, Type: 3, Code: 4, MTU: 1400}},
		{"own MTU", control(unix.SOL_IP, unix.IP_RECVERR, unix.EMSGSIZE, unix.SO_EE_ORIGIN_LOCAL, 0, 0, 1500, netip.Addr{}), probe.MessageSize, &probe.ICMPError{MTU: 1500, OwnHost: true}},
		{"time exceeded", control(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.EHOSTUNREACH, unix.SO_EE_ORIGIN_ICMP6, 3, 0, 0, netip.MustParseAddr("2001:db8::1")), probe.TTLExceeded, &probe.ICMPError{Offender: netip.MustParseAddr("2001:db8::1"), Type: 3}},
		{"code nobody knows", control(unix.SOL_IP, unix.IP_RECVERR, unix.EPROTO, unix.SO_EE_ORIGIN_ICMP, 12, 0, 0, router), probe.UnknownFailure, &probe.ICMPError{Offender: router, Type: 12}},
		{"loopback is this computer", control(unix.SOL_IP, unix.IP_RECVERR, unix.ECONNREFUSED, unix.SO_EE_ORIGIN_ICMP, 3, 3, 0, netip.MustParseAddr("127.0.0.7")), probe.ConnectionRefused, &probe.ICMPError{Offender: netip.MustParseAddr("127.0.0.7"), Type: 3, Code: 3, OwnHost: true}},
	}
	for _, test := range tests {
		list := parseControl(test.oob)
		if len(list) != 1 {
			t.Errorf("%s: %d entries", test.name, len(list))
			continue
		}
		e := list[0].fault("receive")
		if diff := cmp.Diff(test.icmp, e.ICMP, addr); e.Failure != test.failure || diff != "" {
			t.Errorf("%s: %s, ICMP (-want +got):\n%s", test.name, e.Failure, diff)
		}
	}
	if list := parseControl(control(unix.SOL_IP, unix.IP_RECVERR, 0, unix.SO_EE_ORIGIN_TIMESTAMPING, 0, 0, 0, router)); list != nil {
		t.Errorf("a timestamp is no error: %v", list)
	}
}

func FuzzParseControl(f *testing.F) {
	f.Add(control(unix.SOL_IP, unix.IP_RECVERR, unix.EHOSTUNREACH, unix.SO_EE_ORIGIN_ICMP, 3, 13, 0, netip.MustParseAddr("10.20.0.1")))
	f.Add(control(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.EACCES, unix.SO_EE_ORIGIN_ICMP6, 1, 1, 0, netip.MustParseAddr("2001:db8::1")))
	f.Add(control(unix.SOL_IP, unix.IP_RECVERR, unix.EMSGSIZE, unix.SO_EE_ORIGIN_LOCAL, 0, 0, 1500, netip.Addr{})[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, oob []byte) {
		for _, e := range parseControl(oob) {
			failure := e.failure()
			if !failure.Known() {
				t.Errorf("%q is not on the list", failure)
			}
			if failure == probe.LocalPolicyDenied {
				t.Error("a queue entry is never this computer's refusal to send")
			}
			if e.origin != unix.SO_EE_ORIGIN_LOCAL && e.origin != unix.SO_EE_ORIGIN_ICMP && e.origin != unix.SO_EE_ORIGIN_ICMP6 {
				t.Errorf("origin %d is no error", e.origin)
			}
		}
	})
}
