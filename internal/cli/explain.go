package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

// explainCommand says what a layer, a finding or a failure code means.
func explainCommand(env Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:               "explain [LAYER|CODE]",
		Short:             "cli.help.explain.short",
		Example:           "  wsdoctor explain\n  wsdoctor explain network-firewall\n  wsdoctor explain port_silent",
		ValidArgsFunction: oneOf(env.words(), topicNames),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return badInput(
					words.Say("cli.hint.explain-one", words.Args{"topic": args[0]}),
					words.Say("cli.bad.explain-one", words.Args{"n": len(args)}),
				)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listLayers(env, env.Stdout)
			}
			return explain(env, env.Stdout, args[0])
		},
	}
	offerPolicy(cmd)
	return cmd
}

// listLayers shows whoever names nothing what there is, and how to go on.
func listLayers(env Env, w io.Writer) error {
	c := env.words()
	if err := paragraphs(c, w, words.Say("explain.list")); err != nil {
		return err
	}
	tell := func(id string) string { return c.Tell(words.Say(id)) }
	lines := [][]string{{tell("explain.list-id"), tell("explain.list-what"), tell("explain.list-owner")}}
	for _, l := range layer.All {
		owner, _ := env.ownerSays(l)
		lines = append(lines, []string{string(l.ID), c.Tell(words.Title(l.ID)), c.Tell(owner)})
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := columns(w, lines); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\n%s\n\n", tell("explain.more")); err != nil {
		return err
	}
	return columns(w, [][]string{
		{"wsdoctor explain " + string(layer.DNS), tell("explain.more-layer")},
		{"wsdoctor explain port_silent", tell("explain.more-code")},
		{"wsdoctor explain black-screen", tell("explain.more-symptom")},
		{"wsdoctor explain " + architectureTopic, tell("explain.more-architecture")},
	})
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
	list = append(list, architectureTopic)
	slices.Sort(list)
	return slices.Compact(list) // some causes are called as the failure they rest on
}

// topicOf says in a few words what a topic is.
func topicOf(topic string) words.Text {
	if topic == architectureTopic {
		return words.Say("explain.more-architecture")
	}
	if l, known := layer.Get(layer.ID(topic)); known {
		return words.Title(l.ID)
	}
	if r, known := diagnose.CauseByCode(topic); known {
		return r.Meaning()
	}
	if o, known := finding.OutcomeByCode(topic); known {
		return o.Meaning()
	}
	for _, s := range diagnose.Symptoms() {
		if topic == s.ID || topic == s.Code() {
			return s.Shows()
		}
	}
	if e, known := catalog.EndingByID(topic); known {
		return e.Sentence()
	}
	return words.Failure(probe.Failure(topic))
}

// architectureTopic is how a WorkSpace is put together.
const architectureTopic = "architecture"

// explainArchitecture draws it as wide as the terminal is.
func explainArchitecture(env Env, w io.Writer) error {
	o := text.Options{Unicode: env.drawn(w), Bare: env.bareOn(w), Words: env.words(), Width: explainWidth}
	if width, isTerminal := terminal(w); isTerminal && width > 0 {
		o.Width = min(width, explainWidth)
	}
	_, err := io.WriteString(w, text.Architecture(o))
	return err
}

func explain(env Env, w io.Writer, topic string) error {
	if topic == architectureTopic {
		return explainArchitecture(env, w)
	}
	if l, known := layer.Get(layer.ID(topic)); known {
		return explainLayer(env, w, l)
	}
	if r, known := diagnose.CauseByCode(topic); known {
		return explainRule(env, w, r)
	}
	c := env.words()
	code := words.Args{"code": topic}
	if o, known := finding.OutcomeByCode(topic); known {
		return paragraphs(
			c,
			w,
			words.Say("explain.verdict", code),
			o.Meaning(),
			o.Then(),
			words.Say("explain.exit-verdict", words.Args{"code": o.Exit}),
		)
	}
	for _, s := range diagnose.Symptoms() {
		if topic == s.ID || topic == s.Code() {
			return explainSymptom(c, w, s)
		}
	}
	if e, known := catalog.EndingByID(topic); known {
		return paragraphs(
			c,
			w,
			words.Say("explain.end", code),
			e.Sentence(),
			e.Then(),
			words.Say("explain.as-read", words.Args{"day": e.AsOf}),
		)
	}
	if probe.Failure(topic).Known() {
		return paragraphs(c, w, words.Say("explain.failure", code), words.Sentence(words.Failure(topic)))
	}
	hint := words.Say("cli.hint.explain")
	if near := spelling.Nearest(strings.ToLower(topic), topics()); len(near) > 0 {
		hint = words.Raw("wsdoctor explain " + near[0])
	}
	return badInput(hint, words.Say("cli.bad.explain", words.Args{"topic": strconv.Quote(topic)}))
}

