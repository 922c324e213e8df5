package probe

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestObservationSurvivesStorage(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	target := Target{Endpoint: "health", Host: "drp-iad.amazonworkspaces.com", Port: 4172, Transport: TCP}
	o := Observe(TCPConnect, target, start).Finish(start.Add(41*time.Millisecond), Failed, ConnectionRefused, ConnectDetail{
		Attempts: []Attempt{{AtMS: 0, ElapsedMS: 41, Outcome: Failed, Failure: ConnectionRefused}},
		ICMP:     &ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13},
	})
	o.ID, o.Step, o.Address, o.StartedMS = "o1", "health/tcp", "3.209.215.252", 12.5
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Observation
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	want := o
	want.ElapsedMS = 41
	if diff := cmp.Diff(want, back, cmpopts.IgnoreFields(Observation{}, "Start"), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
		t.Errorf("stored and read back (-want +got):\n%s", diff)
	}
	if back.Port() != 4172 || back.Transport() != TCP || back.Host() != target.Host {
		t.Errorf("target of %q read back as %q %d %q", back.Target, back.Host(), back.Port(), back.Transport())
	}
}

func TestUnknownOperationIsRefused(t *testing.T) {
	var o Observation
	if err := json.Unmarshal([]byte(`{"id":"o1","operation":"telepathy","detail":{}}`), &o); err == nil {
		t.Error("an operation this version cannot judge was accepted")
	}
}

func TestTargetStringRoundTrip(t *testing.T) {
	for _, want := range []Target{
		{Host: "drp-workspaces.us-east-1.api.aws", Port: 4195, Transport: UDP},
		{Host: "2600:1f18::1", Port: 443, Transport: TCP},
		{Host: "example.org"},
	} {
		host, port, transport := ParseTarget(want.String())
		if host != want.Host || port != want.Port || transport != want.Transport {
			t.Errorf("%q read back as %q %d %q", want.String(), host, port, transport)
		}
	}
}

func TestCleanStripsTerminalEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[31mred\x1b[0m":    "[31mred[0m",
		"a\x00b\x07c":           "abc",
		"line\nnext":            "line next",
		"rtl\u202eoverride":     "rtloverride",
		"bad\xffutf":            "bad\ufffdutf",
		"\u009b31m":             "31m",
		strings.Repeat("x", 20): "xxxxxxxxxx…",
	} {
		if got := Clean(in, 10); got != want && !(len(in) > 10 && strings.HasPrefix(Clean(in, 100), strings.TrimSuffix(want, "…"))) {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFailuresAreCodesAndDiffer(t *testing.T) {
	seen := map[Failure]bool{}
	for _, code := range Failures {
		if seen[code] || !code.Known() || strings.ToLower(string(code)) != string(code) {
			t.Errorf("%q", code)
		}
		seen[code] = true
	}
	if Failure("no_such_failure").Known() {
		t.Error("every code is known")
	}
}

func TestSilenceFollowsTheMeasuredRoundTrip(t *testing.T) {
	var r RTT
	if got := r.Silence(); got != patienceUnknown {
		t.Errorf("unknown path: %v", got)
	}
	r.Learn(time.Millisecond)
	if got := r.Silence(); got != patienceFloor {
		t.Errorf("fast path: %v, want the floor", got)
	}
	var slow RTT
	for range 20 {
		slow.Learn(200 * time.Millisecond)
	}
	if got := slow.Silence(); got < 800*time.Millisecond || got > time.Second {
		t.Errorf("200 ms path: %v, want about 4 RTT", got)
	}
}

func TestSilenceIsNeverShorterThanTheFloorOfTheRun(t *testing.T) {
	const fast, slow = time.Millisecond, 300 * time.Millisecond
	for _, test := range []struct {
		floor, learnt time.Duration // learnt 0: nothing
		want          time.Duration
	}{
		{600 * time.Millisecond, fast, 600 * time.Millisecond},
		{600 * time.Millisecond, slow, 1500 * time.Millisecond}, // 4×300 + 2×150
		{50 * time.Millisecond, fast, patienceFloor},
		{600 * time.Millisecond, 0, patienceUnknown},
		{2 * time.Second, 0, 2 * time.Second},
		{0, fast, patienceFloor},
	} {
		r := RTT{Floor: test.floor}
		r.Learn(test.learnt)
		if got := r.Silence(); got != test.want {
			t.Errorf("floor %v, learnt %v: %v, want %v", test.floor, test.learnt, got, test.want)
		}
	}
}

// What is read back and stored again must be the same text, or a report that was
// judged again would seem another one.
func TestStoringTwiceChangesNothing(t *testing.T) {
	for us := range 20_000 {
		o := Observation{Operation: HostNeighbour, Elapsed: time.Duration(us) * time.Microsecond, Detail: NeighbourDetail{}}
		if us%2 == 0 {
			o.Detail = NoDetail{}
		}
		first, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var back Observation
		if err := json.Unmarshal(first, &back); err != nil {
			t.Fatal(err)
		}
		if second, err := json.Marshal(back); err != nil || string(first) != string(second) || back.Detail != o.Detail {
			t.Fatalf("%v\n%s\n%s\n%#v", err, first, second, back.Detail)
		}
	}
}
