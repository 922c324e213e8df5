package diagnose

import (
	"testing"

	"wsdoctor/probe"
)

// What was not shown alive is not ok: a port may answer, and the desktop not come.
func TestAProtocolNeedsMoreThanItsPorts(t *testing.T) {
	settings := func(outcome probe.Outcome, failure probe.Failure) *world {
		return healthy().endsAt(probe.TCPConnect, outcome, failure, nil, "directory-settings")
	}
	large := goldens()["large_hello_lost"].fires
	for name, c := range map[string]struct {
		world *world
		want  ProtocolState
	}{
		"nothing is wrong":                              {healthy(), ProtocolOK},
		"the directory's settings have no address":      {settings(probe.Skipped, probe.NoAddress), ProtocolUnknown},
		"the directory's settings were not looked at":   {settings(probe.NotRun, ""), ProtocolOK},
		"what is larger than a small greeting is lost":  {large, ProtocolUnknown},
		"the directory's settings refuse a connection":  {settings(probe.Failed, probe.ConnectionRefused), ProtocolUnknown},
		"the directory's settings do not answer at all": {settings(probe.Silent, probe.Timeout), ProtocolUnknown},
	} {
		if p := Judge(c.world.in).Verdict.Protocols; p.PCoIP != c.want || p.DCV != c.want {
			t.Errorf("%s: %+v, want %s", name, p, c.want)
		}
	}
}