func explainLayer(env Env, w io.Writer, l layer.Layer) error {
	c := env.words()
	owner, steps := env.ownerSays(l)
	list := []words.Text{
		words.Say(
			"explain.layer-title",
			words.Args{"title": words.Title(l.ID), "code": string(l.ID)},
		),
		words.About(l.ID),
		words.Say(
			"explain.owner",
			words.Args{"owner": owner},
		),
		words.Say("explain.exit-layer", words.Args{"code": l.Exit}),
	}
	if len(steps) > 0 {
		list = append(list, under(c, words.Say("explain.todo"), numbered(steps)))
	}
	if !l.Desk {
		list = append(list, words.Say("explain.only-elimination"))
	}
	if l.Inside() {
		list = append(list, words.Say("explain.inside"))
	}
	if l.ID == layer.StreamingGateway || l.ID == layer.NetworkFirewall {
		ends, _ := catalog.EndingByID(catalog.PCoIPEnds)
		list = append(list, ends.Sentence().Then(words.Say("explain.pcoip", words.Args{"code": ends.ID})))
	}
	var findings []words.Text
	for _, r := range diagnose.Causes() {
		if r.Layer == l.ID {
			findings = append(
				findings,
				words.Say("explain.finding", words.Args{"code": r.Code, "meaning": r.Meaning()}),
			)
		}
	}
	if len(findings) > 0 {
		list = append(list, under(c, words.Say("explain.findings"), "  "+strings.Join(c.All(findings), "\n  ")))
	}
	return paragraphs(c, w, list...)
}

func explainRule(env Env, w io.Writer, r finding.Cause) error {
	c := env.words()
	l, _ := layer.Get(r.Layer)
	owner, steps := env.ownerSays(l)
	return paragraphs(
		c,
		w,
		words.Raw(r.Code),
		r.Meaning(),
		words.Say("explain.decided", words.Args{"how": r.Decided()}),
		words.Say("explain.layer", words.Args{"title": words.Title(l.ID), "code": string(l.ID), "owner": owner}),
		under(c, words.Say("explain.todo"), numbered(slices.Concat(steps, c.All(r.Remedy())))),
	)
}

func explainSymptom(c *words.Catalogue, w io.Writer, s diagnose.Symptom) error {
	var layers []words.Text
	for _, id := range s.Then {
		l, _ := layer.Get(id)
		layers = append(
			layers,
			words.Say(
				"explain.points-to-layer",
				words.Args{"title": words.Title(l.ID), "code": string(l.ID), "owner": words.Owner(l.Owner)},
			),
		)
	}
	return paragraphs(
		c,
		w,
		words.Say("explain.symptom", words.Args{"code": s.ID}),
		words.Say("explain.shows", words.Args{"what": s.Shows()}),
		words.Say(
			"explain.eliminates",
			words.Args{"why": s.Why()},
		),
		under(c, words.Say("explain.points-to"), "  "+strings.Join(c.All(layers), "\n  ")),
		under(
			c,
			words.Say("explain.todo"),
			numbered(c.All(s.Remedy())),
		),
		words.Say("explain.next", words.Args{"test": s.Next()}),
	)
}

// under is a heading and the lines of a list below it.
func under(c *words.Catalogue, heading words.Text, lines string) words.Text {
	return words.Raw(c.Tell(heading) + "\n" + lines)
}

// numbered lists steps, each wrapped under its own beginning.
func numbered(steps []string) string {
	const indent = "     "
	var lines []string
	for i, s := range steps {
		lines = append(
			lines,
			fmt.Sprintf("  %d. %s", i+1, strings.ReplaceAll(wrapped(s, explainWidth-len(indent)), "\n", "\n"+indent)),
		)
	}
	return strings.Join(lines, "\n")
}

// explainWidth is a comfortable line on any terminal and in a ticket.
const explainWidth = 78

func paragraphs(c *words.Catalogue, w io.Writer, list ...words.Text) error {
	for i, p := range list {
		said := wrapped(c.Tell(p), explainWidth)
		if i > 0 {
			said = "\n" + said
		}
		if _, err := fmt.Fprintln(w, said); err != nil {
			return err
		}
	}
	return nil
}

// wrapped breaks each line where it is too long: at spaces and hyphens, or as a
// language without spaces is broken.
func wrapped(s string, width int) string {
	if ansi.StringWidth(s) == utf8.RuneCountInString(strings.ReplaceAll(s, "\n", "")) {
		return ansi.Wordwrap(s, width, "")
	}
	var lines []string
	for _, line := range strings.Split(s, "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		for _, part := range text.Wrap(line, width-len(indent)) {
			lines = append(lines, indent+part)
		}
	}
	return strings.Join(lines, "\n")
}
