package socket

import (
	"errors"
	"testing"
)

// refusing is a socket that refuses some options, by their number, and keeps what it
// was told.
type refusing struct {
	not  map[uint32]bool
	told map[uint32][]byte
}

func (r refusing) set(_, option, value int) error {
	return r.control(uint32(option), []byte{byte(value)})
}

func (r refusing) control(code uint32, in []byte) error {
	if r.not[code] {
		return errors.New("WSAENOPROTOOPT")
	}
	r.told[code] = in
	return nil
}

func TestOnlyNeededOptionsCanSpoilAHop(t *testing.T) {
	for _, test := range []struct {
		name    string
		refuses uint32
		spoilt  bool
	}{
		{"nothing", 0, false},
		{"TCP_NOSYNRETRIES", winNoSYNRetries, false},
		{"SIO_TCP_INITIAL_RTO", winTCPInitialRTO, false},
		{"TCP_FAIL_CONNECT_ON_ICMP_ERROR", winFailOnICMP, true},
		{"IP_TTL", winIPTTL, true},
		{"FIONBIO", winNonBlocking, true},
	} {
		s := refusing{map[uint32]bool{test.refuses: true}, map[uint32][]byte{}}
		err := tell(s, hopOptions(false, 7))
		if (err != nil) != test.spoilt {
			t.Errorf("%s is refused: %v", test.name, err)
		}
		if !test.spoilt && (len(s.told[winIPTTL]) != 1 || s.told[winIPTTL][0] != 7) {
			t.Errorf("%s is refused: the lifetime is %v", test.name, s.told[winIPTTL])
		}
	}
}

func TestADatagramsHopNeedsToHearOfRouters(t *testing.T) {
	for refuses, spoilt := range map[uint32]bool{0: false, winUDPConnReset: false, winUDPNetReset: true, winIPTTL: true} {
		s := refusing{map[uint32]bool{refuses: true}, map[uint32][]byte{}}
		if err := tell(s, udpHopOptions(false, 3)); (err != nil) != spoilt {
			t.Errorf("%#x is refused: %v", refuses, err)
		}
	}
}

// TestOneSYNIsAskedForAsTheHeaderSays: TCP_INITIAL_RTO_PARAMETERS of mstcpip.h is a
// USHORT and a UCHAR, in four bytes.
func TestOneSYNIsAskedForAsTheHeaderSays(t *testing.T) {
	s := refusing{nil, map[uint32][]byte{}}
	if err := singleSYN(winRTOPatient)(s); err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.told[0x98000011]), "\xb8\x0b\xfe\x00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
