package diagnose

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// A cause hides its symptoms, and nothing else: a second fault that it does not
// explain stands beside it.

// seconds are faults of which a cause knows nothing.
var seconds = map[string]func(*diagnosetest.World) *diagnosetest.World{
	"host_denies_send": func(w *diagnosetest.World) *diagnosetest.World {
		return w.Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
	},
	"path_located": func(w *diagnosetest.World) *diagnosetest.World {
		return w.Silence("dcv-tcp", "dcv-udp").Sweep("dcv-tcp", 2, "").Sweep("dcv-udp", 2, "").ControlSweep(5)
	},
	"router_prohibits": func(w *diagnosetest.World) *diagnosetest.World {
		return w.Refuse(probe.AdministrativelyProhibited, 1, &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}, "dcv-tcp", "dcv-udp")
	},
	"egress_not_allowed": func(w *diagnosetest.World) *diagnosetest.World { return w.Allow("198.51.100.0/24") },
	"dns_nxdomain": func(w *diagnosetest.World) *diagnosetest.World {
		return w.NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost)
	},
}

// hidings has a row for every cause: what it hides in its own golden world, or in
// one that is spoilt further, and the second faults that it must leave.
var hidings = []struct {
	cause  string
	spoil  func(*diagnosetest.World) *diagnosetest.World // nil: as it is
	hides  []string
	beside []string
}{
	// Nothing beyond this computer can be seen to fail where there is no network; what
	// it refuses itself, before a packet would leave, is its own matter all the same.
	{cause: "no_interface", hides: []string{"nothing_answers", "dns_silent", "port_silent", "web_unreachable"}, beside: []string{"host_denies_send"}},
	{cause: "no_route", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "egress_not_allowed"}},
	{cause: "gateway_not_answering", hides: []string{"nothing_answers", "dns_silent", "port_silent", "web_unreachable"}, beside: []string{"host_denies_send"}},
	{cause: "nothing_answers", hides: []string{"dns_silent", "port_silent", "web_unreachable"}},
	{cause: "router_unreachable", hides: []string{"web_unreachable", "dns_silent"}, beside: []string{"host_denies_send"}},
	// A line that wakes up explains what was not answered, and no word that was said.
	{cause: "line_slept", hides: []string{"web_unreachable", "path_passes"}, beside: []string{"host_denies_send", "dns_nxdomain"}},

	{cause: "no_resolver", hides: []string{"dns_silent"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_silent", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_stub_dead", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_server_left_behind", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_server_covered", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "hosts_file", hides: []string{"web_unreachable", "dns_nowhere"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_nxdomain", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_blocked", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "dns_wrong_host", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},

	// Before a user signed in at a hotspot it drops and refuses what it likes.
	{cause: "portal_answers", hides: []string{"tls_resigned", "web_unreachable"}, beside: []string{"host_denies_send", "egress_not_allowed"}},
	{cause: "portal_answers", spoil: seconds["path_located"], hides: []string{"path_located"}},
	{cause: "portal_answers", spoil: seconds["router_prohibits"], hides: []string{"router_prohibits"}},
	{cause: "proxy_refuses", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "proxy_unreachable", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "proxy_hangs", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "clock_wrong", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "amazon_root_missing", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "tls_resigned", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "host_inspects", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "broker_unhealthy", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "service_certificate_expired", hides: []string{"web_unreachable"}, beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},

	// The same port's silence over the other transport is the same filter's, and no
	// finding at all.
	{cause: "host_denies_send", spoil: func(w *diagnosetest.World) *diagnosetest.World { return w.Silence("pcoip-tcp") }, beside: []string{"path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "host_rejects", spoil: func(w *diagnosetest.World) *diagnosetest.World { return w.Silence("pcoip-tcp") }, beside: []string{"port_silent", "host_denies_send", "egress_not_allowed"}},
	{cause: "router_prohibits", beside: []string{"host_denies_send", "path_located", "egress_not_allowed"}},
	// Routers had the packets of TCP 4172 in their hands: they did leave this computer.
	{cause: "path_located", beside: []string{"host_denies_send", "router_prohibits", "egress_not_allowed"}},
	{cause: "answer_forged", beside: []string{"host_denies_send", "router_prohibits", "egress_not_allowed"}},
	{cause: "gateway_refuses", beside: []string{"router_prohibits", "egress_not_allowed"}},
	{cause: "aws_host_rejects", beside: []string{"path_located", "router_prohibits", "egress_not_allowed"}},

	// So much is lost that a silence says nothing more; what was said or measured does.
	{cause: "loss_high", spoil: func(w *diagnosetest.World) *diagnosetest.World { return w.Lossy(72, 30).Silence("pcoip-tcp") }, hides: []string{"port_silent"}, beside: []string{"router_prohibits", "egress_not_allowed"}},
	{cause: "mtu_black_hole", beside: []string{"host_denies_send", "path_located", "router_prohibits", "egress_not_allowed"}},
	{cause: "mtu_black_hole", spoil: func(w *diagnosetest.World) *diagnosetest.World {
		return w.EndsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, probe.TLSDetail{Root: probe.RootUnknown, HelloBytes: 307, Phase: probe.HelloUnanswered}, "broker")
	}, hides: []string{"web_unreachable"}},
}

// knownHiding are pairs that are wrong today: a cause and what it hides, or does not
// hide, wrongly. One that is right again has to leave the list.
var knownHiding = map[string]string{
	"router_unreachable hides dns_silent": "the router's word explains the ports it named only, and dns_silent stands first",
}

func TestACauseHidesItsSymptomsAndNothingElse(t *testing.T) {
	all := diagnosetest.Goldens()
	maps.Copy(all, diagnosetest.NameGoldens())
	spoilt := func(code string) *diagnosetest.World {
		w := *all[code].Fires
		w.In.Observations = slices.Clone(w.In.Observations)
		return &w
	}
	find := func(list []finding.Finding, code string) *finding.Finding {
		if i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Code == code }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	unused := maps.Clone(knownHiding)
	check := func(name string, right bool, said string) {
		delete(unused, name)
		switch reason, known := knownHiding[name]; {
		case known && right:
			t.Errorf("%s: right, and still on the list of what is wrong", name)
		case known:
			t.Logf("%s: a known fault: %s", name, reason)
		case !right:
			t.Errorf("%s: %s", name, said)
		}
	}
	for _, row := range hidings {
		fresh := func() *diagnosetest.World {
			w := spoilt(row.cause)
			if row.spoil != nil {
				row.spoil(w)
			}
			return w
		}
		list := Judge(fresh().In).Findings
		if f := find(list, row.cause); f == nil || f.SuppressedBy != nil {
			t.Errorf("%s: the cause itself does not stand: %s", row.cause, diagnosetest.Codes(list))
			continue
		}
		for _, symptom := range row.hides {
			f := find(list, symptom)
			if f == nil {
				t.Errorf("%s hides %s: it is not found, so nothing is shown: %s", row.cause, symptom, diagnosetest.Codes(list))
				continue
			}
			check(row.cause+" hides "+symptom, f.SuppressedBy != nil && *f.SuppressedBy == row.cause, diagnosetest.Codes(list))
		}
		for _, second := range row.beside {
			spoil, listed := seconds[second]
			w := fresh()
			if listed {
				spoil(w)
			}
			list := Judge(w.In).Findings
			f, cause := find(list, second), find(list, row.cause)
			if f == nil || cause == nil {
				t.Errorf("%s beside %s: one of them is not found, so nothing is shown: %s", row.cause, second, diagnosetest.Codes(list))
				continue
			}
			check(row.cause+" beside "+second, f.SuppressedBy == nil && cause.SuppressedBy == nil, diagnosetest.Codes(list))
		}
	}
	for name := range unused {
		t.Errorf("%s is on the list of known faults and in no row", name)
	}
}
