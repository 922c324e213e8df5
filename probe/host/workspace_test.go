package host

import (
	"net/netip"
	"testing"
	"testing/fstest"

	"wsdoctor/probe"
)

func TestInsideNeedsAgentAndManagementAddress(t *testing.T) {
	ranges := []netip.Prefix{prefix("172.31.0.0/16"), prefix("198.19.0.0/16")}
	agent := fstest.MapFS{"usr/lib/systemd/system/skylight-agent.service": {}}
	client := fstest.MapFS{
		"usr/bin/workspacesclient": {}, "opt/workspacesclient/workspacesclient": {}, "usr/lib/x86_64-linux-gnu/workspacesclient/workspacesclient": {},
		"usr/share/applications/workspacesclient.desktop": {}, "opt/aws/aws-cli": {}, "etc/dcv/dcv.conf": {}, "usr/lib/systemd/system/dcvserver.service": {},
	}
	managed, home := eth(2, "eth0", "172.31.4.5/20"), eth(2, "eth0", "192.168.1.5/24")
	down := managed
	down.Up = false
	for name, c := range map[string]struct {
		root   fstest.MapFS
		link   link
		inside bool
		agent  bool
		signs  int
	}{
		"agent and management address": {agent, managed, true, true, 2},
		"agent, other address":         {agent, home, false, true, 1},
		"address alone":                {fstest.MapFS{}, managed, false, false, 1},
		"installed client":             {client, managed, false, false, 1},
		"interface down":               {agent, down, false, true, 1},
		"desk":                         {client, home, false, false, 0},
	} {
		got := workspace(agentFileSigns(c.root), interfaces([]link{c.link}), ranges)
		if got.Inside != c.inside || got.Agent != c.agent || len(got.Signs) != c.signs || got.Signs == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWindowsAgentKeyIsASignAndTheClientsKeyIsNot(t *testing.T) {
	for key, want := range map[string]int{`SOFTWARE\Amazon\SkyLight`: 1, `SOFTWARE\Amazon\Amazon WorkSpaces Client`: 0} {
		if got := agentKeySigns(func(k string) bool { return k == key }); len(got) != want {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestLoopbackIsNoManagementInterface(t *testing.T) {
	lo := eth(1, "lo", "10.0.0.1/32")
	lo.Loopback = true
	if got := workspace([]string{"x"}, []probe.Interface{lo.Interface}, []netip.Prefix{prefix("10.0.0.0/8")}); got.Inside {
		t.Errorf("%+v", got)
	}
}
