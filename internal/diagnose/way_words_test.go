package diagnose

import (
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/words"
)

// The first words are for somebody who does not know what a packet is, where one
// team is accused; the ports and the devices follow.
func TestTheFirstWordsNameWhoBlocksWhat(t *testing.T) {
	office := diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1")
	for _, row := range []struct {
		name  string
		w     *diagnosetest.World
		first string
		steps []string
	}{
		{"this network's router", office, "Your network blocks the desktop (PCoIP). Packets to TCP port 4172 are dropped between your router 192.168.50.1 and 10.20.0.1 (a private address); those to TCP port 443 pass.", []string{
			"Ask the network team whether your router 192.168.50.1 blocks outbound TCP port 4172. If not, ask the same of firewall 10.20.0.1.", "It must allow outbound TCP port 4172 to the WorkSpaces gateways of Region us-east-1."}},
		{"perhaps another's", diagnosetest.Dropped(2, "192.168.50.1", "62.115.0.9", diagnosetest.PublishedHop), "An internet provider probably blocks the desktop (PCoIP). Packets to TCP port 4172 are dropped between 62.115.0.9 (a public address) and ", []string{
			"Ask the internet provider whether the device 62.115.0.9 blocks outbound TCP port 4172. If not, ask whoever runs "}},
		{"this computer or its router", diagnosetest.Dropped(0, "192.168.50.1"), "This computer or your router 192.168.50.1 blocks the desktop (PCoIP). Packets to TCP port 4172 are dropped; those to TCP port 443 pass.", []string{
			"First run the test below. If only this computer fails, ask desktop IT to let outbound TCP port 4172 pass its security software untouched.", "If other computers of this network fail too, ask the network team about your router 192.168.50.1."}},
	} {
		v := Judge(row.w.In).Verdict
		if !strings.HasPrefix(diagnosetest.Said(v.Summary), row.first) {
			t.Errorf("%s: %s", row.name, diagnosetest.Said(v.Summary))
		}
		for i, step := range row.steps {
			if i >= len(v.Remedy) || !strings.HasPrefix(diagnosetest.Said(v.Remedy[i]), step) {
				t.Errorf("%s: step %d is not %q: %q", row.name, i+1, step, words.English().All(v.Remedy))
			}
		}
	}
	// Where nobody can sign in, that is what matters.
	dark := diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1").EndsAt("tcp_connect", "silent", "generic_timeout_error", nil, "broker")
	if v := Judge(dark.In).Verdict; strings.Contains(diagnosetest.Said(v.Summary), "the desktop (") {
		t.Errorf("without sign-in: %s", diagnosetest.Said(v.Summary))
	}
}
