package labels

import (
	"fmt"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/words"
)

// At is the message that says at which end the layer of a joined verdict is, where its
// title does not: a layer of the desk's list can be the WorkSpace's own.
func At(r merge.Result) string {
	if r.DecidedBy != merge.Inside || r.Verdict.Layer == nil {
		return ""
	}
	if l, known := layer.Get(*r.Verdict.Layer); known && !l.Inside() {
		return "ui.here-workspace"
	}
	return ""
}

// Leg is a leg's state, and whose report shows it.
func (in In) Leg(l merge.Leg) string {
	so := words.Args{"title": l.Title, "state": in.Say("ui.leg-state." + string(l.Status)), "end": in.End(l.ProvedBy)}
	switch {
	case l.ProvedBy == merge.Neither:
		return in.Say("ui.leg", so)
	case l.Inferred:
		return in.Say("ui.leg-inferred", so)
	}
	return in.Say("ui.leg-by", so)
}

// End names one end's report.
func (in In) End(e merge.End) string {
	if e == merge.Neither {
		return ""
	}
	return in.Say("ui.end." + string(e))
}

// Between writes how far apart two runs are.
func (in In) Between(hours float64) string {
	if minutes := hours * 60; minutes < 120 {
		return in.Say("ui.minutes-apart", words.Args{"n": fmt.Sprintf("%.0f", minutes)})
	}
	return in.Say("ui.hours-apart", words.Args{"n": fmt.Sprintf("%.1f", hours)})
}

// JoinedOrigin tells which reports were joined.
func (in In) JoinedOrigin(r merge.Result) string {
	region := r.Region
	if region == "" {
		region = in.Say("ui.no-region")
	}
	parts := []string{region}
	for _, end := range merge.Ends {
		if s := r.Source(end); s != nil {
			parts = append(parts, in.Say("ui.run-of."+string(end), words.Args{"time": Moment(s.Run.StartedAt)}))
		}
	}
	return Joined(" · ", append(parts, in.Between(r.HoursApart), "wsdoctor "+r.Tool.Version)...)
}
