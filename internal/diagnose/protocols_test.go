package diagnose

import (
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// What was not shown alive is not ok: a port may answer, and the desktop not come.
func TestAProtocolNeedsMoreThanItsPorts(t *testing.T) {
	settings := func(outcome probe.Outcome, failure probe.Failure) *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TCPConnect, outcome, failure, nil, "directory-settings")
	}
	// told lets this computer's system, and the name server, name the settings' host.
	told := func() *diagnosetest.World {
		w := diagnosetest.Healthy()
		w.Name(diagnosetest.WebHosts["directory-settings"], "52.94.0.13")
		return w
	}
	large := diagnosetest.Goldens()["large_hello_lost"].Fires
	for name, c := range map[string]struct {
		world *diagnosetest.World
		want  finding.ProtocolState
	}{
		"nothing is wrong":                              {diagnosetest.Healthy(), finding.ProtocolOK},
		"the directory's settings have no address":      {settings(probe.Skipped, probe.NoAddress), finding.ProtocolUnknown},
		"the directory's settings were not looked at":   {settings(probe.NotRun, ""), finding.ProtocolOK},
		"what is larger than a small greeting is lost":  {large, finding.ProtocolUnknown},
		"this system names the settings' host":          {told(), finding.ProtocolOK},
		"this system names an own address for it":       {told().SystemSays(probe.DNSBogon, diagnosetest.WebHosts["directory-settings"]), finding.ProtocolUnknown},
		"this system has no answer for it in time":      {told().SystemSays(probe.DNSTemporary, diagnosetest.WebHosts["directory-settings"]), finding.ProtocolOK},
		"the directory's settings refuse a connection":  {settings(probe.Failed, probe.ConnectionRefused), finding.ProtocolUnknown},
		"the directory's settings do not answer at all": {settings(probe.Silent, probe.Timeout), finding.ProtocolUnknown},
	} {
		if p := Judge(c.world.In).Verdict.Protocols; p.PCoIP != c.want || p.DCV != c.want {
			t.Errorf("%s: %+v, want %s", name, p, c.want)
		}
	}
}

// A name server that was asked by itself and told nobody anything is not said to
// answer for other names, whatever the system found by ways of its own.
func TestOneSilentNameNeedsServersThatAnswer(t *testing.T) {
	for refused, want := range map[bool]bool{false: true, true: false} {
		w := diagnosetest.Healthy().DNSSilentFor("ws-broker-service.us-east-1.amazonaws.com")
		if refused {
			w.Each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Endpoint == "name" }, func(o *probe.Observation) {
				if d := o.Detail.(probe.DNSDetail); d.Resolver != "system" {
					o.Outcome, o.Failure, o.Detail = probe.Failed, probe.ConnectionRefused, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
				}
			})
		}
		list := Judge(w.In).Findings
		found := slices.ContainsFunc(list, func(f finding.Finding) bool { return f.Code == "dns_name_silent" })
		if found != want {
			t.Errorf("the servers refuse all questions: %v; found %v, want %v: %s", refused, found, want, diagnosetest.Codes(list))
		}
	}
}
