package diagnose

import (
	"slices"
	"testing"

	"wsdoctor/probe"
)

// What was not shown alive is not ok: a port may answer, and the desktop not come.
func TestAProtocolNeedsMoreThanItsPorts(t *testing.T) {
	settings := func(outcome probe.Outcome, failure probe.Failure) *world {
		return healthy().endsAt(probe.TCPConnect, outcome, failure, nil, "directory-settings")
	}
	// told lets this computer's system, and the name server, name the settings' host.
	told := func() *world {
		w := healthy()
		w.name(webHosts["directory-settings"], "52.94.0.13")
		return w
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
		"this system names the settings' host":          {told(), ProtocolOK},
		"this system names an own address for it":       {told().systemSays(probe.DNSBogon, webHosts["directory-settings"]), ProtocolUnknown},
		"this system has no answer for it in time":      {told().systemSays(probe.DNSTemporary, webHosts["directory-settings"]), ProtocolOK},
		"the directory's settings refuse a connection":  {settings(probe.Failed, probe.ConnectionRefused), ProtocolUnknown},
		"the directory's settings do not answer at all": {settings(probe.Silent, probe.Timeout), ProtocolUnknown},
	} {
		if p := Judge(c.world.in).Verdict.Protocols; p.PCoIP != c.want || p.DCV != c.want {
			t.Errorf("%s: %+v, want %s", name, p, c.want)
		}
	}
}

// A name server that was asked by itself and told nobody anything is not said to
// answer for other names, whatever the system found by ways of its own.
func TestOneSilentNameNeedsServersThatAnswer(t *testing.T) {
	for refused, want := range map[bool]bool{false: true, true: false} {
		w := healthy().dnsSilentFor("ws-broker-service.us-east-1.amazonaws.com")
		if refused {
			w.each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Endpoint == "name" }, func(o *probe.Observation) {
				if d := o.Detail.(probe.DNSDetail); d.Resolver != "system" {
					o.Outcome, o.Failure, o.Detail = probe.Failed, probe.ConnectionRefused, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
				}
			})
		}
		list := Judge(w.in).Findings
		found := slices.ContainsFunc(list, func(f Finding) bool { return f.Code == "dns_name_silent" })
		if found != want {
			t.Errorf("the servers refuse all questions: %v; found %v, want %v: %s", refused, found, want, codes(list))
		}
	}
}
