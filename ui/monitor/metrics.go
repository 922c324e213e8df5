package monitor

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// gauge is one number with what it is of. Every number of a run is one.
type gauge struct {
	name   string
	value  float64
	labels []label
}

type label struct{ name, value string }

// gauges are the numbers of a snapshot, those of one name together.
func (s Snapshot) gauges() []gauge {
	r, v := s.Report, s.Report.Verdict
	list := []gauge{{"info", 1, s.about()}, {"status", float64(severityOf(v)), nil}}
	add := func(name string, value float64, labels ...label) { list = append(list, gauge{name, value, labels}) }
	if v.Layer != nil {
		add("culprit", 1, culprit(v)...)
	}
	for _, l := range r.Layers {
		if n, told := layerValue[l.Status]; told {
			add("layer_status", float64(n), label{"layer", string(l.ID)})
		}
	}
	for _, p := range []struct {
		id    probe.Protocol
		state finding.ProtocolState
	}{{probe.PCoIP, v.Protocols.PCoIP}, {probe.DCV, v.Protocols.DCV}} {
		if n, told := protocolValue[p.state]; told {
			add("protocol_works", n, label{"protocol", string(p.id)})
		}
	}
	if s.Measures.RTTMS != nil {
		add("rtt_seconds", *s.Measures.RTTMS/1000)
	}
	if s.Measures.Sent > 0 {
		add("loss_ratio", s.loss())
	}
	for _, p := range s.Measures.Ports {
		if n, tells := open(p); tells {
			add("port_answers", float64(n), label{"transport", string(p.Transport)}, label{"port", strconv.Itoa(int(p.Port))})
		}
	}
	add("run_duration_seconds", r.Run.DurationMS/1000)
	add("run_timestamp_seconds", float64(r.Run.StartedAt.UnixMilli())/1000)
	return list
}

// help says what a gauge is, in English on every computer: collectors complain of a help
// that differs.
func (g gauge) help() string { return line(words.English().Tell(words.Say("monitor.help." + g.name))) }

// told are the labels that say something.
func (g gauge) told() []label {
	return slices.DeleteFunc(slices.Clone(g.labels), func(l label) bool { return l.value == "" })
}

// Metrics writes Prometheus' text format, version 0.0.4: for a file of the node
// exporter's textfile collector, which takes no timestamps, so that the time of the run is
// a metric of its own.
func Metrics(s Snapshot) []byte {
	var out bytes.Buffer
	last := ""
	for _, g := range s.gauges() {
		whole := metricPrefix + g.name
		if g.name != last {
			fmt.Fprintf(&out, "# HELP %s %s\n# TYPE %s gauge\n", whole, helpEscape.Replace(g.help()), whole)
			last = g.name
		}
		out.WriteString(whole)
		if told := g.told(); len(told) > 0 {
			var parts []string
			for _, l := range told {
				parts = append(parts, fmt.Sprintf(`%s="%s"`, l.name, labelEscape.Replace(line(l.value))))
			}
			out.WriteString("{" + strings.Join(parts, ",") + "}")
		}
		out.WriteString(" " + strconv.FormatFloat(g.value, 'g', -1, 64) + "\n")
	}
	return out.Bytes()
}

// metricPrefix begins the names of all metrics.
const metricPrefix = "wsdoctor_"

// layerValue counts a layer's state as the status is counted. What was not tested is
// not told.
var layerValue = map[finding.LayerStatus]int{
	finding.LayerOK: 0, finding.LayerDegraded: 1, finding.LayerFault: 2,
	finding.LayerSuspect: unknown, finding.LayerUnknown: unknown,
}

// protocolValue: of a protocol that is not known to work or not nothing is told.
var protocolValue = map[finding.ProtocolState]float64{
	finding.ProtocolOK: 1, finding.ProtocolDegraded: 1, finding.ProtocolBlocked: 0,
}

// about are the labels of the run: its own, and those that the user gave.
func (s Snapshot) about() []label {
	r := s.Report
	list := []label{
		{"version", r.Tool.Version}, {"vantage", string(r.Run.Vantage)}, {"region", r.Target.Region},
		{"protocol", string(r.Target.Protocol)}, {"demo", r.Run.Demo}, {"ticket", r.Ticket},
	}
	for _, key := range slices.Sorted(maps.Keys(r.Labels)) {
		name := "label_" + notInName.ReplaceAllString(key, "_")
		// Two keys may differ by what names cannot hold.
		if !slices.ContainsFunc(list, func(l label) bool { return l.name == name }) {
			list = append(list, label{name, r.Labels[key]})
		}
	}
	return list
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_]`)

// culprit are the labels of who is named.
func culprit(v report.Verdict) []label {
	list := []label{
		{"layer", named(v)}, {"code", v.Code}, {"confidence", string(v.Confidence)}, {"owner", v.Owner},
	}
	if w := v.Where; w != nil {
		list = append(list, label{"kind", string(w.Kind)}, label{"from", w.From}, label{"to", w.To},
			label{"ports", strings.Join(w.Ports, ",")}, label{"product", w.Product})
	}
	return list
}

// What the format wants escaped. A line break is none here any more.
var (
	helpEscape  = strings.NewReplacer(`\`, `\\`)
	labelEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)
