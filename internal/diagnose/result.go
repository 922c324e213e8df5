// Package diagnose turns observations into blame. It is a pure function of
// what was written down: it sends nothing, opens nothing, and imports no net
// (only net/netip), so that a stored report can be judged again by today's
// rules.
//
// Start with Judge (engine.go). A verdict is reached in four steps, each a package or
// a file that can be read alone:
//
//   - facts: what the observations come to, named.
//   - desk, inside and account: the causes that each vantage can find. What is no cause but the
//     symptom of one is marked as such there too.
//   - finding: how sure a finding is, by the rivals that remain of it.
//   - engine.go, verdict.go, symptom.go: the fold of all findings into one verdict, by
//     the contract, sections 4, 6 and 7.
//
// The desk's family of ways rests on two more: sweep, which says where packets end, and
// candidates, which says what could explain that.
package diagnose

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/diagnose/desk"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/inside"
	"wsdoctor/internal/words"
)

// Input is everything a judgement depends on.
type Input = facts.Input

// Result is a judgement.
type Result struct {
	Verdict  finding.Verdict
	Layers   []finding.LayerState
	Findings []finding.Finding
	Egress   []netip.Addr // the public addresses that traffic was seen to come from, in order
	Gaps     []words.Text // what could not be looked at; what the probes say of that stands in the report
}

// Causes lists everything that a run can find, at the desk, inside and in the account.
func Causes() []finding.Cause { return slices.Concat(desk.Causes(), inside.Causes(), account.Causes()) }

// CauseByCode finds one.
func CauseByCode(code string) (finding.Cause, bool) {
	list := Causes()
	i := slices.IndexFunc(list, func(c finding.Cause) bool { return c.Code == code })
	if i < 0 {
		return finding.Cause{}, false
	}
	return list[i], true
}
