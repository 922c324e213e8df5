package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// A computer whose web proxy was not tried: nobody knows what the client's own requests
// meet. Networks that have such a proxy often forbid everything beside it.
func TestAProxyThatWasNotTriedMayPassSignIn(t *testing.T) {
	setting := func(d probe.ProxyDetail) func(*diagnosetest.World) *diagnosetest.World {
		return func(w *diagnosetest.World) *diagnosetest.World {
			return w.Also("host", probe.HostProxy, "", probe.OK, "", d)
		}
	}
	script := setting(probe.ProxyDetail{PAC: "http://wpad.corp.example.com/proxy.pac", Source: "system"})
	discovery := setting(probe.ProxyDetail{Undiscovered: true, Source: "system"})
	followed := setting(probe.ProxyDetail{PAC: "http://wpad.corp.example.com/proxy.pac", Source: "system", Script: []probe.ScriptedProxy{{Host: diagnosetest.BrokerHost}}})
	none := setting(probe.ProxyDetail{Source: "system"})
	otherKind := func(w *diagnosetest.World) *diagnosetest.World {
		return w.Also("broker/proxy", probe.ProxyConnect, "", probe.Skipped, probe.Unsupported, probe.ProxyConnectDetail{Proxy: "proxy.corp.example.com:1080"})
	}
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	prohibited := func() *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TCPConnect, probe.Failed, probe.AdministrativelyProhibited, probe.ConnectDetail{ICMP: router}, diagnosetest.WebOrder...)
	}
	dropped := func() *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, diagnosetest.WebOrder...)
	}
	nameless := func() *diagnosetest.World {
		return diagnosetest.Healthy().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost)
	}
	inspected := func() *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootOther, Issuer: "Contoso Web Inspection", Chain: []probe.Certificate{{}}}, diagnosetest.WebOrder...)
	}
	streaming := func() *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 5, router, "pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp")
	}
	for name, c := range map[string]struct {
		world   func() *diagnosetest.World
		proxy   func(*diagnosetest.World) *diagnosetest.World
		status  finding.Status
		layer   layer.ID
		suspect layer.ID // beside the proxy, and nobody else where it said so itself; empty: the proxy is none
		says    string
	}{
		"a script, and 443 is forbidden":           {prohibited, script, finding.StatusInconclusive, "", layer.NetworkFirewall, "a script (PAC)"},
		"discovery, and 443 is forbidden":          {prohibited, discovery, finding.StatusInconclusive, "", layer.NetworkFirewall, "by discovery (WPAD)"},
		"another kind, and 443 is forbidden":       {prohibited, otherKind, finding.StatusInconclusive, "", layer.NetworkFirewall, "a kind that is not tested"},
		"the script was followed, 443 forbidden":   {prohibited, followed, finding.StatusFault, layer.NetworkFirewall, "", ""},
		"no proxy, and 443 is forbidden":           {prohibited, none, finding.StatusFault, layer.NetworkFirewall, "", ""},
		"a script, and 443 is dropped":             {dropped, script, finding.StatusInconclusive, "", layer.NetworkFirewall, "a script (PAC)"},
		"no proxy, and 443 is dropped":             {dropped, none, finding.StatusInconclusive, "", "", ""},
		"a script, and no such name":               {nameless, script, finding.StatusInconclusive, "", layer.DNS, "a script (PAC)"},
		"no proxy, and no such name":               {nameless, none, finding.StatusFault, layer.DNS, "", ""},
		"a script, and streaming is forbidden":     {streaming, script, finding.StatusFault, layer.NetworkFirewall, "", ""},
		"a script, and HTTPS is inspected beside":  {inspected, script, finding.StatusFault, layer.TLSInspection, "", ""},
		"a script, and everything works beside it": {diagnosetest.Healthy, script, finding.StatusOK, "", "", ""},
	} {
		v := Judge(c.proxy(c.world()).In).Verdict
		named := layer.ID("")
		if v.Layer != nil {
			named = *v.Layer
		}
		if v.Status != c.status || named != c.layer {
			t.Errorf("%s: %s %q, want %s %q: %s", name, v.Status, named, c.status, c.layer, diagnosetest.Said(v.Summary))
		}
		var suspects []layer.ID
		for _, s := range v.Suspects {
			suspects = append(suspects, s.Layer)
		}
		if slices.Contains(suspects, layer.Proxy) != (c.suspect != "") || c.suspect != "" && !slices.Contains(suspects, c.suspect) || !strings.Contains(diagnosetest.Said(v.Summary), c.says) {
			t.Errorf("%s: suspects %v: %s", name, suspects, diagnosetest.Said(v.Summary))
		}
		if said := strings.HasSuffix(name, "forbidden") || strings.HasSuffix(name, "no such name"); said && c.suspect != "" && !slices.Equal(suspects, []layer.ID{c.suspect, layer.Proxy}) {
			t.Errorf("%s: suspects %v", name, suspects)
		}
		if c.suspect != "" && !strings.Contains(diagnosetest.Said(v.NextTest), "--proxy") {
			t.Errorf("%s: next %v", name, diagnosetest.Said(v.NextTest))
		}
	}
}

// Where a web proxy carries HTTPS, it looks up the names itself. Many networks that have
// one resolve no name of the internet for anybody else.
func TestANameThatTheProxyFindsIsNeededByNobodyElse(t *testing.T) {
	proxied := func() *diagnosetest.World { return diagnosetest.Healthy().Proxied() }
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		status finding.Status
	}{
		"no such name":             {proxied().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost), finding.StatusOK},
		"the server fails":         {proxied().NameSays(probe.DNSServfail, diagnosetest.BrokerHost), finding.StatusOK},
		"a private address":        {proxied().NameSays(probe.DNSBogon, diagnosetest.BrokerHost), finding.StatusOK},
		"no answer for the name":   {proxied().DNSSilentFor(diagnosetest.BrokerHost), finding.StatusOK},
		"the gateway's own name":   {proxied().NameSays(probe.DNSNXDomain, diagnosetest.HealthHost), finding.StatusFault},
		"no such name, no proxy":   {diagnosetest.Healthy().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost), finding.StatusFault},
		"no answer, and no proxy":  {diagnosetest.Healthy().DNSSilentFor(diagnosetest.BrokerHost), finding.StatusFault},
		"nothing is wrong with it": {proxied(), finding.StatusOK},
	} {
		v := Judge(c.world.In).Verdict
		if v.Status != c.status || c.status == finding.StatusFault && (v.Layer == nil || *v.Layer != layer.DNS) {
			t.Errorf("%s: %s, want %s: %s", name, v.Status, c.status, diagnosetest.Said(v.Summary))
		}
	}
}
