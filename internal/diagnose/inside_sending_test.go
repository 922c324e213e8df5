package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// What this computer keeps back is its firewall's, however it shows, and not that
// of whom it was meant for; what is kept back of one host alone is no rule about a
// port.
func TestWhatNeverLeftIsTheFirewalls(t *testing.T) {
	dropped := true
	kept := func(w *world, ids ...string) *world {
		return w.each(at(ids...), func(o *probe.Observation) {
			if o.Operation == probe.TCPConnect {
				o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &dropped, Attempts: attempts(3, probe.Silent)}
			}
		})
	}
	forbidding := func(kind string, networks ...string) *world {
		return with(healthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = slices.Clone(d.Routes)
			for _, n := range networks {
				d.Routes = append(d.Routes, probe.RouteEntry{Destination: netip.MustParsePrefix(n), Type: kind})
			}
		})
	}
	for name, c := range map[string]struct {
		world  *world
		layer  layer.ID
		status Status
		code   string
		sure   Confidence
	}{
		"Kerberos is refused":           {healthyInside().refuse(probe.LocalPolicyDenied, 0, nil, "dc-kerberos"), layer.WorkspaceFirewall, StatusFault, "inside_sending_denied", Proven},
		"LDAP is discarded":             {kept(healthyInside().drop(at("dc-rootdse")), "dc-ldap"), layer.WorkspaceFirewall, StatusFault, "inside_sending_denied", Likely},
		"changing passwords is refused": {healthyInside().refuse(probe.LocalPolicyDenied, 0, nil, "dc-kpasswd"), layer.WorkspaceFirewall, StatusDegraded, "inside_sending_denied", Proven},
		"a route forbids it":            {forbidding("prohibit", "10.60.0.0/16").refuse(probe.LocalPolicyDenied, 0, nil, "directory-dns", "resolver"), layer.PrimaryInterface, StatusFault, "inside_sending_denied", Proven},
		"a route forbids the internet": {forbidding("blackhole", "52.0.0.0/8", "0.0.0.0/0").drop(func(o probe.Observation) bool {
			return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet && o.Endpoint != "metadata"
		}).refuse(probe.LocalPolicyDenied, 0, nil, "broker", "login", "address-echo"), layer.PrimaryInterface, StatusFault, "egress_blocked", Proven},
		"a route to others forbids":   {forbidding("unreachable", "10.60.0.0/16").refuse(probe.LocalPolicyDenied, 0, nil, "directory-dns", "resolver"), layer.WorkspaceFirewall, StatusFault, "inside_sending_denied", Proven},
		"Kerberos is lost on the way": {healthyInside().silence("dc-kerberos").left("dc-kerberos"), layer.DirectoryDNS, StatusFault, "controller_ports_shut", Likely},
		"Kerberos is lost somewhere":  {healthyInside().silence("dc-kerberos"), layer.DirectoryDNS, StatusFault, "controller_ports_shut", Possible},
		"the internet is discarded here": {kept(healthyInside().drop(func(o probe.Observation) bool {
			return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet && o.Endpoint != "metadata"
		}), "broker", "login", "address-echo"), layer.WorkspaceFirewall, StatusFault, "egress_blocked", Likely},
	} {
		r := Judge(c.world.in)
		if v := r.Verdict; v.Status != c.status || layerOf(v) != c.layer || v.Code != c.code || v.Confidence != c.sure {
			t.Errorf("%s: %s %q %s %s, want %s %q %s %s; findings: %s", name, v.Status, layerOf(v), v.Code, v.Confidence, c.status, c.layer, c.code, c.sure, codes(r.Findings))
		}
		if c.layer != layer.DirectoryDNS && slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Layer == layer.DirectoryDNS }) {
			t.Errorf("%s: the directory has nothing to do with it: %s", name, codes(r.Findings))
		}
	}
}

// What is kept back of one port hides no fault of another.
func TestWhatIsKeptBackHidesNoOtherFault(t *testing.T) {
	w := healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout).nameServer(dns2, "", probe.Silent, probe.Timeout).refuse(probe.LocalPolicyDenied, 0, nil, "dc-kerberos")
	list := Judge(w.in).Findings
	for _, code := range []string{"inside_sending_denied", "directory_dns_dead"} {
		if i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == code }); i < 0 || list[i].SuppressedBy != nil {
			t.Errorf("%s does not stand: %s", code, codes(list))
		}
	}
}
