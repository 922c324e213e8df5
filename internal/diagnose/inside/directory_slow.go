package inside

import (
	"fmt"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// directoryDNSSlow: a name server of the directory answers, and needs so long that
// whoever asks waits or gives up. That other ports of its computer answer at once leaves
// out the way to it.
var directoryDNSSlow = rule{
	Code:  "directory_dns_slow",
	Layer: layer.DirectoryDNS,
	Part:  slowServerPart,
	Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		var slow []probe.Observation
		var names []string
		least, quick := 0.0, false
		for _, s := range e.nameServers() {
			answers := facts.Where(s.udp, answeredDNS)
			if len(answers) == 0 {
				continue
			}
			first := slices.MinFunc(answers, func(a, b probe.Observation) int { return int(a.ElapsedMS - b.ElapsedMS) })
			if first.ElapsedMS-e.StoodStillMS() < facts.SlowAnswer { // then this computer may be what was slow
				quick = true
				continue
			}
			slow, names = append(slow, answers...), append(names, s.address)
			least = max(least, first.ElapsedMS)
		}
		if len(names) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			Supports: facts.IDs(slow...),
			Summary: words.Say(
				"cause.directory_dns_slow.all",
				words.Args{"servers": names, "seconds": fmt.Sprintf("%.1f", least/1000)},
			),
			Rivals: []finding.Rival{
				{
					Layer: layer.VPCEgress,
					Rare:  true,
					Why:   words.Say("cause.directory_dns_slow.vpcegress.why"),
					By:    words.Say("cause.directory_dns_slow.vpcegress.by"),
					Out: facts.IDs(
						facts.Where(
							e.reachedAt(names, nil),
							func(o probe.Observation) bool { return o.ElapsedMS < facts.SlowAnswer/slowerThanWay },
						)...),
				},
			},
		}
		if quick {
			f.Summary = f.Summary.Then(words.Say("cause.directory_dns_slow.summary"))
		}
		return f, true
	},
}

// slowerThanWay is how many round trips an answer must have taken at least, to have been
// thought about.
const slowerThanWay = 4
