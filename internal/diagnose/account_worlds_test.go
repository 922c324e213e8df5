package diagnose

import (
	"context"
	"flag"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
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
	visible := false
	for _, f := range d.Faults {
		layers = append(layers, f.Layers...)
		visible = visible || !d.Hidden(f)
	}
	named := v.Layer != nil
	switch {
	case named && !slices.Contains(layers, *v.Layer):
		return tally{falsely: 1}, "false accusation"
	case named && len(d.Faults) == 1 && d.Faults[0].Open && v.Status == finding.StatusFault:
		return tally{falsely: 1}, "accuses one of several"
	case named:
		return tally{right: 1}, ""
	case v.Status == finding.StatusOK && visible:
		return tally{missed: 1}, "missed"
	case v.Status == finding.StatusOK:
		return tally{right: 1}, ""
	case len(d.Faults) == 0 && !(v.Status == finding.StatusInconclusive && d.Doubtful()):
		return tally{falsely: 1}, "false alarm"
	}
	return tally{open: 1}, "open"
}

// TestRandomAccounts holds verdicts against accounts whose truth was decided when they
// were made: of everything that there is to be seen, and of what a walk asks.
func TestRandomAccounts(t *testing.T) {
	for name, see := range map[string]func(*testing.T, world.Drawn) Result{
		"everything": func(_ *testing.T, d world.Drawn) Result { return judgeAccount(d.World, d.Question, "") },
		"a walk":     func(t *testing.T, d world.Drawn) Result { return walked(t, d, false) },
		"all asked":  func(t *testing.T, d world.Drawn) Result { return walked(t, d, true) },
	} {
		t.Run(name, func(t *testing.T) { tryAccounts(t, see, name != "everything", name == "a walk") })
	}
}

// walked judges what a walk through the account sees.
func walked(t *testing.T, d world.Drawn, everything bool) Result {
	t.Helper()
	q := account.Question{QuestionDetail: d.Question, Region: d.World.Region, All: everything}
	if d.Question.Code {
		q.Registration = world.Code
	}
	d.World.Since(time.Now())
	var seen []probe.Observation
	var calls atomic.Int64
	api := world.API{World: d.World, Before: func(context.Context, string) error { calls.Add(1); return nil }}
	var mu sync.Mutex
	_, err := account.Walk(t.Context(), api, q, func(e account.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == account.Observed {
			e.Observation.ID = "o" + strconv.Itoa(len(seen)+1)
			seen = append(seen, e.Observation)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() > account.MostCalls && !everything {
		t.Errorf("%d calls", calls.Load())
	}
	return Judge(facts.Input{Vantage: probe.InAccount, Protocol: "both", Region: d.World.Region, Observations: seen})
}

// sparable: a walk that has no call left may leave a fault out, and says so as a gap. What
// keeps nobody out of a WorkSpace that runs, and network ACLs, which few change.
func sparable(f world.Fault) bool {
	return f.Launch || slices.Contains(f.Seen, "ec2:DescribeNetworkAcls")
}

// nowhere: nothing tells in which VPC the WorkSpace is, and so whose routes to ask for.
func nowhere(d world.Drawn) bool {
	for _, action := range []string{"ds:DescribeDirectories", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"} {
		if !slices.Contains(d.Denied, action) {
			return false
		}
	}
	return true
}

func tryAccounts(t *testing.T, see func(*testing.T, world.Drawn) Result, walks, partly bool) {
	var sum tally
	for i := range *accountsFlag {
		seed := *accountSeedFlag + uint64(i)
		d := world.Draw(seed)
		r := see(t, d)
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
		if why == "open" || why == "missed" && !slices.ContainsFunc(d.Faults, func(f world.Fault) bool {
			return !d.Hidden(f) && !(partly && sparable(f)) && !(walks && nowhere(d))
		}) {
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
