package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

func TestAHealthyWorkspaceIsOK(t *testing.T) {
	r := Judge(diagnosetest.HealthyInside().In)
	if r.Verdict.Status != finding.StatusOK || r.Verdict.Protocols != (finding.Protocols{PCoIP: finding.ProtocolOK, DCV: finding.ProtocolOK}) || len(r.Findings) > 0 {
		t.Fatalf("verdict %+v, findings %s", r.Verdict, diagnosetest.Codes(r.Findings))
	}
	for _, l := range r.Layers {
		inside := slices.Contains([]layer.ID{layer.LocalDevice, layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost, layer.PrimaryInterface, layer.DirectoryDNS, layer.VPCEgress}, l.ID)
		if want := map[bool]finding.LayerStatus{true: finding.LayerOK, false: finding.LayerNotTested}[inside]; l.Status != want {
			t.Errorf("layer %s is %s, want %s", l.ID, l.Status, want)
		}
	}
}

// The rules of one vantage point must keep still at the other, whatever is wrong.
func TestNoRuleCrossesItsVantage(t *testing.T) {
	check := func(name string, w *diagnosetest.World, inside bool) {
		for _, f := range Judge(w.In).Findings {
			if rule, known := CauseByCode(f.Code); known && (rule.Vantage == probe.InWorkspace) != inside {
				t.Errorf("%s: the rule %s fired at the other vantage", name, f.Code)
			}
		}
	}
	for name, g := range diagnosetest.Goldens() {
		check(name, g.Fires, false)
	}
	for name, g := range diagnosetest.InsideGoldens() {
		check(name, g.Fires, true)
	}
}

// Without privileges the firewall's rules are not read: that must be said, must
// not accuse, and must not be called ok.
func TestAFirewallThatWasNotReadIsNotOK(t *testing.T) {
	w := diagnosetest.HealthyInside().Drop(diagnosetest.Is(probe.HostFirewall))
	w.Add("host", "workspace-firewall", probe.HostFirewall, "", "", probe.Skipped, probe.PermissionDenied, probe.FirewallDetail{Repeat: "sudo wsdoctor inside"})
	r := Judge(w.In)
	if r.Verdict.Status != finding.StatusOK || r.Verdict.Protocols != (finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}) || !strings.Contains(diagnosetest.Said(r.Verdict.Summary), "could not be read") {
		t.Errorf("verdict %+v", r.Verdict)
	}
	for _, l := range r.Layers {
		if l.ID == layer.WorkspaceFirewall && l.Status != finding.LayerNotTested {
			t.Errorf("the firewall is %s", l.Status)
		}
	}
	// A connection from outside shows that the way in is open.
	diagnosetest.With(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Connections = []probe.Connection{{Local: netip.MustParseAddrPort(diagnosetest.Eth0IP + ":4172"), Remote: netip.MustParseAddrPort("198.19.200.1:50000")}}
	})
	if p := Judge(w.In).Verdict.Protocols; p != (finding.Protocols{PCoIP: finding.ProtocolOK, DCV: finding.ProtocolUnknown}) {
		t.Errorf("with a session that stands: %+v", p)
	}
}

// What one protocol lacks does not concern a WorkSpace of the other.
func TestAProtocolThatIsNotInstalledIsNotMissed(t *testing.T) {
	only := func(role probe.ServiceRole, w *diagnosetest.World) *diagnosetest.World {
		return diagnosetest.With(w, probe.HostServices, func(d *probe.ServicesDetail) {
			d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role != probe.SkyLight && s.Role != role })
		})
	}
	pcoip := only("pcoip", diagnosetest.HealthyInside().Deaf(8201, 8220)).Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8201, 8220)
	if v := Judge(pcoip.In).Verdict; v.Status != finding.StatusOK || v.Protocols != (finding.Protocols{PCoIP: finding.ProtocolOK, DCV: finding.ProtocolUnknown}) {
		t.Errorf("a PCoIP WorkSpace whose firewall drops DCV: %+v", v)
	}
	dcv := only("dcv", diagnosetest.HealthyInside().Deaf(4172, 4489)).Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8220)
	if v := Judge(dcv.In).Verdict; v.Status != finding.StatusDegraded || layerOf(v) != layer.WorkspaceFirewall || v.Protocols != (finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolDegraded}) {
		t.Errorf("a DCV WorkSpace whose firewall drops UDP 8220: %+v", v)
	}
}

