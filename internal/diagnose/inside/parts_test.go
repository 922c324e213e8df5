package inside

import (
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/finding"
)

// TestPartsStandOnEachOtherInOneDirection: every part of the table is some rule's,
// and none stands on itself, by whatever way.
func TestPartsStandOnEachOtherInOneDirection(t *testing.T) {
	about := map[finding.Part]bool{}
	for _, r := range rules() {
		about[r.Part] = true
	}
	for p, list := range standsOn {
		for _, q := range append(list, p) {
			if !about[q] {
				t.Errorf("no rule is about %s", q)
			}
		}
		if slices.Contains(finding.Below(p, standsOn), p) {
			t.Errorf("%s stands on itself", p)
		}
	}
}

// TestThePartThatIsBrokenDeepestIsTheCause: of a chain that is broken at several
// places, only the deepest is no symptom, even if less sure; what does not stand on
// it stays beside it, and what is only worth knowing hides nothing.
func TestThePartThatIsBrokenDeepestIsTheCause(t *testing.T) {
	of := func(s finding.Severity, p finding.Part) finding.Finding {
		return finding.Finding{Code: string(p), Severity: s, Part: p}
	}
	for name, c := range map[string]struct {
		list []finding.Finding
		want []string // by whom each is hidden
	}{
		"a chain":               {[]finding.Finding{of(finding.SeverityFault, activationPart), of(finding.SeverityFault, metadataPart), of(finding.SeveritySuspect, eth0CardPart)}, []string{"eth0 card", "eth0 card", ""}},
		"something beside it":   {[]finding.Finding{of(finding.SeverityFault, servicesPart), of(finding.SeverityFault, eth0CardPart), of(finding.SeverityFault, listeningPart)}, []string{"", "", "services"}},
		"the route beside eth0": {[]finding.Finding{of(finding.SeverityFault, wayOutPart), of(finding.SeverityFault, eth0DefaultPart), of(finding.SeverityFault, recordsPart)}, []string{"eth0 default", "", ""}},
		"worth knowing only":    {[]finding.Finding{of(finding.SeverityInfo, resolverPart), of(finding.SeverityDegraded, nameServersPart), of(finding.SeverityFault, forwardersPart)}, []string{"", "", ""}},
	} {
		suppressParts(c.list)
		for i, f := range c.list {
			got := ""
			if f.SuppressedBy != nil {
				got = *f.SuppressedBy
			}
			if got != c.want[i] {
				t.Errorf("%s: %s is hidden by %q, want %q", name, f.Code, got, c.want[i])
			}
		}
	}
}
