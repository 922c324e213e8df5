package facts_test

import (
	"fmt"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

func TestFactsAreToldByName(t *testing.T) {
	for name, c := range map[string]struct {
		world *diagnosetest.World
		fact  string
		want  string
	}{
		"a port that answers":       {diagnosetest.Healthy(), "port_pcoip-tcp", "{3 0 0}"},
		"a port that is silent":     {diagnosetest.Healthy().Silence("pcoip-tcp"), "port_pcoip-tcp", "{0 3 0}"},
		"a host that is refused":    {diagnosetest.Healthy().EndsAt(probe.TCPConnect, probe.Failed, probe.ConnectionRefused, nil, "login"), "web_login", "tcp_connect failed connection_refused"},
		"a host that works":         {diagnosetest.Healthy(), "web_login", "ok"},
		"a public address":          {diagnosetest.Healthy().Egress(probe.STUNBinding, "203.0.113.77"), "public_addresses_udp", "[203.0.113.77]"},
		"no pause":                  {diagnosetest.Healthy(), "stood_still", "<nil>"},
		"a pause":                   {diagnosetest.Healthy().StoodStill(), "stood_still", "true"},
		"an answer that is no such": {diagnosetest.Healthy().Egress(probe.STUNBinding, "10.0.0.7"), "answers_rewritten", "true"},
		"a script that nobody ran":  {diagnosetest.Healthy().Also("host", probe.HostProxy, "", probe.OK, "", probe.ProxyDetail{PAC: "http://wpad.corp.example.com/wpad.dat"}), "proxy_untried", "true"},
		"no proxy is set":           {diagnosetest.Healthy().Also("host", probe.HostProxy, "", probe.OK, "", probe.ProxyDetail{}), "proxy_untried", "false"},
		"honest answers":            {diagnosetest.Healthy(), "answers_rewritten", "false"},
	} {
		list := facts.Gather(c.world.In).Named()
		seen := map[string]bool{}
		for _, f := range list {
			if seen[f.Name] || f.Means.Empty() || (f.Value == nil) != (len(f.By) == 0) {
				t.Errorf("%s: %+v", name, f)
			}
			seen[f.Name] = true
			for _, id := range f.By {
				if !slices.ContainsFunc(c.world.In.Observations, func(o probe.Observation) bool { return o.ID == id }) {
					t.Errorf("%s: %s rests on %s, which nobody observed", name, f.Name, id)
				}
			}
		}
		i := slices.IndexFunc(list, func(f facts.Named) bool { return f.Name == c.fact })
		if i < 0 || fmt.Sprint(list[i].Value) != c.want {
			t.Errorf("%s: %s is not %s in %+v", name, c.fact, c.want, list)
		}
	}
}
