package account

import (
	"slices"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// recent is how long before the end of what CloudWatch was asked for something counts as
// what the user complains about.
const recent = 2 * time.Hour

// counted is what CloudWatch counted of one thing.
type counted struct {
	detail probe.MetricsDetail
	of     string
}

func (e evidence) counted(of string) []counted {
	var list []counted
	for _, o := range e.answers(probe.AccountMetrics) {
		if d, is := o.Detail.(probe.MetricsDetail); is {
			list = append(list, counted{d, of})
		}
	}
	return list
}

// points are the periods of a metric in the recent part of the window, the latest last.
func (c counted) points(metric string) []probe.Point {
	var list []probe.Point
	for _, s := range c.detail.Series {
		if s.Metric != metric || s.Of != c.of {
			continue
		}
		for _, p := range s.Points {
			if !p.At.Before(c.detail.Until.Add(-recent)) {
				list = append(list, p)
			}
		}
	}
	slices.SortFunc(list, func(a, b probe.Point) int { return a.At.Compare(b.At) })
	return list
}

// since sums what was counted from a moment on.
func (c counted) since(metric string, at time.Time) (sum float64) {
	for _, p := range c.points(metric) {
		if !p.At.Before(at) {
			sum += p.Value
		}
	}
	return sum
}

// lastOver is the last period in which something was counted, the zero time for none.
func (c counted) lastOver(metric string) (at time.Time) {
	for _, p := range c.points(metric) {
		if p.Value > 0 {
			at = p.At
		}
	}
	return at
}

// streamFails: users got past sign-in, for attempts are counted only after it, and none of
// the attempts since the last good one came to a picture. The account does not tell on
// which side of the gateway that ends.
var streamFails = rule{
	Code: "stream_fails", Layer: layer.StreamingHost, Part: countersPart,
	Needs: []probe.Operation{probe.AccountMetrics}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			for _, c := range e.counted(w.ID) {
				after := c.lastOver("ConnectionSuccess")
				if !after.IsZero() {
					after = after.Add(time.Second) // periods of the last good one are over
				}
				attempts, failures := c.since("ConnectionAttempt", after), c.since("ConnectionFailure", after)
				if attempts == 0 || failures == 0 {
					continue
				}
				counters := e.about(probe.AccountMetrics)
				f := found(finding.SeverityFault, counters, words.Say("cause.stream_fails.summary",
					words.Args{"workspace": w.ID, "attempts": int(attempts), "failures": int(failures)}))
				f.Said = false
				f.Rivals = e.streamRivals(w, counters)
				return f, true
			}
			return finding.Finding{}, false
		})
	},
}

// streamRivals is who else may keep a session from starting after sign-in, and who not.
func (e evidence) streamRivals(w probe.AccountWorkspace, counters []string) []finding.Rival {
	rival := func(id layer.ID) finding.Rival {
		return finding.Rival{Layer: id, Why: words.Say("cause.stream_fails." + string(id) + ".why")}
	}
	passed := func(id layer.ID) finding.Rival {
		r := rival(id)
		r.Out, r.By = counters, words.Say("cause.stream_fails.passed.by")
		return r
	}
	network := rival(layer.NetworkFirewall)
	network.Next = words.Say("cause.stream_fails.next")
	gateway := rival(layer.StreamingGateway)
	if e.othersPass(w) {
		gateway.Out, gateway.By = counters, words.Say("cause.stream_fails.others.by")
	}
	return []finding.Rival{
		network, gateway, rival(layer.WorkspaceFirewall), rival(layer.ManagementInterface),
		passed(layer.AuthGateway), passed(layer.IPAccessControl),
	}
}

// othersPass: at the same time others of the directory connected, and of those none failed.
func (e evidence) othersPass(w probe.AccountWorkspace) bool {
	for _, c := range e.counted(w.ID) {
		whole := counted{c.detail, w.DirectoryID}
		from := c.detail.Until.Add(-recent)
		if whole.since("ConnectionSuccess", from) > c.since("ConnectionSuccess", from) &&
			whole.since("ConnectionFailure", from) <= c.since("ConnectionFailure", from) {
			return true
		}
	}
	return false
}

// roundTripLimits are milliseconds above which a session is no good one, by the protocol
// of a WorkSpace (AWS WorkSpaces administration guide, network requirements).
var roundTripLimits = map[string]float64{"PCOIP": 200, "WSP": 250, "DCV": 250}

// roundTripLong: AWS measured long round trips in the user's own sessions. Which part of
// the way they are spent on, it does not see.
var roundTripLong = rule{
	Code: "session_round_trip_long", Layer: layer.InternetPath, Part: countersPart,
	Needs: []probe.Operation{probe.AccountMetrics}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			if len(w.Protocols) != 1 {
				return finding.Finding{}, false
			}
			limit, known := roundTripLimits[w.Protocols[0]]
			for _, c := range e.counted(w.ID) {
				points := c.points("InSessionLatency")
				slices.SortFunc(points, func(a, b probe.Point) int { return int(a.Value - b.Value) })
				if !known || len(points) < 3 || points[len(points)/2].Value <= limit {
					continue
				}
				args := words.Args{"ms": words.Milliseconds(points[len(points)/2].Value), "workspace": w.ID}
				f := found(finding.SeverityDegraded, e.about(probe.AccountMetrics),
					words.Say("cause.session_round_trip_long.summary", args))
				f.Said, f.Degrades = false, e.protocolsOf(w)
				for _, id := range []layer.ID{layer.LocalDevice, layer.NetworkFirewall} {
					f.Rivals = append(f.Rivals, finding.Rival{
						Layer: id, Why: words.Say("cause.session_round_trip_long." + string(id) + ".why"),
						Next: words.Say("cause.session_round_trip_long.next"),
					})
				}
				return f, true
			}
			return finding.Finding{}, false
		})
	},
}

// trustedDeviceRefused: clients of the directory could not show the certificate that it
// asks for. Whose they are, the count does not say.
var trustedDeviceRefused = rule{
	Code: "trusted_device_refused", Layer: layer.IPAccessControl, Part: accessPart,
	Needs: []probe.Operation{probe.AccountMetrics}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		for _, c := range e.counted(d.ID) {
			n := c.since("TrustedDeviceValidationFailure", c.detail.Until.Add(-recent))
			if !known || n == 0 {
				continue
			}
			f := found(finding.SeverityInfo, e.about(probe.AccountMetrics),
				words.Say("cause.trusted_device_refused.summary", words.Args{"directory": d.ID, "n": int(n)}))
			f.Where = resource(d.ID)
			if e.Symptom == notAuthorized {
				f.Severity, f.Said = finding.SeverityFault, false
				f.Rivals = []finding.Rival{{
					Layer: layer.IPAccessControl, Harmless: true,
					Why:  words.Say("cause.trusted_device_refused.others.why"),
					Next: words.Say("cause.trusted_device_refused.others.next"),
				}}
				return e.unlessConnected(f), true
			}
			return f, true
		}
		return finding.Finding{}, false
	},
}

// notAuthorized is the symptom of a client that the account does not let in.
const notAuthorized = "not-authorized"
