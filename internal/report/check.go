package report

import (
	"fmt"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// The closed lists of a report, as the schema has them too; a test keeps the
// two alike.
var (
	Statuses = []finding.Status{
		finding.StatusOK,
		finding.StatusDegraded,
		finding.StatusFault,
		finding.StatusInconclusive,
	}
	LayerStatuses = []finding.LayerStatus{
		finding.LayerOK,
		finding.LayerDegraded,
		finding.LayerFault,
		finding.LayerSuspect,
		finding.LayerUnknown,
		finding.LayerNotTested,
	}
	Confidences = []finding.Confidence{finding.Proven, finding.Likely, finding.Possible}
	Severities  = []finding.Severity{
		finding.SeverityFault,
		finding.SeverityDegraded,
		finding.SeveritySuspect,
		finding.SeverityInfo,
	}
	FirewallVerdicts = []probe.FirewallVerdict{
		"",
		probe.FirewallAccept,
		probe.FirewallDrop,
		probe.FirewallReject,
		probe.FirewallUnknown,
		probe.FirewallOff,
	}
	Seens          = []finding.Seen{finding.SeenHost, finding.SeenLastRouter, finding.SeenNothing}
	ProtocolStates = []finding.ProtocolState{
		finding.ProtocolOK,
		finding.ProtocolDegraded,
		finding.ProtocolBlocked,
		finding.ProtocolUnknown,
	}
)

// maxMS is the largest time a report may hold, in ms: about twelve days.
const maxMS = 1e9

// checker collects the first thing that is wrong.
type checker struct{ err error }

func (c *checker) fail(path string, problem words.Text) {
	if c.err == nil {
		c.err = &ParseError{path, problem, hintNewer}
	}
}

func member[T ~string](c *checker, list []T, v T, path string) {
	if !slices.Contains(list, v) {
		c.fail(path, words.Say("report-file.unknown", words.Args{"value": quote(string(v))}))
	}
}

func (c *checker) layer(id layer.ID, path string) {
	if _, known := layer.Get(id); !known {
		c.fail(path, words.Say("report-file.unknown-layer", words.Args{"value": quote(string(id))}))
	}
}

func (c *checker) ms(v float64, path string) {
	if v < 0 || v > maxMS {
		c.fail(path, words.Say("report-file.no-time", words.Args{"value": fmt.Sprint(v)}))
	}
}

// check holds a decoded report against the closed lists. It does not insist on
// every layer being there: the judge writes them anew.
func check(r Report) error {
	c := &checker{}
	c.ms(r.Run.DurationMS, "run.duration_ms")
	c.verdict(r.Verdict)
	if len(r.Labels) > MostLabels {
		c.fail("labels", words.Say("report-file.most", words.Args{"most": MostLabels}))
	}
	for key := range r.Labels {
		if !labelKey.MatchString(key) {
			c.fail("labels", words.Say("report-file.no-key", words.Args{"value": quote(key)}))
		}
	}
	for i, l := range r.Layers {
		path := fmt.Sprintf("layers[%d]", i)
		c.layer(l.ID, path+".id")
		member(c, LayerStatuses, l.Status, path+".status")
		for _, f := range l.Findings {
			if f < 0 || f >= len(r.Findings) {
				c.fail(path+".findings", words.Say("report-file.no-finding", words.Args{"n": f}))
			}
		}
	}
	for i, f := range r.Findings {
		path := fmt.Sprintf("findings[%d]", i)
		c.layer(f.Layer, path+".layer")
		member(c, Severities, f.Severity, path+".severity")
		member(c, Confidences, f.Confidence, path+".confidence")
		c.where(f.Where, path+".where")
	}
	for i, o := range r.Observations {
		c.observation(o, fmt.Sprintf("observations[%d]", i))
	}
	return c.err
}

func (c *checker) verdict(v Verdict) {
	member(c, Statuses, v.Status, "verdict.status")
	if v.Layer != nil {
		c.layer(*v.Layer, "verdict.layer")
	}
	if v.Confidence != "" {
		member(c, Confidences, v.Confidence, "verdict.confidence")
	}
	c.where(v.Where, "verdict.where")
	for i, s := range v.Suspects {
		path := fmt.Sprintf("verdict.suspects[%d]", i)
		c.layer(s.Layer, path+".layer")
		member(c, Confidences, s.Confidence, path+".confidence")
	}
	member(c, ProtocolStates, v.Protocols.PCoIP, "verdict.protocols.pcoip")
	member(c, ProtocolStates, v.Protocols.DCV, "verdict.protocols.dcv")
}

func (c *checker) where(w *finding.Where, path string) {
	if w != nil {
		member(c, finding.Kinds, w.Kind, path+".kind")
	}
}

func (c *checker) observation(o probe.Observation, path string) {
	member(c, probe.Outcomes, o.Outcome, path+".outcome")
	c.ms(o.StartedMS, path+".started_ms")
	c.ms(o.ElapsedMS, path+".elapsed_ms")
	if o.Failure != "" && !o.Failure.Known() {
		c.fail(path+".failure", words.Say("report-file.unknown-failure", words.Args{"value": quote(string(o.Failure))}))
	}
	switch d := o.Detail.(type) {
	case probe.FirewallDetail:
		member(c, FirewallVerdicts, d.Verdict, path+".detail.verdict")
		member(c, FirewallVerdicts, d.Given, path+".detail.given")
		member(c, FirewallVerdicts, d.Then, path+".detail.then")
	case probe.ManagementDetail:
		for i, a := range d.Answers {
			if a.Failure != "" && !a.Failure.Known() {
				c.fail(
					fmt.Sprintf("%s.detail.answers[%d].failure", path, i),
					words.Say("report-file.unknown-failure", words.Args{"value": quote(string(a.Failure))}),
				)
			}
		}
	}
}
