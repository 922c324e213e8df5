package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestAHealthyWorkspaceIsOK(t *testing.T) {
	r := Judge(healthyInside().in)
	if r.Verdict.Status != StatusOK || r.Verdict.Protocols != (Protocols{ProtocolOK, ProtocolOK}) || len(r.Findings) > 0 {
		t.Fatalf("verdict %+v, findings %s", r.Verdict, codes(r.Findings))
	}
	for _, l := range r.Layers {
		inside := slices.Contains([]layer.ID{layer.LocalDevice, layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost, layer.PrimaryInterface, layer.DirectoryDNS, layer.VPCEgress}, l.ID)
		if want := map[bool]LayerStatus{true: LayerOK, false: LayerNotTested}[inside]; l.Status != want {
			t.Errorf("layer %s is %s, want %s", l.ID, l.Status, want)
		}
	}
}

// The rules of one vantage point must keep still at the other, whatever is wrong.
func TestNoRuleCrossesItsVantage(t *testing.T) {
	check := func(name string, w *world, inside bool) {
		for _, f := range Judge(w.in).Findings {
			if rule, known := RuleByCode(f.Code); known && rule.Inside != inside {
				t.Errorf("%s: the rule %s fired at the other vantage", name, f.Code)
			}
		}
	}
	for name, g := range goldens() {
		check(name, g.fires, false)
	}
	for name, g := range insideGoldens() {
		check(name, g.fires, true)
	}
}

// Without privileges the firewall's rules are not read: that must be said, must
// not accuse, and must not be called ok.
func TestAFirewallThatWasNotReadIsNotOK(t *testing.T) {
	w := healthyInside().drop(is(probe.HostFirewall))
	w.add("host", "workspace-firewall", probe.HostFirewall, "", "", probe.Skipped, probe.PermissionDenied, probe.FirewallDetail{Repeat: "sudo wsdoctor inside"})
	r := Judge(w.in)
	if r.Verdict.Status != StatusOK || r.Verdict.Protocols != (Protocols{ProtocolUnknown, ProtocolUnknown}) || !strings.Contains(r.Verdict.Summary, "could not be read") {
		t.Errorf("verdict %+v", r.Verdict)
	}
	for _, l := range r.Layers {
		if l.ID == layer.WorkspaceFirewall && l.Status != LayerNotTested {
			t.Errorf("the firewall is %s", l.Status)
		}
	}
	// A connection from outside shows that the way in is open.
	with(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Connections = []probe.Connection{{Local: netip.MustParseAddrPort(eth0IP + ":4172"), Remote: netip.MustParseAddrPort("198.19.200.1:50000")}}
	})
	if p := Judge(w.in).Verdict.Protocols; p != (Protocols{ProtocolOK, ProtocolUnknown}) {
		t.Errorf("with a session that stands: %+v", p)
	}
}

// What one protocol lacks does not concern a WorkSpace of the other.
func TestAProtocolThatIsNotInstalledIsNotMissed(t *testing.T) {
	only := func(role string, w *world) *world {
		return with(w, probe.HostServices, func(d *probe.ServicesDetail) {
			d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role != "skylight" && s.Role != role })
		})
	}
	pcoip := only("pcoip", healthyInside().deaf(8201, 8220)).firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8201, 8220)
	if v := Judge(pcoip.in).Verdict; v.Status != StatusOK || v.Protocols != (Protocols{ProtocolOK, ProtocolUnknown}) {
		t.Errorf("a PCoIP WorkSpace whose firewall drops DCV: %+v", v)
	}
	dcv := only("dcv", healthyInside().deaf(4172, 4489)).firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8220)
	if v := Judge(dcv.in).Verdict; v.Status != StatusDegraded || layerOf(v) != layer.WorkspaceFirewall || v.Protocols != (Protocols{ProtocolUnknown, ProtocolDegraded}) {
		t.Errorf("a DCV WorkSpace whose firewall drops UDP 8220: %+v", v)
	}
}

// A firewall's answer may cover a run of ports that belong to several services.
func TestARunOfPortsIsJudgedPortByPort(t *testing.T) {
	only := with(healthyInside().deaf(4172, 4489), probe.HostServices, func(d *probe.ServicesDetail) {
		d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role == "pcoip" })
	})
	only.drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostFirewall && (o.Port() == 8200 || o.Port() == 8201)
	})
	only.add("host", "workspace-firewall", probe.HostFirewall, target(eth0IP, 8150, "tcp"), eth0IP, probe.Failed, probe.FirewallDenied, probe.FirewallDetail{
		Engine: "nftables", Interface: "eth0", Transport: probe.TCP, First: 8150, Last: 8230, Verdict: probe.FirewallDrop,
	})
	if v := Judge(only.in).Verdict; v.Code != "inside_firewall_blocks" || v.Protocols.DCV != ProtocolBlocked || !strings.Contains(v.Summary, "8150 to 8230") {
		t.Errorf("verdict %+v", v)
	}
}

