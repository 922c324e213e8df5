package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// explainCommand says what a layer, a finding or a failure code means.
func explainCommand(env Env) *cobra.Command {
	return &cobra.Command{
		Use:     "explain LAYER|CODE",
		Short:   "Say what a layer, a finding or a failure code means, how it was decided and who fixes it",
		Example: "  wsdoctor explain network-firewall\n  wsdoctor explain port_silent",
		ValidArgs: func() []string {
			return topics()
		}(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return badInput("wsdoctor explain network-firewall, or a code from a report such as port_silent", "explain needs one layer or code, got %d", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return explain(env.words(), env.Stdout, args[0])
		},
	}
}

// topics is everything that can be explained.
func topics() []string {
	var list []string
	for _, l := range layer.All {
		list = append(list, string(l.ID))
	}
	for _, r := range diagnose.Causes() {
		list = append(list, r.Code)
	}
	for _, o := range finding.Outcomes() {
		list = append(list, o.Code)
	}
	for _, s := range diagnose.Symptoms() {
		list = append(list, s.ID, s.Code())
	}
	for _, e := range catalog.Endings() {
		list = append(list, e.ID)
	}
	for _, code := range probe.Failures {
		list = append(list, string(code))
	}
	slices.Sort(list)
	return list
}

func explain(c *words.Catalogue, w io.Writer, topic string) error {
	if l, known := layer.Get(layer.ID(topic)); known {
		return explainLayer(c, w, l)
	}
	if r, known := diagnose.CauseByCode(topic); known {
		return explainRule(c, w, r)
	}
	if o, known := finding.OutcomeByCode(topic); known {
		return paragraphs(w, o.Code+" (verdict)", c.Tell(o.Meaning()), c.Tell(o.Then()), fmt.Sprintf("Exit code of a run that ends so: %d.", o.Exit))
	}
	for _, s := range diagnose.Symptoms() {
		if topic == s.ID || topic == s.Code() {
			return explainSymptom(c, w, s)
		}
	}
	if e, known := catalog.EndingByID(topic); known {
		return paragraphs(w, e.ID+" (end of support)", e.Sentence(), e.Then, "As read on "+e.AsOf+" in the vendor's "+e.Source+".")
	}
	if code := probe.Failure(topic); code.Known() {
		return paragraphs(w, topic+" (failure code)", c.Tell(words.Sentence(words.Failure(code))))
	}
	hint := "wsdoctor explain network-firewall, or a code from a report"
	if near := spelling.Nearest(strings.ToLower(topic), topics()); len(near) > 0 {
		hint = "wsdoctor explain " + near[0]
	}
	return badInput(hint, "there is no layer or code %q", topic)
}

func explainLayer(c *words.Catalogue, w io.Writer, l layer.Layer) error {
	var codes []string
	for _, r := range diagnose.Causes() {
		if r.Layer == l.ID {
			codes = append(codes, "  "+r.Code+": "+c.Tell(r.Meaning()))
		}
	}
	list := []string{
		fmt.Sprintf("%s (%s)", c.Tell(words.Title(l.ID)), l.ID), c.Tell(words.About(l.ID)),
		"Who fixes it: " + c.Tell(words.Owner(l.Owner)) + ".", fmt.Sprintf("Exit code of a fault here: %d.", l.Exit),
	}
	if !l.Desk {
		list = append(list, "It cannot be seen from a desk; there it is named only by elimination and by what the client shows.")
	}
	if l.Inside() {
		list = append(list, "`wsdoctor inside`, run in the WorkSpace, looks at it; `wsdoctor merge` joins what it finds with the desk's report.")
	}
	if l.ID == layer.StreamingGateway || l.ID == layer.NetworkFirewall {
		ends, _ := catalog.EndingByID(catalog.PCoIPEnds)
		list = append(list, ends.Sentence()+" A network that is opened for PCoIP alone breaks then by itself: wsdoctor explain "+ends.ID+".")
	}
	if len(codes) > 0 {
		list = append(list, "Findings that name it:\n"+strings.Join(codes, "\n"))
	}
	return paragraphs(w, list...)
}

func explainRule(c *words.Catalogue, w io.Writer, r finding.Cause) error {
	l, _ := layer.Get(r.Layer)
	return paragraphs(w, r.Code, c.Tell(r.Meaning()), "How it is decided: "+c.Tell(r.Decided()),
		fmt.Sprintf("Layer: %s (%s). Who fixes it: %s.", c.Tell(words.Title(l.ID)), l.ID, c.Tell(words.Owner(l.Owner))), "What to do:\n"+numbered(c.All(r.Remedy())))
}

func explainSymptom(c *words.Catalogue, w io.Writer, s diagnose.Symptom) error {
	var layers []string
	for _, id := range s.Then {
		l, _ := layer.Get(id)
		layers = append(layers, fmt.Sprintf("  %s (%s), fixed by %s", c.Tell(words.Title(l.ID)), l.ID, c.Tell(words.Owner(l.Owner))))
	}
	return paragraphs(w, s.ID+" (symptom)", "The client shows: "+c.Tell(s.Shows())+".",
		"A symptom speaks only when everything measurable passes. "+c.Tell(s.Why()),
		"It then points to, in this order:\n"+strings.Join(layers, "\n"), "What to do:\n"+numbered(c.All(s.Remedy())), "Next test: "+c.Tell(s.Next()))
}

// numbered lists steps, each wrapped under its own beginning.
func numbered(steps []string) string {
	const indent = "     "
	var lines []string
	for i, s := range steps {
		wrapped := ansi.Wordwrap(s, explainWidth-len(indent), "")
		lines = append(lines, fmt.Sprintf("  %d. %s", i+1, strings.ReplaceAll(wrapped, "\n", "\n"+indent)))
	}
	return strings.Join(lines, "\n")
}

// explainWidth is a comfortable line on any terminal and in a ticket.
const explainWidth = 78

func paragraphs(w io.Writer, list ...string) error {
	for i, p := range list {
		if i > 0 {
			p = "\n" + p
		}
		if _, err := fmt.Fprintln(w, ansi.Wordwrap(p, explainWidth, "")); err != nil {
			return err
		}
	}
	return nil
}
