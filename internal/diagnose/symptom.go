package diagnose

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// symptom turns what the client shows into a finding, and only when nothing was
// measured to be wrong: a symptom never overrules a measurement.
func symptom(e facts.Evidence, from view, findings []finding.Finding) (finding.Finding, bool) {
	s, known := SymptomByID(e.Symptom)
	if !known || e.Inside() {
		return finding.Finding{}, false
	}
	if len(finding.Open(findings, finding.SeverityFault))+len(finding.Open(findings, finding.SeveritySuspect)) > 0 || !from.Enough() {
		return finding.Finding{}, false
	}
	then := slices.Clone(s.Then)
	// A layer that the run has cleared by measurement is left out.
	if e.Symptom == "not-authorized" && from.Looked(layer.IPAccessControl) {
		then = then[1:]
	}
	f := finding.Finding{
		Code: s.Code(), Layer: then[0], Severity: finding.SeverityFault,
		Summary:  "Everything measurable from this desk passes. " + s.Why,
		Supports: []string{}, Contradicts: []string{}, Remedy: s.Remedy, NextTest: s.Next,
	}
	if degraded := finding.Open(findings, finding.SeverityDegraded); len(degraded) > 0 {
		if slices.Contains(s.First, degraded[0].Layer) {
			return finding.Finding{}, false // the measurement explains the symptom
		}
		f.Summary = "The desk side works, if not well. " + s.Why
	}
	for _, id := range then[1:] {
		why := "Nothing that was measured rules it out."
		if id == layer.LocalDevice && slices.Contains([]layer.ID{layer.Directory, layer.IPAccessControl}, s.Then[0]) {
			why = "What is set or typed in the client may be wrong: the registration code, the user name, a certificate."
		}
		f.Rivals = append(f.Rivals, finding.Rival{Layer: id, Rare: true, Why: why})
	}
	for _, role := range facts.StreamingRoles {
		f.Supports = append(f.Supports, facts.IDs(facts.StateOf(e.Port(role.Endpoint)).OK...)...)
	}
	if w, asked := e.Web("broker"); asked {
		f.Supports = append(f.Supports, facts.IDs(w.Last)...)
	}
	f.Weigh("")
	return f, true
}

// Symptom is what the client shows, by the ID of the contract, section 6.
type Symptom struct {
	ID    string
	Shows string     // the client's words, shortened
	Facts string     // where it is documented: rows of the symptom table
	First []layer.ID // desk layers that must be cleared first
	// Then are the layers that elimination leaves, the likeliest first. Empty:
	// the symptom speaks only about what the desk can measure.
	Then   []layer.ID
	Why    string // why elimination leads there
	Remedy []string
	Next   string // the test that separates the first two
}

