package main

import (
	"reflect"

	"wsdoctor/internal/cli"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// document is a file that is written.
type document struct {
	file, id, title, about string
	of                     reflect.Type
}

var documents = []document{
	{"../report/schema.json", "urn:wsdoctor:report:v1", "wsdoctor report",
		"One run of wsdoctor. Fields are only ever added, so unknown ones must be passed over. Times are milliseconds.",
		reflect.TypeFor[report.Report]()},
	{"../merge/schema.json", "urn:wsdoctor:merge:v1", "wsdoctor merge",
		"One verdict from a report of the desk and one from inside the WorkSpace. " +
			"Fields are only ever added, so unknown ones must be passed over.",
		reflect.TypeFor[merge.Result]()},
	{"../cli/path_schema.json", "urn:wsdoctor:path:v1", "wsdoctor path",
		"One run of wsdoctor path. Fields are only ever added, so unknown ones must be passed over. Times are milliseconds.",
		reflect.TypeFor[cli.PathReport]()},
}

// named are the types that are not defined under their own name.
var named = map[reflect.Type]string{
	reflect.TypeFor[layer.ID]():      "layer",
	reflect.TypeFor[merge.Finding](): "end_finding",
	reflect.TypeFor[finding.Kind]():  "place_kind",
	reflect.TypeFor[sweep.Kind]():    "sweep_kind",
}

// closed is a type of texts whose values are a closed list.
type closed struct {
	values []string
	null   bool // its empty value is written as null
}

// closedLists are those types, and open those that hold words of the system's own too.
// A type of texts is one or the other; the walk refuses a third.
var (
	closedLists = map[reflect.Type]closed{
		reflect.TypeFor[layer.ID]():              {values: layers()},
		reflect.TypeFor[finding.Status]():        {values: texts(report.Statuses)},
		reflect.TypeFor[finding.LayerStatus]():   {values: texts(report.LayerStatuses)},
		reflect.TypeFor[finding.Confidence]():    {values: texts(report.Confidences)},
		reflect.TypeFor[finding.Severity]():      {values: texts(report.Severities)},
		reflect.TypeFor[finding.ProtocolState](): {values: texts(report.ProtocolStates)},
		reflect.TypeFor[finding.Seen]():          {values: texts(report.Seens)},
		reflect.TypeFor[finding.Kind]():          {values: texts(finding.Kinds)},
		reflect.TypeFor[sweep.Kind]():            {values: texts(sweep.Kinds)},
		reflect.TypeFor[probe.Vantage]():         {values: texts(probe.Vantages)},
		reflect.TypeFor[probe.Protocol]():        {values: texts(probe.ProtocolChoices)},
		reflect.TypeFor[probe.Outcome]():         {values: texts(probe.Outcomes)},
		reflect.TypeFor[probe.Operation]():       {values: texts(probe.Operations())},
		reflect.TypeFor[probe.Failure]():         {values: texts(probe.Failures), null: true},
		reflect.TypeFor[probe.Transport]():       {values: []string{"", string(probe.TCP), string(probe.UDP)}},
		reflect.TypeFor[probe.HopKind]():         {values: texts(probe.HopKinds)},
		reflect.TypeFor[probe.HelloSize]():       {values: []string{"", string(probe.HelloSmall), string(probe.HelloLarge)}},
		reflect.TypeFor[probe.HelloPhase]():      {values: append([]string{""}, texts(probe.HelloPhases)...)},
		reflect.TypeFor[probe.RootVerdict]():     {values: append([]string{""}, texts(probe.RootVerdicts)...)},
		reflect.TypeFor[probe.FirewallVerdict](): {values: texts(report.FirewallVerdicts)},
		reflect.TypeFor[probe.SoftwareKind]():    {values: texts(probe.SoftwareKinds)},
		reflect.TypeFor[merge.End]():             {values: texts(merge.Ends), null: true},
		reflect.TypeFor[merge.LegID]():           {values: texts(merge.LegIDs)},
		reflect.TypeFor[merge.LegStatus]():       {values: texts(merge.LegStatuses)},
	}
	open = map[reflect.Type]bool{reflect.TypeFor[probe.LinkKind](): true, reflect.TypeFor[probe.ServiceRole](): true}
)

// whole are the structs of which every field that is not left out when empty is there.
// The details are none of them: an operation that ended early has none, and older
// reports lack what was added later.
var whole = typesOf(
	report.Report{}, report.Tool{}, report.Run{}, report.Target{}, report.Verdict{}, report.Suspect{}, report.RuledOut{},
	report.Finding{}, finding.LayerState{}, finding.Protocols{}, finding.ProtocolsSeen{}, finding.Odds{}, finding.Where{},
	probe.Observation{}, probe.Redirected{},
	merge.Result{}, merge.Leg{}, merge.Also{}, merge.Source{}, merge.Finding{},
	cli.PathReport{}, cli.PathSweep{}, cli.PathHop{}, cli.PathVerdict{},
)

// later are fields of those that older reports lack.
var later = map[string]bool{"verdict.candidates": true, "verdict.rivals": true, "verdict.protocols_seen": true}

// minimum and the like are bounds.
func minimum(n int) object   { return object{{"minimum", n}} }
func minLength(n int) object { return object{{"minLength", n}} }
func about(s string) object  { return object{{"description", s}} }

// further is what a type does not say, by its name in the schema, and the type of a
// field, by the name of its struct and its own. After that of a list stands "[]" where
// it is said of every element.
const each = "[]"

var further = map[string]object{
	"report.schema":          {{"const", report.Schema}},
	"report.layers":          about("every layer, always, in this order"),
	"report.lang":            minLength(2),
	"report.labels":          labels,
	"report.ticket":          minLength(1),
	"report.egress":          about("the public addresses that this computer's traffic was seen to come from"),
	"report.egress[]":        minLength(1),
	"run.duration_ms":        minimum(0),
	"target.registration":    {{"description", "the tail is starred out"}, {"not", object{{"pattern", `\+[A-Za-z0-9]`}}}},
	"verdict.summary":        minLength(1),
	"finding.code":           minLength(1),
	"finding.summary":        minLength(1),
	"ruled_out.because":      minLength(1),
	"ruled_out.why":          minLength(1),
	"odds.probes":            minimum(1),
	"odds.control_probes":    minimum(0),
	"odds.control_lost":      minimum(0),
	"odds.control_loss":      {{"minimum", 0}, {"maximum", 1}},
	"odds.chance":            {{"minimum", 0}, {"maximum", 1}},
	"observation.id":         minLength(1),
	"observation.started_ms": minimum(0),
	"observation.elapsed_ms": minimum(0),
	"observation.late_ms":    minimum(0),
	"layer_state.findings":   about("indexes into findings"),
	"layer_state.findings[]": minimum(0),
	"where":                  about("the place of a culprit: one, or an interval from one device to another"),
	"where.from":             minLength(1),
	"where.to":               minLength(1),
	"where.also[]":           minLength(1),
	"where.product":          minLength(1),
	"where.ports[]":          {{"pattern", `^(tcp|udp)/\d+(-\d+)?$`}},

	"result.schema":      {{"const", merge.Schema}},
	"result.labels":      labels,
	"result.ticket":      minLength(1),
	"result.hours_apart": minimum(0),
	"result.also":        about("faults before what is odd or limited, the surer first, then those nearest to the user"),
	"result.legs":        about("every leg, in this order; the account's only where its report was joined"),
	"leg.title":          minLength(1),
	"leg.says":           minLength(1),
	"leg.inferred":       about("not measured: it follows from something that was"),
	"leg.adds":           about("what the other end adds"),
	"also.code":          minLength(1),
	"also.summary":       minLength(1),

	"path_report.schema":       {{"const", cli.PathSchema}},
	"path_report.host":         minLength(1),
	"path_report.port":         minimum(1),
	"path_report.control_port": minimum(1),
	"path_report.gaps[]":       minLength(1),
	"path_report.labels":       labels,
	"path_report.ticket":       minLength(1),
	"path_sweep.port":          minimum(1),
	"path_sweep.last":          minimum(0),
	"path_sweep.distance":      minimum(0),
	"path_sweep.packets":       minimum(0),
	"path_hop.ttl":             minimum(1),
	"path_hop.what":            minLength(1),
	"path_verdict":             {{"dependentRequired", object{{"layer", []any{"confidence"}}}}},
	"path_verdict.port":        minimum(1),
	"path_verdict.summary":     minLength(1),

	"connect_detail.spoke_ms":       minimum(0),
	"connect_detail.sent":           minimum(0),
	"connect_detail.answered":       minimum(0),
	"tls_detail.end_ms":             minimum(0),
	"tls_detail.mss":                minimum(0),
	"pauses_detail.pauses":          {{"maxItems", 100}},
	"pauses_detail.total_ms":        minimum(0),
	"pause.length_ms":               minimum(0),
	"product.name":                  minLength(1),
	"wireless_link.quality_percent": {{"minimum", 0}, {"maximum", 100}},
	"wireless_link.mhz":             minimum(0),
	"wireless_link.channel":         minimum(0),
	"name_policy_detail.rules":      minimum(0),
	"firewall_detail.later":         about("about the packets that follow a connection's first one, which is let in"),
	"firewall_detail.given":         about("the verdict on the conditions that until, at_rest and redirected tell"),
	"firewall_detail.until":         about("RFC 3339; when another verdict begins to hold, by this computer's clock"),
	"firewall_detail.at_rest":       about("limits that are held for not reached"),
	"firewall_detail.redirected":    about("where the rules send these packets instead, and let them in"),
}

var labels = object{{"description", "what whoever made it says of it"}, {"maxProperties", report.MostLabels}}

// instead is what a field is whose type says too little or too much.
var instead = map[string]object{
	"report.layers":           everyOne("layer_state", layers(), 0),
	"verdict.confidence":      nullable(ref("confidence")),
	"path_verdict.confidence": nullable(ref("confidence")),
	"finding.supports":        ref("ids"),
	"finding.contradicts":     ref("ids"),
	"ruled_out.by":            ref("ids"),
	"finding.args": {{"type", "array"}, {"items", object{
		{"type", "object"},
		{"properties", object{{"say", object{{"type", "string"}, {"minLength", 1}}}}},
		{"required", []any{"say"}},
	}}},
	"observation.detail": {{"type", "object"}},
	"sweep_detail.end":   {{"type", "string"}}, // empty where nothing was sent
	"path_sweep.end":     {{"type", "string"}, {"enum", list(append([]string{""}, texts(probe.HopKinds)...))}},
	"result.legs":        everyOne("leg", texts(merge.LegIDs), 1),
	"also.end":           ref("end"), // never null
	"end_finding.end":    ref("end"),
}

// when is what follows from a field's value.
var when = map[string][]any{
	"verdict": {
		implies("status", "ok", object{{"layer", null}, {"confidence", null}}),
		implies("status", "fault", object{{"layer", ref("layer")}, {"confidence", ref("confidence")}}),
		implies("status", "inconclusive", object{{"layer", null}, {"confidence", null}}),
	},
	"leg": {
		implies("status", "not-seen", object{{"proved_by", null}}).with(object{{"else", having("proved_by", ref("end"))}}),
		object{
			{"if", object{{"properties", object{{"id", constant(string(merge.GatewayEth0))}, {"status", constant("ok")}}}}},
			{"then", having("inferred", constant(true))},
		},
	},
	"observation": append([]any{
		implies("outcome", "ok", object{{"failure", null}}),
		implies("outcome", "failed", object{{"failure", ref("failure")}}),
	}, everyDetail()...),
}

// shared are definitions that are no type.
var shared = object{
	{"ids", object{
		{"type", "array"}, {"items", object{{"type", "string"}, {"minLength", 1}}}, {"description", "observation IDs"},
	}},
	{"port", object{{"type", "integer"}, {"minimum", 0}, {"maximum", 65535}}},
}

var null = object{{"type", "null"}}

func ref(name string) object { return object{{"$ref", "#/$defs/" + name}} }

func nullable(o object) object { return object{{"anyOf", []any{o, null}}} }

func constant(value any) object { return object{{"const", value}} }

func having(field string, o object) object { return object{{"properties", object{{field, o}}}} }

func implies(field, value string, then object) object {
	return object{{"if", having(field, constant(value))}, {"then", object{{"properties", then}}}}
}

func layers() (ids []string) {
	for _, l := range layer.All {
		ids = append(ids, string(l.ID))
	}
	return ids
}

// everyOne is a list that always holds one of each, in their order.
func everyOne(of string, ids []string, optional int) object {
	var items []any
	for _, id := range ids {
		items = append(items, object{{"allOf", []any{ref(of), having("id", constant(id))}}})
	}
	return object{{"type", "array"}, {"prefixItems", items}, {"items", false}, {"minItems", len(items) - optional}}
}

// everyDetail says for each operation what its detail is.
func everyDetail() (rules []any) {
	for _, op := range probe.Operations() {
		detail := ref(defined(reflect.TypeOf(probe.DetailOf(op))))
		rules = append(rules, implies("operation", string(op), object{{"detail", detail}}))
	}
	return rules
}

func typesOf(values ...any) map[reflect.Type]bool {
	set := map[reflect.Type]bool{}
	for _, v := range values {
		set[reflect.TypeOf(v)] = true
	}
	return set
}

func texts[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}