// A firewall's answer may cover a run of ports that belong to several services.
func TestARunOfPortsIsJudgedPortByPort(t *testing.T) {
	only := diagnosetest.With(diagnosetest.HealthyInside().Deaf(4172, 4489), probe.HostServices, func(d *probe.ServicesDetail) {
		d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role == "pcoip" })
	})
	only.Drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostFirewall && (o.Port() == 8200 || o.Port() == 8201)
	})
	only.Add("host", "workspace-firewall", probe.HostFirewall, diagnosetest.Target(diagnosetest.Eth0IP, 8150, "tcp"), diagnosetest.Eth0IP, probe.Failed, probe.FirewallDenied, probe.FirewallDetail{
		Engine: "nftables", Interface: "eth0", Transport: probe.TCP, First: 8150, Last: 8230, Verdict: probe.FirewallDrop,
	})
	if v := Judge(only.In).Verdict; v.Code != "inside_firewall_blocks" || v.Protocols.DCV != finding.ProtocolBlocked || !strings.Contains(diagnosetest.Said(v.Summary), "8150 to 8230") {
		t.Errorf("verdict %+v", v)
	}
}

// In a VPC with addresses out of a management range, eth1 is no eth0.
func TestThePrimaryInterfaceIsNotTakenForTheManagementInterface(t *testing.T) {
	w := diagnosetest.HealthyInside().Unmanaged().Card("eth0", nil)
	diagnosetest.With(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: netip.MustParsePrefix("172.31.4.4/20"), Range: netip.MustParsePrefix("172.31.0.0/16")}}
	})
	if v := Judge(w.In).Verdict; v.Code != "eth0_missing" {
		t.Errorf("verdict %s: %s", v.Code, diagnosetest.Said(v.Summary))
	}
}

// An eth1 in 10.0.0.0/8, which is a management range too, that reaches the
// internet is eth1, whatever became of eth0.
func TestAnInterfaceThatReachesTheInternetIsNotTheManagementInterface(t *testing.T) {
	w := diagnosetest.HealthyInside().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).Unmanaged().
		Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix("100.64.7.20/20")} })
	diagnosetest.With(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: netip.MustParsePrefix(diagnosetest.Eth1IP + "/24"), Range: netip.MustParsePrefix("10.0.0.0/8")}}
	})
	if v := Judge(w.In).Verdict; v.Code != "eth0_wrong_address" || v.Status != finding.StatusFault {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, diagnosetest.Said(v.Summary))
	}
}

// A closed range with an answering metadata service may be the company's own.
func TestARangeOfTheCompanysOwnIsNotAccused(t *testing.T) {
	w := diagnosetest.HealthyInside().Unmanaged().Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix("172.20.3.4/20")} })
	v := Judge(w.In).Verdict
	if v.Status != finding.StatusInconclusive || v.Code != "eth0_wrong_address" || v.NextTest.Empty() || !strings.Contains(diagnosetest.Said(v.NextTest), "--management-cidr") {
		t.Errorf("verdict %+v", v)
	}
}

// Whether a gateway lies in a part of the management range is AWS's affair.
func TestAnOverlapBesideEth0sOwnNetworkIsOnlyPossible(t *testing.T) {
	w := diagnosetest.With(diagnosetest.HealthyInside(), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Overlaps = []probe.Overlap{{Prefix: netip.MustParsePrefix("198.19.128.0/17"), Interface: "tun0", Kind: "route", Sample: netip.MustParseAddr("198.19.128.1"), Through: "tun0"}}
	})
	if v := Judge(w.In).Verdict; v.Status != finding.StatusDegraded || layerOf(v) != layer.ManagementInterface || v.Confidence != finding.Possible {
		t.Errorf("verdict %s %q %q: %s", v.Status, layerOf(v), v.Confidence, diagnosetest.Said(v.Summary))
	}
}

// What fails on this computer says nothing of the others.
func TestOwnFailuresAccuseNoNameServer(t *testing.T) {
	w := diagnosetest.HealthyInside()
	for _, server := range []string{diagnosetest.DNS1, diagnosetest.DNS2} {
		w.NameServer(server, "", probe.Failed, probe.UnknownFailure)
	}
	w.ControllerPort(probe.Failed, probe.UnknownFailure, "")
	for _, f := range Judge(w.In).Findings {
		t.Errorf("%s: %s", f.Code, diagnosetest.Said(f.Summary))
	}
}

// What DCV's services are called on Windows is not documented.
func TestAWindowsWithoutKnownServicesIsOnlySuspected(t *testing.T) {
	w := diagnosetest.With(diagnosetest.HealthyInside().Deaf(4172, 4489, 8201, 8220), probe.HostServices, func(d *probe.ServicesDetail) {
		d.Manager, d.Services = "scm", []probe.Service{{Role: "skylight", Name: "SkyLightWorkspaceConfigService", Installed: true, State: "running", Enabled: "enabled"}, {Role: "pcoip", Name: "PCoIPAgent"}, {Role: "dcv", Name: "dcvserver"}}
	})
	if v := Judge(w.In).Verdict; v.Status != finding.StatusInconclusive || v.Code != "streaming_not_installed" {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, diagnosetest.Said(v.Summary))
	}
}