// Symptoms is the table of all symptoms.
func Symptoms() []Symptom {
	insideRemedy := []string{
		"Ask the WorkSpaces administrator to restart the WorkSpace from the console; wait five minutes.",
		"If it stays, look inside the WorkSpace (over RDP or SSH from another one). Its management interface must be up in its range, and its firewall must let TCP and UDP 4172, TCP 8200, TCP 8201-8250 and UDP 8220 in on it.",
	}
	// AutoStop stops a WorkSpace an hour after its user has left, and at the next
	// sign-in it takes up to 90 seconds to be there (admin guide, running mode). That
	// looks the same and costs nothing to rule out.
	const waitFirst = "Wait two minutes and try once more: a WorkSpace that was stopped takes up to 90 seconds to start."
	return []Symptom{
		{
			ID: "loading-then-login", Shows: "gray \"Loading…\", then the login page again", Facts: "A1",
			First:  []layer.ID{layer.NetworkFirewall, layer.StreamingGateway},
			Then:   []layer.ID{layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost},
			Why:    "The stream is lost between the gateway and the WorkSpace. AWS's guide names the management interface (eth0) and a firewall on it first.",
			Remedy: append([]string{waitFirst}, insideRemedy...),
			Next:   waitFirst + " If it stays, look inside the WorkSpace at its firewall rules for the management interface (eth0).",
		},
		{
			ID: "no-network", Shows: "\"No network. Network connection lost…\"", Facts: "A2, A3",
			First: []layer.ID{layer.NetworkFirewall, layer.Proxy},
			Then:  []layer.ID{layer.NetworkFirewall, layer.Proxy, layer.ManagementInterface},
			Why:   "The ports answer now. The client shows this when port 4195 is closed or a custom proxy is set in it.",
			Remedy: []string{
				"In the client's settings, use the operating system's proxy, not a custom one, and update the client.",
				"Run the check again while the message is on the screen.",
			},
			Next: "Run the check again at the moment the message appears.",
		},
		{
			ID: "launch-error", Shows: "\"An error occurred while launching your WorkSpace…\"", Facts: "A4",
			Then: []layer.ID{layer.StreamingHost, layer.DirectoryDNS, layer.ManagementInterface},
			Why:  "The client shows this when the streaming service inside does not run, or Windows cannot reach its domain controllers.", Remedy: insideRemedy,
			Next: "Inside the WorkSpace, check that the PCoIP or DCV service runs, then that its name servers answer.",
		},
		{
			ID: "unhealthy", Shows: "\"WorkSpace Status: Unhealthy…\"", Facts: "A5, A6",
			Then: []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall, layer.ManagementInterface},
			Why:  "The WorkSpace does not answer AWS's health check, which does not depend on this desk.", Remedy: insideRemedy,
			Next: "Inside the WorkSpace, check that the SkyLight service runs and that TCP 8200 is open on the management interface.",
		},
		{
			ID: "black-screen", Shows: "connects, then a black screen", Facts: "A8",
			First: []layer.ID{layer.NetworkFirewall},
			Then:  []layer.ID{layer.NetworkFirewall, layer.LocalFirewall, layer.StreamingHost},
			Why:   "The picture comes over UDP 4172, to the client's ports 50002 and 55002; a desk cannot see whether it is blocked.",
			Remedy: []string{
				"Ask the network team to allow UDP 4172, and UDP from source ports 50002 and 55002, with return traffic.",
				"Try another network, such as a phone's hotspot.",
			},
			Next: "Connect to the WorkSpace from another network: if the picture appears, the first network blocks UDP.",
		},
		{
			ID: "not-authorized", Shows: "\"This device is not authorized…\"", Facts: "C2",
			Then: []layer.ID{layer.IPAccessControl, layer.Directory, layer.LocalDevice},
			Why:  "The service refuses this device: the IP access control group, trusted devices, or the allowed device types.",
			Remedy: []string{
				"Ask the WorkSpaces administrator to compare this network's public address with the IP access control group.",
				"If it is allowed: check trusted-device certificates and the device types allowed in the directory.",
			},
			Next: "Run the check with --allowed-cidr and the group's rules.",
		},
		{
			ID: "registration-service", Shows: "\"Device can't connect to the registration service…\"", Facts: "C1",
			First: []layer.ID{layer.AuthGateway},
			Then:  []layer.ID{layer.Directory, layer.LocalDevice},
			Why:   "Port 443 works from this desk, so the code itself is suspect. AWS's guide names a deleted directory first.",
			Remedy: []string{
				"Ask the WorkSpaces administrator whether the registration code belongs to a directory that still exists.",
			},
			Next: "Try the registration code of a colleague who can sign in.",
		},
		{
			ID: "unrecognized-user", Shows: "\"Unrecognized user. No WorkSpace found…\"", Facts: "C4",
			Then: []layer.ID{layer.Directory, layer.LocalDevice},
			Why:  "The service was reached and does not know the user: recreated in the directory, or no WorkSpace yet.",
			Remedy: []string{
				"Ask the WorkSpaces administrator whether the user was deleted and recreated in the directory (the client knows the user by SID), and whether a WorkSpace exists.",
			},
			Next: "The administrator looks for the user's WorkSpace in the console.",
		},
		{
			ID: "invalid-certificate", Shows: "a certificate error", Facts: "B1, B2",
			First: []layer.ID{layer.TLSInspection, layer.LocalDevice},
			Then:  []layer.ID{layer.TLSInspection, layer.LocalDevice},
			Why:   "The certificates seen by this check are genuine. The client may use a proxy of its own, or keep expired certificates.",
			Remedy: []string{
				"Check the proxy set in the client itself.", "Check the date and time.", "Update the client; on Windows remove expired certificates only.",
			},
			Next: "Run the check again with --proxy and the proxy set in the client.",
		},
		{
			ID: "slow", Shows: "\"network connection is slow\"", Facts: "A18",
			First: []layer.ID{layer.InternetPath},
			Then:  []layer.ID{layer.InternetPath, layer.LocalDevice},
			Why:   "The round trip is within the limits now. The client shows this above 100 ms or below 1 Mbps.",
			Remedy: []string{
				"Use a cable instead of Wi-Fi and stop large downloads.", "Run the check again while the message is on the screen.",
			},
			Next: "Run the check again at the moment it is slow.",
		},
		{
			ID: "drops", Shows: "the session ends again and again", Facts: "A15, A16, A17",
			First: []layer.ID{layer.InternetPath},
			Then:  []layer.ID{layer.InternetPath, layer.LocalDevice, layer.Directory},
			Why:   "No loss was seen now. Drops come from short interruptions, sleep, or (every 60 minutes exactly) the SAML session duration.",
			Remedy: []string{
				"Turn off sleep and App Nap, and use a cable instead of Wi-Fi.", "If it happens every 60 minutes: ask the administrator to set SessionDuration in the SAML claims.",
			},
			Next: "Run the check again right after a drop.",
		},
	}
}

// SymptomByID finds a symptom.
func SymptomByID(id string) (Symptom, bool) {
	for _, s := range Symptoms() {
		if s.ID == id {
			return s, true
		}
	}
	return Symptom{}, false
}

// Code is the code of the finding a symptom leads to: "symptom_black_screen".
func (s Symptom) Code() string { return "symptom_" + strings.ReplaceAll(s.ID, "-", "_") }
