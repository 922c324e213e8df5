package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// answersAstray: what a service on eth0 answers somebody in eth0's own network would
// leave by another interface, or not at all, by the kernel's word about packets with
// eth0's address as sender. Its rival, a network that lies over eth0's, shows for
// every sender; a session that stands shows that answers arrive after all.
var answersAstray = rule{
	Code:  "eth0_answers_astray",
	Layer: layer.ManagementInterface,
	Part:  eth0AnswersPart,
	Needs: []probe.Operation{probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found {
			return finding.Finding{}, false
		}
		var loss finding.Effect
		var leaving []string
		var ports, ways words.List
		for _, a := range e.answersFrom(eth0.Name) {
			p, watched := streamPortOf(a.Transport, a.Port)
			if a.Through == eth0.Name || !watched || p.protocol != "" && len(e.connections(p.protocol)) > 0 {
				continue
			}
			row := e.takesAway(p)
			if row.Severity() == finding.SeverityInfo {
				continue
			}
			loss.Blocks, loss.Degrades = union(loss.Blocks, row.Blocks), union(loss.Degrades, row.Degrades)
			ports = append(ports, portText(a.Transport, a.Port, a.Port))
			if !slices.Contains(leaving, a.Through) {
				leaving = append(leaving, a.Through)
				ways = append(ways, words.Raw(a.Through).Or(words.Say("inside.no-interface")))
			}
		}
		if len(ports) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: loss.Severity(),
			Said:     true,
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost), e.cardsSwapped(eth0)},
			Supports: facts.IDs(e.Of(probe.HostManagement)...),
			Blocks:   loss.Blocks,
			Degrades: loss.Degrades,
			Summary: words.Say(
				"cause.eth0_answers_astray.summary",
				words.Args{"eth0": called(eth0.Name, "eth0"), "ways": ways, "loss": consequence(loss), "ports": ports},
			),
		}, true
	},
}

// answersFrom are the ways of answers from an interface, where they were asked for.
func (e evidence) answersFrom(eth0 string) (list []probe.Answer) {
	for _, o := range e.Of(probe.HostManagement) {
		if d := facts.Detail[probe.ManagementDetail](o); len(d.Interfaces) > 0 && d.Interfaces[0].Name == eth0 {
			list = slices.Concat(list, d.Answers)
		}
	}
	return list
}
