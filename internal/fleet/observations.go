package fleet

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"wsdoctor/probe"
)

// observations keeps of a report's observations what a record needs, while they are
// read: a report has a hundred of them.
type observations struct {
	gateways map[string]string // of the default routes and those to streaming ports: the first device, by endpoint
	source   string
	hops     []string          // devices that some sweep heard of
	ports    map[string]string // worst to best: silent, failed, ok
	egress   []string
	rtt      float64
	sent     int
	answered int
}

// one is what an observation says of the ways, before and beside its detail.
type one struct {
	operation probe.Operation
	endpoint  string
	target    string
	outcome   probe.Outcome
}

// UnmarshalJSONFrom reads the list. Details come after the operation that says what
// they are; where they do not, they are passed over.
func (o *observations) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '{' {
		if err := o.read(d); err != nil {
			return err
		}
	}
	for d.PeekKind() != ']' {
		if err := d.SkipValue(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (o *observations) read(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	var this one
	for d.PeekKind() != '}' {
		key, err := d.ReadToken()
		if err != nil {
			return err
		}
		name := key.String()
		switch known := fields[name]; {
		case name == "detail":
			err = o.detail(d, this)
		case known == nil || d.PeekKind() != '"':
			err = d.SkipValue()
		default:
			var value jsontext.Token
			value, err = d.ReadToken()
			known(&this, value.String())
		}
		if err != nil {
			return err
		}
	}
	o.port(this)
	_, err := d.ReadToken()
	return err
}

var fields = map[string]func(*one, string){
	"operation": func(o *one, s string) { o.operation = probe.Operation(s) },
	"endpoint":  func(o *one, s string) { o.endpoint = s },
	"target":    func(o *one, s string) { o.target = s },
	"outcome":   func(o *one, s string) { o.outcome = probe.Outcome(s) },
}

// detail reads what its operation says that it is.
func (o *observations) detail(d *jsontext.Decoder, this one) error {
	read := details[this.operation]
	if read == nil || d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return read(o, d, this)
}

var details = map[probe.Operation]func(*observations, *jsontext.Decoder, one) error{
	probe.HostRoute:   (*observations).route,
	probe.PathSweep:   (*observations).sweep,
	probe.TCPConnect:  (*observations).connect,
	probe.STUNBinding: (*observations).exchange,
	probe.HTTPGet:     (*observations).seenAs,
}

func (o *observations) route(d *jsontext.Decoder, _ one) error {
	var v struct {
		Gateway  string `json:"gateway"`
		Source   string `json:"source"`
		Endpoint string `json:"endpoint"`
	}
	if err := json.UnmarshalDecode(d, &v); err != nil {
		return err
	}
	if v.Gateway != "" && (v.Endpoint == "" || streams(v.Endpoint)) {
		if o.gateways == nil {
			o.gateways = map[string]string{}
		}
		o.gateways[v.Endpoint] = v.Gateway
	}
	if v.Source != "" && (o.source == "" || v.Endpoint == "") {
		o.source = v.Source
	}
	return nil
}

func (o *observations) sweep(d *jsontext.Decoder, _ one) error {
	var v struct {
		Hops []struct {
			Kind probe.HopKind `json:"kind"`
			From string        `json:"from"`
		} `json:"hops"`
	}
	if err := json.UnmarshalDecode(d, &v); err != nil {
		return err
	}
	for _, h := range v.Hops {
		if h.Kind == probe.HopExpired && h.From != "" && !slices.Contains(o.hops, h.From) {
			o.hops = append(o.hops, h.From)
		}
	}
	return nil
}

func (o *observations) connect(d *jsontext.Decoder, this one) error {
	var v struct {
		RTTMS float64 `json:"rtt_ms"`
	}
	if err := json.UnmarshalDecode(d, &v); err != nil {
		return err
	}
	if this.outcome != probe.OK && this.outcome != "" || v.RTTMS <= 0 ||
		!streams(this.endpoint) && !strings.Contains(this.endpoint, "broker") {
		return nil
	}
	if o.rtt == 0 || v.RTTMS < o.rtt {
		o.rtt = v.RTTMS
	}
	return nil
}

func (o *observations) exchange(d *jsontext.Decoder, this one) error {
	var v struct {
		Sent     int    `json:"sent"`
		Answered int    `json:"answered"`
		Mapped   string `json:"mapped"`
	}
	if err := json.UnmarshalDecode(d, &v); err != nil {
		return err
	}
	if at, err := netip.ParseAddrPort(v.Mapped); err == nil && this.endpoint == "stun" {
		o.leaves(at.Addr().String())
	}
	if v.Answered > 0 && v.Sent > o.sent && !streams(this.endpoint) {
		o.sent, o.answered = v.Sent, v.Answered
	}
	return nil
}

func (o *observations) seenAs(d *jsontext.Decoder, this one) error {
	var v struct {
		Egress string `json:"egress"`
	}
	if this.endpoint != "address-echo" {
		return d.SkipValue()
	}
	if err := json.UnmarshalDecode(d, &v); err != nil {
		return err
	}
	o.leaves(v.Egress)
	return nil
}

// leaves keeps an address that this desk's traffic was seen to come from, for reports
// that do not say it themselves.
func (o *observations) leaves(address string) {
	if a, err := netip.ParseAddr(address); err == nil && !local(a) && !slices.Contains(o.egress, address) {
		o.egress = append(o.egress, address)
	}
}

// streams: the endpoint is a streaming port, of the health hosts or a named gateway.
func streams(endpoint string) bool {
	name := strings.TrimPrefix(strings.TrimSuffix(endpoint, "-v6"), "gateway-")
	return name == "pcoip-tcp" || name == "pcoip-udp" || name == "dcv-tcp" || name == "dcv-udp"
}

// portOutcomes from the worst to the best.
var portOutcomes = []string{string(probe.Silent), string(probe.Failed), string(probe.OK)}

// port keeps the best that became of a port that a client needs.
func (o *observations) port(this one) {
	switch this.operation {
	case probe.TCPConnect, probe.STUNBinding, probe.QUICVersion:
	default:
		return
	}
	at := slices.Index(portOutcomes, string(this.outcome))
	_, port, _ := cutLast(this.target, ":")
	number, transport, ok := strings.Cut(port, "/")
	if at < 0 || !ok || !streams(this.endpoint) && this.endpoint != "broker" {
		return
	}
	if o.ports == nil {
		o.ports = map[string]string{}
	}
	key := transport + "/" + number
	if at > slices.Index(portOutcomes, o.ports[key]) {
		o.ports[key] = string(this.outcome)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// into writes what was kept.
func (o observations) into(r *Record) {
	r.Source, r.RTTMS, r.Ports = o.source, o.rtt, o.ports
	if o.sent > 0 {
		r.Loss = 1 - float64(o.answered)/float64(o.sent)
	}
	for _, endpoint := range []string{"pcoip-tcp", "dcv-tcp", "pcoip-udp", "dcv-udp", ""} {
		if g := o.gateways[endpoint]; g != "" && !slices.Contains(r.Devices, g) {
			r.Devices = append(r.Devices, g)
		}
	}
	for _, h := range o.hops {
		if !slices.Contains(r.Devices, h) {
			r.Devices = append(r.Devices, h)
		}
	}
	if len(r.Egress) == 0 {
		r.Egress = o.egress
	}
}
