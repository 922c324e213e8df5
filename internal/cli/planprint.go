package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/words"
)

// writePlan is the plan as a table for people.
func writePlan(c *words.Catalogue, w io.Writer, p plan.Plan) error {
	var err error
	line := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	about := words.Args{"time": time.Duration(p.Timeout), "steps": len(p.Steps)}
	head := words.Say("plan.head", about)
	if p.Region != "" {
		about["region"] = p.Region
		head = words.Say("plan.head-region", about)
	}
	line("%s\n", c.Tell(head))
	wide := 8
	for _, s := range p.Steps {
		wide = max(wide, len(s.Probe))
	}
	for _, s := range p.Steps {
		line("%-*s %s\n%*s %s", wide, s.Probe, c.Tell(asked(s)), wide, "", c.Tell(s.Why.Then(condition(s))))
	}
	for _, n := range slices.Concat(p.Notes, p.Unasked, []words.Text{p.Read}) {
		if !n.Empty() {
			line("\n%s", c.Tell(n))
		}
	}
	return err
}

// asked is what a step asks, and by which way.
func asked(s plan.Step) words.Text {
	target := s.Target.String()
	switch {
	case s.Target.Proxy != "":
		return words.Say("plan.via.proxy", words.Args{"target": target, "proxy": s.Target.Proxy})
	case s.Target.LocalPort != 0:
		return words.Say("plan.via.port", words.Args{"target": target, "port": s.Target.LocalPort})
	case s.Target.Resolver != "":
		return words.Say("plan.via.resolver", words.Args{"target": target, "resolver": s.Target.Resolver})
	}
	return words.Raw(target)
}

// condition says when a step is done, if not always.
func condition(s plan.Step) words.Text {
	var only words.Text
	or := func(next words.Text) {
		if !only.Empty() {
			next = words.Say("plan.or", words.Args{"one": only, "other": next})
		}
		only = next
	}
	for _, c := range []struct {
		when      string
		endpoints []string
	}{{"dead", s.IfDead}, {"lost", s.IfLost}, {"near", s.IfNear}, {"flaky", s.IfFlaky}} {
		if len(c.endpoints) > 0 {
			or(words.Say("plan.if."+c.when, words.Args{"endpoints": strings.Join(c.endpoints, ", ")}))
		}
	}
	if len(s.InSite) > 0 {
		or(words.Say("plan.if.site", words.Args{"most": plan.MaxAddresses}))
	}
	if only.Empty() {
		return only
	}
	return words.Say("plan.only", words.Args{"conditions": only})
}
