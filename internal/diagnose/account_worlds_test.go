package diagnose

import (
	"flag"
	"slices"
	"testing"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

var (
	accountsFlag    = flag.Int("accounts", 1000, "judge that many random accounts")
	accountSeedFlag = flag.Uint64("accounts-seed", 140000, "first seed of the random accounts")
)

// tally counts what became of random accounts.
type tally struct{ right, open, missed, falsely int }

// weighAccount says what a verdict about a random account is worth: whom it names must be
// one of those at fault, and whom it does not name must have been hidden by a call that
// gave no answer, or must show no culprit at all.
func weighAccount(d world.Drawn, v finding.Verdict) (tally, string) {
	var layers []layer.ID
	visible, decidable := false, false
	for _, f := range d.Faults {
		layers = append(layers, f.Layers...)
		visible = visible || !d.Hidden(f)
		decidable = decidable || !d.Hidden(f) && !f.Open && !f.Launch
	}
	named := v.Layer != nil
	switch {
	case named && !slices.Contains(layers, *v.Layer):
		return tally{falsely: 1}, "false accusation"
	case named && !decidable && v.Status == finding.StatusFault && v.Confidence != finding.Possible && slices.ContainsFunc(d.Faults, func(f world.Fault) bool { return f.Open }) && len(d.Faults) == 1:
		return tally{falsely: 1}, "accuses one of several"
	case named:
		return tally{right: 1}, ""
	case v.Status == finding.StatusOK && visible:
		return tally{missed: 1}, "missed"
	case v.Status == finding.StatusOK:
		return tally{right: 1}, ""
	case len(d.Faults) == 0:
		return tally{falsely: 1}, "false alarm"
	case decidable && len(d.Denied) == 0 && !slices.ContainsFunc(d.Faults, func(f world.Fault) bool { return f.Open }):
		return tally{open: 1}, "open"
	}
	return tally{open: 1}, ""
}

// TestRandomAccounts holds verdicts against accounts whose truth was decided when they
// were made.
func TestRandomAccounts(t *testing.T) {
	var sum tally
	for i := range *accountsFlag {
		seed := *accountSeedFlag + uint64(i)
		d := world.Draw(seed)
		r := judgeAccount(d.World, d.Question, "")
		got, why := weighAccount(d, r.Verdict)
		sum.right, sum.open, sum.missed, sum.falsely = sum.right+got.right, sum.open+got.open, sum.missed+got.missed, sum.falsely+got.falsely
		if why == "" {
			continue
		}
		var names []string
		for _, f := range d.Faults {
			names = append(names, f.Name)
		}
		say := t.Errorf
		if why == "open" {
			say = t.Logf
		}
		say("seed %d: %s: %s %q %s (%s): faults %q, nuisances %q, denied %q; findings %s\n%s", seed, why, r.Verdict.Status,
			layerOf(r.Verdict), r.Verdict.Confidence, r.Verdict.Code, names, d.Nuisances, d.Denied, diagnosetest.Codes(r.Findings),
			diagnosetest.Said(r.Verdict.Summary))
	}
	t.Logf("%d accounts: right %d, open %d, missed %d, false %d", *accountsFlag, sum.right, sum.open, sum.missed, sum.falsely)
	if *accountsFlag >= 100 && sum.right*2 < *accountsFlag {
		t.Errorf("only %d of %d are right", sum.right, *accountsFlag)
	}
}