// In a VPC with addresses out of a management range, eth1 is no eth0.
func TestThePrimaryInterfaceIsNotTakenForTheManagementInterface(t *testing.T) {
	w := healthyInside().unmanaged().card("eth0", nil)
	with(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: netip.MustParsePrefix("172.31.4.4/20"), Range: netip.MustParsePrefix("172.31.0.0/16")}}
	})
	if v := Judge(w.in).Verdict; v.Code != "eth0_missing" {
		t.Errorf("verdict %s: %s", v.Code, v.Summary)
	}
}

// An eth1 in 10.0.0.0/8, which is a management range too, that reaches the
// internet is eth1, whatever became of eth0.
func TestAnInterfaceThatReachesTheInternetIsNotTheManagementInterface(t *testing.T) {
	w := healthyInside().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).unmanaged().
		card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix("100.64.7.20/20")} })
	with(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: netip.MustParsePrefix(eth1IP + "/24"), Range: netip.MustParsePrefix("10.0.0.0/8")}}
	})
	if v := Judge(w.in).Verdict; v.Code != "eth0_wrong_address" || v.Status != StatusFault {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, v.Summary)
	}
}

// A closed range with an answering metadata service may be the company's own.
func TestARangeOfTheCompanysOwnIsNotAccused(t *testing.T) {
	w := healthyInside().unmanaged().card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix("172.20.3.4/20")} })
	v := Judge(w.in).Verdict
	if v.Status != StatusInconclusive || v.Code != "eth0_wrong_address" || v.NextTest == nil || !strings.Contains(*v.NextTest, "--management-cidr") {
		t.Errorf("verdict %+v", v)
	}
}

// Whether a gateway lies in a part of the management range is AWS's affair.
func TestAnOverlapBesideEth0sOwnNetworkIsOnlyPossible(t *testing.T) {
	w := with(healthyInside(), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Overlaps = []probe.Overlap{{Prefix: netip.MustParsePrefix("198.19.128.0/17"), Interface: "tun0", Kind: "route", Sample: netip.MustParseAddr("198.19.128.1"), Through: "tun0"}}
	})
	if v := Judge(w.in).Verdict; v.Status != StatusDegraded || layerOf(v) != layer.ManagementInterface || v.Confidence != Possible {
		t.Errorf("verdict %s %q %q: %s", v.Status, layerOf(v), v.Confidence, v.Summary)
	}
}

// What fails on this computer says nothing of the others.
func TestOwnFailuresAccuseNoNameServer(t *testing.T) {
	w := healthyInside()
	for _, server := range []string{dns1, dns2} {
		w.nameServer(server, "", probe.Failed, probe.UnknownFailure)
	}
	w.controllerPort(probe.Failed, probe.UnknownFailure, "")
	for _, f := range Judge(w.in).Findings {
		t.Errorf("%s: %s", f.Code, f.Summary)
	}
}

// What DCV's services are called on Windows is not documented.
func TestAWindowsWithoutKnownServicesIsOnlySuspected(t *testing.T) {
	w := with(healthyInside().deaf(4172, 4489, 8201, 8220), probe.HostServices, func(d *probe.ServicesDetail) {
		d.Manager, d.Services = "scm", []probe.Service{{Role: "skylight", Name: "SkyLightWorkspaceConfigService", Installed: true, State: "running", Enabled: "enabled"}, {Role: "pcoip", Name: "PCoIPAgent"}, {Role: "dcv", Name: "dcvserver"}}
	})
	if v := Judge(w.in).Verdict; v.Status != StatusInconclusive || v.Code != "streaming_not_installed" {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, v.Summary)
	}
}

func TestNameServersThatAnswerNonsenseAreNoNameServers(t *testing.T) {
	w := healthyInside()
	for _, server := range []string{dns1, dns2} {
		w.nameServer(server, "", probe.Failed, probe.MalformedReply)
	}
	v := Judge(w.in).Verdict
	if v.Status != StatusFault || layerOf(v) != layer.DirectoryDNS || !strings.Contains(v.Summary, "no sense") {
		t.Errorf("%s %q: %s", v.Status, layerOf(v), v.Summary)
	}
}

