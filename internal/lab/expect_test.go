package lab

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// said is a verdict as a program would give it.
func said(s finding.Status, l layer.ID, c finding.Confidence, pcoip, dcv finding.ProtocolState, suspects ...layer.ID) Verdict {
	v := Verdict{Verdict: report.Verdict{Status: s, Confidence: c, Protocols: finding.Protocols{PCoIP: pcoip, DCV: dcv}}}
	if l != noLayer {
		v.Layer = &l
	}
	if s == inconclusive {
		next := "Look from another network."
		v.NextTest = &next
	}
	for _, id := range suspects {
		v.Suspects = append(v.Suspects, report.Suspect{Layer: id, Confidence: possible})
	}
	return v
}

// TestEveryFieldOfAVerdictCounts takes right verdicts and changes one field of
// each to nonsense: every one of them must be refused. An oracle that does not
// look at a field would take them.
func TestEveryFieldOfAVerdictCounts(t *testing.T) {
	type change struct {
		field string
		to    func(*Verdict)
	}
	status := func(s finding.Status) change {
		return change{"status " + string(s), func(v *Verdict) { v.Status = s }}
	}
	named := func(l layer.ID) change { return change{"layer " + string(l), func(v *Verdict) { v.Layer = &l }} }
	sure := func(c finding.Confidence) change {
		return change{"confidence " + string(c), func(v *Verdict) { v.Confidence = c }}
	}
	more := func(l layer.ID) change {
		return change{"one more suspect " + string(l), func(v *Verdict) { v.Suspects = append(v.Suspects, report.Suspect{Layer: l}) }}
	}
	without := func(l layer.ID) change {
		return change{"no suspect " + string(l), func(v *Verdict) {
			v.Suspects = slices.DeleteFunc(slices.Clone(v.Suspects), func(s report.Suspect) bool { return s.Layer == l })
		}}
	}
	pcoip := func(s finding.ProtocolState) change {
		return change{"pcoip " + string(s), func(v *Verdict) { v.Protocols.PCoIP = s }}
	}
	dcv := func(s finding.ProtocolState) change {
		return change{"dcv " + string(s), func(v *Verdict) { v.Protocols.DCV = s }}
	}
	anonymous := change{"no layer", func(v *Verdict) { v.Layer = nil }}
	code := func(c string) change { return change{"code " + c, func(v *Verdict) { v.Code = c }} }
	list := func(field string, to func(*Verdict)) change { return change{field, to} }

	for name, c := range map[string]struct {
		expect  Expect
		right   Verdict
		changes []change
	}{
		"fault, possible": {lastOwn(), said(isFault, layer.NetworkFirewall, possible, "blocked", "blocked", layer.InternetPath), []change{
			status(ok), status(isDegraded), status(inconclusive), named(layer.InternetPath), named(layer.DNS), anonymous,
			sure(""), sure(likely), sure(proven), without(layer.InternetPath), more(layer.DNS), more(layer.NetworkFirewall), more(layer.InternetPath),
			pcoip("ok"), pcoip("degraded"), pcoip("unknown"), dcv("ok"), dcv("degraded"),
			list("candidates of a decided verdict", func(v *Verdict) { v.Candidates = v.Suspects }),
			list("rivals that are not suspects", func(v *Verdict) { v.Rivals = []report.Suspect{{Layer: layer.DNS}} }),
		}},
		"fault, proven": {fault(layer.LocalFirewall, proven).noPCoIP(), said(isFault, layer.LocalFirewall, proven, "blocked", "ok"), []change{
			status(ok), status(isDegraded), status(inconclusive), named(layer.NetworkFirewall), anonymous, sure(likely), sure(possible), sure(""),
			more(layer.NetworkFirewall), pcoip("ok"), pcoip("unknown"), pcoip("degraded"), dcv("blocked"), dcv("unknown"), dcv("degraded"),
		}},
		"fault, likely": {fault(layer.DNS, likely), said(isFault, layer.DNS, likely, "unknown", "blocked"), []change{
			named(layer.Proxy), sure(proven), sure(possible), more(layer.NetworkFirewall), pcoip("ok"), dcv("degraded"),
		}},
		"degraded": {degraded(layer.NetworkFirewall).sure(proven, proven).states("ok", "degraded"), said(isDegraded, layer.NetworkFirewall, proven, "ok", "degraded"), []change{
			status(ok), status(isFault), status(inconclusive), named(layer.InternetPath), anonymous, sure(likely), sure(""), more(layer.InternetPath),
			pcoip("degraded"), pcoip("unknown"), pcoip("blocked"), dcv("ok"), dcv("unknown"), dcv("blocked"),
		}},
		"degraded, likely": {degraded(layer.InternetPath).sure(likely, likely), said(isDegraded, layer.InternetPath, likely, "ok", "degraded"), []change{sure(possible), sure(proven)}},
		"degraded by nobody known": {degraded(noLayer).rivals(layer.NetworkFirewall, layer.InternetPath), said(isDegraded, noLayer, "", "degraded", "ok", layer.InternetPath, layer.NetworkFirewall), []change{
			named(layer.NetworkFirewall), without(layer.NetworkFirewall), without(layer.InternetPath), more(layer.DNS), pcoip("blocked"), dcv("unknown"),
		}},
		"inconclusive": {outOfSight(), said(inconclusive, noLayer, "", "unknown", "unknown", beyondSight...), []change{
			status(ok), status(isDegraded), status(isFault), named(layer.StreamingGateway), sure(possible),
			without(layer.StreamingGateway), without(layer.IPAccessControl), without(layer.NetworkFirewall), without(layer.InternetPath), without(layer.LocalFirewall),
			more(layer.DNS), more(layer.AuthGateway), pcoip("blocked"), pcoip("ok"), dcv("blocked"), dcv("degraded"),
			list("no next test", func(v *Verdict) { v.NextTest = nil }),
			list("rivals of an undecided verdict", func(v *Verdict) { v.Rivals = v.Suspects }),
			list("fewer candidates than suspects", func(v *Verdict) { v.Candidates = v.Suspects[1:] }),
		}},
		"ok": {fine(), said(ok, noLayer, "", "ok", "ok"), []change{
			status(isDegraded), status(isFault), status(inconclusive), named(layer.DNS), sure(likely), more(layer.DNS), code(passesAsFarAsSeen),
			pcoip("unknown"), pcoip("degraded"), pcoip("blocked"), dcv("unknown"), dcv("degraded"), dcv("blocked"),
		}},
		"ok as far as seen": {asFarAsSeen(), withCode(said(ok, noLayer, "", "unknown", "ok"), passesAsFarAsSeen), []change{
			status(isDegraded), status(isFault), status(inconclusive), code("all_measured_passes"), more(layer.NetworkFirewall),
			pcoip("ok"), pcoip("blocked"), dcv("unknown"), dcv("blocked"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if wrong, accused := c.expect.Accepts(c.right); len(wrong) > 0 || accused {
				t.Fatalf("the right verdict is refused: %v, accused %v", wrong, accused)
			}
			for _, ch := range c.changes {
				v := c.right
				ch.to(&v)
				if wrong, _ := c.expect.Accepts(v); len(wrong) == 0 {
					t.Errorf("%s is accepted", ch.field)
				}
			}
		})
	}
}

func ownedBy(v Verdict, owner string) Verdict { v.Owner = owner; return v }

func saying(v Verdict, summary string) Verdict { v.Summary = summary; return v }

func withCode(v Verdict, code string) Verdict { v.Code = code; return v }

func TestExpectationTellsWrongFromFalselyAccused(t *testing.T) {
	either := fault(layer.DNS, possible).rivals(layer.Proxy).or(unclear(layer.DNS, layer.Proxy))
	for _, c := range []struct {
		name           string
		expect         Expect
		got            Verdict
		wrong, accused bool
	}{
		{"right", fault(layer.DNS, likely), said(isFault, layer.DNS, likely, "blocked", "unknown"), false, false},
		{"right, not sure enough", fault(layer.DNS, likely), said(isFault, layer.DNS, possible, "blocked", "unknown"), true, false},
		{"another layer", fault(layer.DNS, likely), said(isFault, layer.Proxy, likely, "blocked", "unknown"), true, true},
		{"healthy called faulty", fine(), said(isFault, layer.DNS, likely, "ok", "ok"), true, true},
		{"healthy called slow for somebody's sake", fine(), said(isDegraded, layer.DNS, likely, "ok", "ok"), true, true},
		{"healthy called slow", fine(), said(isDegraded, noLayer, "", "ok", "ok"), true, false},
		{"healthy called unclear", fine(), said(inconclusive, noLayer, "", "ok", "ok"), true, false},
		{"slow called broken", degraded(layer.DNS), said(isFault, layer.DNS, likely, "ok", "ok"), true, false},
		{"broken called slow", fault(layer.DNS, likely), said(isDegraded, layer.DNS, likely, "ok", "ok"), true, false},
		{"fault missed", fault(layer.DNS, likely), said(ok, noLayer, "", "ok", "ok"), true, false},
		{"unclear, but accused", unclear(layer.DNS), said(isFault, layer.DNS, likely, "unknown", "unknown"), true, true},
		{"the first of two answers", either, said(isFault, layer.DNS, possible, "blocked", "blocked", layer.Proxy), false, false},
		{"the second of two answers", either, said(inconclusive, noLayer, "", "unknown", "unknown", layer.Proxy, layer.DNS), false, false},
		{"a mixture of two answers", either, said(inconclusive, noLayer, "", "blocked", "blocked", layer.Proxy, layer.DNS), true, false},
		{"neither of two answers", either, said(isFault, layer.Proxy, possible, "blocked", "blocked", layer.DNS), true, true},
		{"sure enough to name no rival", either, said(isFault, layer.DNS, likely, "blocked", "blocked"), false, false},
		{"unsure, and no rival named", either, said(isFault, layer.DNS, possible, "blocked", "blocked"), true, false},
		{"the right owner", fault(layer.DNS, likely).ownedBy("user"), ownedBy(said(isFault, layer.DNS, likely, "blocked", "unknown"), "The User"), false, false},
		{"another owner", fault(layer.DNS, likely).ownedBy("user"), ownedBy(said(isFault, layer.DNS, likely, "blocked", "unknown"), "network team"), true, false},
		{"the right sentence", fault(layer.DNS, likely).saying("Umbrella"), saying(said(isFault, layer.DNS, likely, "blocked", "unknown"), "It is umbrella."), false, false},
		{"another sentence", fault(layer.DNS, likely).saying("Umbrella"), saying(said(isFault, layer.DNS, likely, "blocked", "unknown"), "It is."), true, false},
		{"nothing expected", Expect{}, said(ok, noLayer, "", "ok", "ok"), true, false},
	} {
		wrong, accused := c.expect.Accepts(c.got)
		if len(wrong) > 0 != c.wrong || accused != c.accused {
			t.Errorf("%s: %v, accused %v", c.name, wrong, accused)
		}
	}
}

// TestEveryScenarioStatesEverything is why nothing can be left to chance: a row
// that says nothing about a field would be right whatever the program says.
func TestEveryScenarioStatesEverything(t *testing.T) {
	for _, s := range slices.Concat(trials(), realTrials()) {
		for _, m := range s.Expect.Unstated() {
			t.Errorf("%s: %s", s.Name, m)
		}
	}
	for name, e := range map[string]Expect{
		"no answers":   {},
		"no status":    fine().each(func(a *Answer) { a.Status = "" }),
		"no layer":     fine().each(func(a *Answer) { a.Layers = nil }),
		"no PCoIP":     fine().each(func(a *Answer) { a.PCoIP = nil }),
		"no DCV":       fine().or(unclear().each(func(a *Answer) { a.DCV = nil })),
		"no bounds":    fault(layer.DNS, ""),
		"wrong bounds": fault(layer.DNS, likely).sure(proven, possible),
		"nobody's":     fault(noLayer, likely),
		"ok but":       fine().perhaps(layer.DNS),
		"who is it":    unclear().each(func(a *Answer) { a.Layers = []layer.ID{layer.DNS} }),
	} {
		if len(e.Unstated()) == 0 {
			t.Errorf("%s: nothing is missing", name)
		}
	}
}

func TestVerdictsOfOlderAndNewerProgramsAreRead(t *testing.T) {
	const older = `{"status":"inconclusive","layer":null,"confidence":null,"next_test":"x","suspects":[{"layer":"dns"},{"layer":"proxy"}],"protocols":{"pcoip":"unknown","dcv":"unknown"}}`
	newer := strings.Replace(older, `"suspects"`, `"candidates":[{"layer":"dns"},{"layer":"proxy"}],"rivals":[],"suspects"`, 1)
	for _, text := range []string{older, newer} {
		var v Verdict
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if wrong, _ := unclear(layer.DNS, layer.Proxy).Accepts(v); len(wrong) > 0 {
			t.Errorf("%v: %s", wrong, text)
		}
	}
	var v Verdict
	if err := json.Unmarshal([]byte(strings.Replace(newer, `{"layer":"dns"},`, "", 1)), &v); err != nil || len(v.Candidates) != 1 {
		t.Fatalf("%v, %v", v.Candidates, err)
	}
	if wrong, _ := unclear(layer.DNS, layer.Proxy).Accepts(v); len(wrong) == 0 {
		t.Error("fewer candidates than suspects are accepted")
	}
}
