package monitor

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// OTLP writes the gauges of a snapshot as an OpenTelemetry collector takes them over HTTP:
// OTLP/JSON, an ExportMetricsServiceRequest. Units stand beside the names, and not in them.
func OTLP(s Snapshot) ([]byte, error) {
	r := s.Report
	ended := r.Run.StartedAt.Add(time.Duration(r.Run.DurationMS * float64(time.Millisecond)))
	at := strconv.FormatInt(ended.UnixNano(), 10)
	var metrics []otlpMetric
	for _, g := range s.gauges() {
		name, unit := otlpName(g.name)
		point := otlpPoint{attributes(g.told()), at, g.value}
		if n := len(metrics); n > 0 && metrics[n-1].Name == name {
			metrics[n-1].Gauge.Points = append(metrics[n-1].Gauge.Points, point)
			continue
		}
		metrics = append(metrics, otlpMetric{name, g.help(), unit, otlpGauge{[]otlpPoint{point}}})
	}
	return json.Marshal(otlpRequest{[]otlpResource{{
		Resource: otlpAttributes{attributes([]label{{"service.name", "wsdoctor"}, {"service.version", r.Tool.Version}})},
		Scopes:   []otlpScope{{otlpScopeName{"wsdoctor", r.Tool.Version}, metrics}},
	}}})
}

// otlpName gives a gauge's name and its unit (UCUM), as OpenTelemetry writes them.
func otlpName(name string) (whole, unit string) {
	unit = "1"
	if short, seconds := strings.CutSuffix(name, "_seconds"); seconds {
		name, unit = short, "s"
	}
	return "wsdoctor." + strings.ReplaceAll(strings.TrimSuffix(name, "_ratio"), "_", "."), unit
}

func attributes(list []label) []otlpAttribute {
	out := []otlpAttribute{}
	for _, l := range list {
		out = append(out, otlpAttribute{l.name, otlpText{line(l.value)}})
	}
	return out
}

// The parts of a request, as opentelemetry-proto's JSON names them.
type (
	otlpRequest struct {
		Resources []otlpResource `json:"resourceMetrics"`
	}
	otlpResource struct {
		Resource otlpAttributes `json:"resource"`
		Scopes   []otlpScope    `json:"scopeMetrics"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScope struct {
		Scope   otlpScopeName `json:"scope"`
		Metrics []otlpMetric  `json:"metrics"`
	}
	otlpScopeName struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	otlpMetric struct {
		Name        string    `json:"name"`
		Description string    `json:"description"`
		Unit        string    `json:"unit"`
		Gauge       otlpGauge `json:"gauge"`
	}
	otlpGauge struct {
		Points []otlpPoint `json:"dataPoints"`
	}
	otlpPoint struct {
		Attributes []otlpAttribute `json:"attributes"`
		At         string          `json:"timeUnixNano"`
		Value      float64         `json:"asDouble"`
	}
	otlpAttribute struct {
		Key   string   `json:"key"`
		Value otlpText `json:"value"`
	}
	otlpText struct {
		Text string `json:"stringValue"`
	}
)
