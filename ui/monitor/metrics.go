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
)

// Metrics writes Prometheus' text format, version 0.0.4: for a file of the node
// exporter's textfile collector, which takes no timestamps, so that the time of the run is
// a metric of its own. What a metric is stands in English on every computer: collectors
// complain of a help that differs.
func Metrics(s Snapshot) []byte {
	var w metrics
	r, v := s.Report, s.Report.Verdict
	w.gauge("info", 1, s.about()...)
	w.gauge("status", float64(severityOf(v)))
	if v.Layer != nil {
		w.gauge("culprit", 1, culprit(v)...)
	}
	for _, l := range r.Layers {
		if n, told := layerValue[l.Status]; told {
			w.gauge("layer_status", float64(n), label{"layer", string(l.ID)})
		}
	}
	for _, p := range []struct {
		name  string
		state finding.ProtocolState
	}{{"pcoip", v.Protocols.PCoIP}, {"dcv", v.Protocols.DCV}} {
		if n, told := protocolValue[p.state]; told {
			w.gauge("protocol_works", n, label{"protocol", p.name})
		}
	}
	if s.Measures.RTTMS != nil {
		w.gauge("rtt_seconds", *s.Measures.RTTMS/1000)
	}
	if s.Measures.Sent > 0 {
		w.gauge("loss_ratio", s.loss())
	}
	for _, p := range s.Measures.Ports {
		if n, tells := open(p); tells {
			port := label{"port", strconv.Itoa(int(p.Port))}
			w.gauge("port_answers", float64(n), label{"transport", string(p.Transport)}, port)
		}
	}
	w.gauge("run_duration_seconds", r.Run.DurationMS/1000)
	w.gauge("run_timestamp_seconds", float64(r.Run.StartedAt.UnixMilli())/1000)
	return w.out.Bytes()
}

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
		{"protocol", r.Target.Protocol}, {"demo", r.Run.Demo}, {"ticket", r.Ticket},
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

type label struct{ name, value string }

// metrics collects lines. All of one metric stand together, below what it is.
type metrics struct {
	out  bytes.Buffer
	last string
}

// metricPrefix begins the names of all metrics.
const metricPrefix = "wsdoctor_"

func (m *metrics) gauge(name string, value float64, labels ...label) {
	if name != m.last {
		help := words.English().Tell(words.Say("monitor.help." + name))
		whole := metricPrefix + name
		fmt.Fprintf(&m.out, "# HELP %s %s\n# TYPE %s gauge\n", whole, helpEscape.Replace(line(help)), whole)
		m.last = name
	}
	m.out.WriteString(metricPrefix + name)
	between := "{"
	for _, l := range labels {
		if l.value == "" { // the same as none
			continue
		}
		fmt.Fprintf(&m.out, `%s%s="%s"`, between, l.name, labelEscape.Replace(line(l.value)))
		between = ","
	}
	if between == "," {
		m.out.WriteString("}")
	}
	m.out.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// What the format wants escaped. A line break is none here any more.
var (
	helpEscape  = strings.NewReplacer(`\`, `\\`)
	labelEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)
