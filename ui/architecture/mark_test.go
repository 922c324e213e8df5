package architecture_test

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
)

// A finding marks what it names, and one about the WorkSpace the part of it that is
// broken.
func TestFindingsMarkWhatTheyAreAbout(t *testing.T) {
	for code, c := range map[string]struct {
		spoil func(*world.World)
		box   string
		state architecture.State
	}{
		"workspace_state": {func(w *world.World) { w.Workspaces[0].State = "ERROR" }, "workspace", architecture.Wrong},
		"eni_deleted":     {func(w *world.World) { w.Interfaces = w.Interfaces[1:] }, "eth1", architecture.Wrong},
		"ip_group_empty": {func(w *world.World) {
			w.Directories[0].IPGroups = []string{world.IPGroupID}
			w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Rules: []netip.Prefix{}}}
		}, "ip-group", architecture.Wrong},
		"members_shut":     {func(w *world.World) { w.Groups[0].Egress = nil }, world.Members, architecture.Wrong},
		"controllers_open": {openControllers, world.Controllers, architecture.Noted},
		"workspace_unhealthy": {func(w *world.World) { w.Workspaces[0].State = "UNHEALTHY" }, "workspace",
			architecture.Suspect},
		"pcoip_ending": {func(w *world.World) { w.Workspaces[0].Protocols = []string{"PCOIP"} }, "streaming",
			architecture.Noted},
	} {
		w := world.Healthy()
		c.spoil(w)
		r := accounttest.Report(w, accounttest.User, "en")
		found := false
		for _, b := range architecture.Of(r).Boxes() {
			if b.ID != c.box && b.Name != c.box {
				continue
			}
			found = true
			if b.State != c.state || !slices.Contains(b.Codes, code) {
				t.Errorf("%s: %s is %d %v, want %d", code, c.box, b.State, b.Codes, c.state)
			}
		}
		if !found {
			t.Errorf("%s: no %s", code, c.box)
		}
	}
}

func openControllers(w *world.World) {
	w.Groups[1].Ingress = append(w.Groups[1].Ingress, world.AnyTraffic(world.Everywhere))
}

// What nothing is wrong with and was read is verified, and nothing else is.
func TestAHealthyAccountIsVerified(t *testing.T) {
	for _, b := range architecture.Of(accounttest.Worlds["quick-setup"].Report("en")).Boxes() {
		if b.State != architecture.Verified && b.State != architecture.Unseen || len(b.Codes) > 0 {
			t.Errorf("%s is %d %v", b.ID, b.State, b.Codes)
		}
	}
}

// eth0 is a suspect where an undecided verdict names its layer as one, though nobody sees it.
func TestSuspectsOfAnUndecidedVerdictAreMarked(t *testing.T) {
	w := world.Healthy()
	w.Workspaces[0].State = "UNHEALTHY"
	for _, b := range architecture.Of(accounttest.Report(w, accounttest.User, "en")).Boxes() {
		if b.ID == "eth0" && b.State != architecture.Suspect {
			t.Errorf("eth0 is %d", b.State)
		}
	}
}