func TestNameServersThatAnswerNonsenseAreNoNameServers(t *testing.T) {
	w := diagnosetest.HealthyInside()
	for _, server := range []string{diagnosetest.DNS1, diagnosetest.DNS2} {
		w.NameServer(server, "", probe.Failed, probe.MalformedReply)
	}
	v := Judge(w.In).Verdict
	if v.Status != finding.StatusFault || layerOf(v) != layer.DirectoryDNS || !strings.Contains(diagnosetest.Said(v.Summary), "no valid answers") {
		t.Errorf("%s %q: %s", v.Status, layerOf(v), diagnosetest.Said(v.Summary))
	}
}

func TestOneDeadControllerIsDegraded(t *testing.T) {
	w := diagnosetest.HealthyInside().ControllersAt("10.60.3.10", "10.60.3.11").ControllerPort(probe.Silent, probe.Timeout, "10.60.3.10")
	if v := Judge(w.In).Verdict; v.Status != finding.StatusDegraded || v.Code != "controllers_silent" {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, diagnosetest.Said(v.Summary))
	}
}

func TestClocksThatContradictEachOtherAccuseNobody(t *testing.T) {
	const minutes = 60 * 1000.0
	w := diagnosetest.HealthyInside().DirectoryClock(7 * minutes).AwsClock(-7 * minutes)
	if v := Judge(w.In).Verdict; v.Status == finding.StatusFault {
		t.Errorf("verdict %s: %s", v.Code, diagnosetest.Said(v.Summary))
	}
	own := Judge(diagnosetest.HealthyInside().DirectoryClock(7 * minutes).AwsClock(7 * minutes).In).Verdict
	if layerOf(own) != layer.LocalDevice || diagnosetest.Said(own.Owner) != "the WorkSpaces administrator" {
		t.Errorf("the clock of a WorkSpace is mended by %q", own.Owner)
	}
	alone := diagnosetest.HealthyInside().DirectoryClock(7 * minutes).Drop(diagnosetest.Is(probe.HTTPGet)).Drop(diagnosetest.At("broker", "login", "address-echo", "metadata"))
	if v := Judge(alone.In).Verdict; v.Status != finding.StatusInconclusive || v.Code != "directory_clock_wrong" {
		t.Errorf("without a third clock: %s %s", v.Status, v.Code)
	}
}

func TestAnInterruptedLookInsideSaysSo(t *testing.T) {
	w := &diagnosetest.World{In: facts.Input{Vantage: "workspace", Protocol: "both", Interrupted: true}}
	if v := Judge(w.In).Verdict; v.Status != finding.StatusInconclusive || v.Code != "interrupted" {
		t.Errorf("verdict %+v", v)
	}
}

// A public address of eth1 is translated outside the WorkSpace, as a NAT gateway's
// is; one that stands on the card is its own.
func TestThePublicAddressIsTold(t *testing.T) {
	told := func(w *diagnosetest.World) (summary, gap string) {
		r := Judge(w.In)
		for _, g := range words.English().All(r.Gaps) {
			if strings.Contains(g, "NAT gateway") {
				gap = g
			}
		}
		return diagnosetest.Said(r.Verdict.Summary), gap
	}
	if s, gap := told(diagnosetest.HealthyInside()); !strings.Contains(s, "leaves as "+diagnosetest.Egress+".") || !strings.Contains(gap, diagnosetest.Egress) {
		t.Errorf("translated: %q, gap %q", s, gap)
	}
	if s, gap := told(diagnosetest.HealthyInside().Card("eth1", func(i *probe.Interface) {
		i.Addresses = append(i.Addresses, netip.MustParsePrefix(diagnosetest.Egress+"/32"))
	})); !strings.Contains(s, diagnosetest.Egress) || gap != "" {
		t.Errorf("on the card: %q, gap %q", s, gap)
	}
	if s, gap := told(diagnosetest.HealthyInside().Drop(diagnosetest.At("address-echo"))); strings.Contains(s, "leaves as") || gap != "" {
		t.Errorf("not asked: %q, gap %q", s, gap)
	}
}

// Busy is not mute: a controller whose directory service answered over UDP is late
// over TCP, and no accusation.
func TestABusyControllerIsNotCalledMute(t *testing.T) {
	for outcome, want := range map[probe.Outcome]finding.Status{probe.OK: finding.StatusDegraded, probe.Silent: finding.StatusFault} {
		w := diagnosetest.HealthyInside().ControllerPort(probe.Silent, probe.Timeout, "", "dc-rootdse")
		for _, address := range []string{diagnosetest.DNS1, diagnosetest.DNS2} {
			w.Add("dc-cldap/ldap", "dc-cldap", probe.LDAPRoot, address+":389/udp", address, outcome, map[bool]probe.Failure{true: probe.Timeout}[outcome == probe.Silent], probe.LDAPDetail{Transport: probe.UDP})
		}
		if v := Judge(w.In).Verdict; v.Status != want || v.Code != "controllers_mute" {
			t.Errorf("over UDP %s: %s %s, want %s: %s", outcome, v.Status, v.Code, want, diagnosetest.Said(v.Summary))
		}
	}
}