func TestOneDeadControllerIsDegraded(t *testing.T) {
	w := healthyInside().controllersAt("10.60.3.10", "10.60.3.11").controllerPort(probe.Silent, probe.Timeout, "10.60.3.10")
	if v := Judge(w.in).Verdict; v.Status != StatusDegraded || v.Code != "controllers_silent" {
		t.Errorf("verdict %s %s: %s", v.Status, v.Code, v.Summary)
	}
}

func TestClocksThatContradictEachOtherAccuseNobody(t *testing.T) {
	const minutes = 60 * 1000.0
	w := healthyInside().directoryClock(7 * minutes).awsClock(-7 * minutes)
	if v := Judge(w.in).Verdict; v.Status == StatusFault {
		t.Errorf("verdict %s: %s", v.Code, v.Summary)
	}
	own := Judge(healthyInside().directoryClock(7 * minutes).awsClock(7 * minutes).in).Verdict
	if layerOf(own) != layer.LocalDevice || own.Owner != "the WorkSpaces administrator" {
		t.Errorf("the clock of a WorkSpace is mended by %q", own.Owner)
	}
	alone := healthyInside().directoryClock(7 * minutes).drop(is(probe.HTTPGet)).drop(at("broker", "login", "address-echo", "metadata"))
	if v := Judge(alone.in).Verdict; v.Status != StatusInconclusive || v.Code != "directory_clock_wrong" {
		t.Errorf("without a third clock: %s %s", v.Status, v.Code)
	}
}

func TestAnInterruptedLookInsideSaysSo(t *testing.T) {
	w := &world{in: Input{Vantage: "workspace", Protocol: "both", Interrupted: true}}
	if v := Judge(w.in).Verdict; v.Status != StatusInconclusive || v.Code != "interrupted" {
		t.Errorf("verdict %+v", v)
	}
}

// A public address of eth1 is translated outside the WorkSpace, as a NAT gateway's
// is; one that stands on the card is its own.
func TestThePublicAddressIsTold(t *testing.T) {
	told := func(w *world) (summary, gap string) {
		r := Judge(w.in)
		for _, g := range r.Gaps {
			if strings.Contains(g, "NAT gateway") {
				gap = g
			}
		}
		return r.Verdict.Summary, gap
	}
	if s, gap := told(healthyInside()); !strings.Contains(s, "leaves as "+egress+".") || !strings.Contains(gap, egress) {
		t.Errorf("translated: %q, gap %q", s, gap)
	}
	if s, gap := told(healthyInside().card("eth1", func(i *probe.Interface) { i.Addresses = append(i.Addresses, netip.MustParsePrefix(egress+"/32")) })); !strings.Contains(s, egress) || gap != "" {
		t.Errorf("on the card: %q, gap %q", s, gap)
	}
	if s, gap := told(healthyInside().drop(at("address-echo"))); strings.Contains(s, "leaves as") || gap != "" {
		t.Errorf("not asked: %q, gap %q", s, gap)
	}
}

// A stored report may hold anything. What compares every server with every other
// one must not take minutes.
func TestServersOfAStoredReportAreBounded(t *testing.T) {
	w := healthyInside()
	for i := range 300 {
		a := netip.AddrFrom4([4]byte{10, 70, byte(i >> 8), byte(i)}).String()
		w.add("dc-smb/tcp", "dc-smb", probe.TCPConnect, target(service, 445, "tcp"), a, probe.Failed, probe.ConnectionRefused, probe.ConnectDetail{})
		w.add("directory-dns/"+a+":53/udp/x", "directory-dns", probe.DNSQuery, service, a+":53", probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: a + ":53", Name: service, Type: "SRV"})
	}
	e := gather(w.in)
	if c, n := len(e.controllers()), len(e.nameServers()); c != mostServers || n != mostServers {
		t.Errorf("%d controllers and %d name servers, want %d", c, n, mostServers)
	}
}

// Busy is not mute: a controller whose directory service answered over UDP is late
// over TCP, and no accusation.
func TestABusyControllerIsNotCalledMute(t *testing.T) {
	for outcome, want := range map[probe.Outcome]Status{probe.OK: StatusDegraded, probe.Silent: StatusFault} {
		w := healthyInside().controllerPort(probe.Silent, probe.Timeout, "", "dc-rootdse")
		for _, address := range []string{dns1, dns2} {
			w.add("dc-cldap/ldap", "dc-cldap", probe.LDAPRoot, address+":389/udp", address, outcome, map[bool]probe.Failure{true: probe.Timeout}[outcome == probe.Silent], probe.LDAPDetail{Transport: probe.UDP})
		}
		if v := Judge(w.in).Verdict; v.Status != want || v.Code != "controllers_mute" {
			t.Errorf("over UDP %s: %s %s, want %s: %s", outcome, v.Status, v.Code, want, v.Summary)
		}
	}
}
