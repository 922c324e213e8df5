package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// What this computer keeps back is its firewall's, however it shows, and not that
// of whom it was meant for; what is kept back of one host alone is no rule about a
// port.
func TestWhatNeverLeftIsTheFirewalls(t *testing.T) {
	dropped := true
	kept := func(w *diagnosetest.World, ids ...string) *diagnosetest.World {
		return w.Each(diagnosetest.At(ids...), func(o *probe.Observation) {
			if o.Operation == probe.TCPConnect {
				o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &dropped, Attempts: diagnosetest.Attempts(3, probe.Silent)}
			}
		})
	}
	forbidding := func(kind string, networks ...string) *diagnosetest.World {
		return diagnosetest.With(diagnosetest.HealthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = slices.Clone(d.Routes)
			for _, n := range networks {
				d.Routes = append(d.Routes, probe.RouteEntry{Destination: netip.MustParsePrefix(n), Type: kind})
			}
		})
	}
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		layer  layer.ID
		status finding.Status
		code   string
		sure   finding.Confidence
	}{
		"Kerberos is refused":           {diagnosetest.HealthyInside().Refuse(probe.LocalPolicyDenied, 0, nil, "dc-kerberos"), layer.WorkspaceFirewall, finding.StatusFault, "inside_sending_denied", finding.Proven},
		"LDAP is discarded":             {kept(diagnosetest.HealthyInside().Drop(diagnosetest.At("dc-rootdse")), "dc-ldap"), layer.WorkspaceFirewall, finding.StatusFault, "inside_sending_denied", finding.Likely},
		"changing passwords is refused": {diagnosetest.HealthyInside().Refuse(probe.LocalPolicyDenied, 0, nil, "dc-kpasswd"), layer.WorkspaceFirewall, finding.StatusDegraded, "inside_sending_denied", finding.Proven},
		"a route forbids it":            {forbidding("prohibit", "10.60.0.0/16").Refuse(probe.LocalPolicyDenied, 0, nil, "directory-dns", "resolver"), layer.PrimaryInterface, finding.StatusFault, "inside_sending_denied", finding.Proven},
		"a route forbids the internet": {forbidding("blackhole", "52.0.0.0/8", "0.0.0.0/0").Drop(func(o probe.Observation) bool {
			return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet && o.Endpoint != "metadata"
		}).Refuse(probe.LocalPolicyDenied, 0, nil, "broker", "login", "address-echo"), layer.PrimaryInterface, finding.StatusFault, "egress_blocked", finding.Proven},
		"a route to others forbids":   {forbidding("unreachable", "10.60.0.0/16").Refuse(probe.LocalPolicyDenied, 0, nil, "directory-dns", "resolver"), layer.WorkspaceFirewall, finding.StatusFault, "inside_sending_denied", finding.Proven},
		"Kerberos is lost on the way": {diagnosetest.HealthyInside().Silence("dc-kerberos").Left("dc-kerberos"), layer.DirectoryDNS, finding.StatusFault, "controller_ports_shut", finding.Likely},
		"Kerberos is lost somewhere":  {diagnosetest.HealthyInside().Silence("dc-kerberos"), layer.DirectoryDNS, finding.StatusFault, "controller_ports_shut", finding.Possible},
		"the internet is discarded here": {kept(diagnosetest.HealthyInside().Drop(func(o probe.Observation) bool {
			return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet && o.Endpoint != "metadata"
		}), "broker", "login", "address-echo"), layer.WorkspaceFirewall, finding.StatusFault, "egress_blocked", finding.Likely},
	} {
		r := Judge(c.world.In)
		if v := r.Verdict; v.Status != c.status || layerOf(v) != c.layer || v.Code != c.code || v.Confidence != c.sure {
			t.Errorf("%s: %s %q %s %s, want %s %q %s %s; findings: %s", name, v.Status, layerOf(v), v.Code, v.Confidence, c.status, c.layer, c.code, c.sure, diagnosetest.Codes(r.Findings))
		}
		if c.layer != layer.DirectoryDNS && slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Layer == layer.DirectoryDNS }) {
			t.Errorf("%s: the directory has nothing to do with it: %s", name, diagnosetest.Codes(r.Findings))
		}
	}
}

// What is kept back of one port hides no fault of another.
func TestWhatIsKeptBackHidesNoOtherFault(t *testing.T) {
	w := diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "", probe.Silent, probe.Timeout).NameServer(diagnosetest.DNS2, "", probe.Silent, probe.Timeout).Refuse(probe.LocalPolicyDenied, 0, nil, "dc-kerberos")
	list := Judge(w.In).Findings
	for _, code := range []string{"inside_sending_denied", "directory_dns_dead"} {
		if i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Code == code }); i < 0 || list[i].SuppressedBy != nil {
			t.Errorf("%s does not stand: %s", code, diagnosetest.Codes(list))
		}
	}
}
