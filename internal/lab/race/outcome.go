//go:build linux

package main

import (
	"slices"

	"wsdoctor/internal/lab"
)

// spread is a measured number over the rounds.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// over forms the spread. The median of an even number is the mean of the middle
// two; of none, everything is 0.
func over(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(values))
	half := len(s) / 2
	median := s[half]
	if len(s)%2 == 0 {
		median = (s[half-1] + s[half]) / 2
	}
	return spread{median, s[0], s[len(s)-1]}
}

// ratios divides what was measured in the same rounds.
func ratios(a, b []float64) []float64 {
	list := make([]float64, 0, len(a))
	for i := range min(len(a), len(b)) {
		list = append(list, a[i]/b[i])
	}
	return list
}

// row is one racer in one world. Times are milliseconds, memory is 10⁶ bytes.
type row struct {
	Name    string  `json:"name"`
	Checks  string  `json:"checks"`
	Root    bool    `json:"root"`
	Wall    spread  `json:"wall_ms"`
	First   spread  `json:"first_packet_ms"`
	Packets spread  `json:"packets_sent"`
	Memory  spread  `json:"memory_mb"`
	Ratio   float64 `json:"ratio"` // of wall times to the world's reference, median of the rounds

	// Verdicts are what each run said, of a program that gives a verdict.
	Verdicts []string `json:"verdicts,omitempty"`

	runs []lab.Result
}

func (r row) each(of func(lab.Result) float64) []float64 {
	list := make([]float64, len(r.runs))
	for i, run := range r.runs {
		list[i] = of(run)
	}
	return list
}

func wallOf(r lab.Result) float64    { return milliseconds(r.Wall) }
func firstOf(r lab.Result) float64   { return milliseconds(r.FirstPacket) }
func packetsOf(r lab.Result) float64 { return float64(r.TxPackets) }
func memoryOf(r lab.Result) float64  { return float64(r.MaxRSS) / 1e6 }

// heat is one world's race.
type heat struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Reference string `json:"reference"`
	Rows      []row  `json:"rows"`
}

func newHeat(w world, list []racer) heat {
	h := heat{Name: w.name, Title: w.title, Reference: w.reference}
	for _, r := range list {
		if r.proof[w.name] != nil {
			h.Rows = append(h.Rows, row{Name: r.name, Checks: r.checks, Root: r.root})
		}
	}
	return h
}

// row finds a racer's row; the zero row if it did not run here.
func (h heat) row(name string) row {
	for _, r := range h.Rows {
		if r.Name == name {
			return r
		}
	}
	return row{}
}

// sum turns the runs into numbers.
func (h *heat) sum() {
	reference := h.row(h.Reference).each(wallOf)
	for i := range h.Rows {
		r := &h.Rows[i]
		walls := r.each(wallOf)
		r.Wall, r.First = over(walls), over(r.each(firstOf))
		r.Packets, r.Memory = over(r.each(packetsOf)), over(r.each(memoryOf))
		r.Ratio = over(ratios(walls, reference)).Median
	}
}

// outcome is the whole race.
type outcome struct {
	Rounds     int    `json:"rounds"`
	Processors int    `json:"processors"`
	Nmap       string `json:"nmap"`
	RTT        spread `json:"rtt_ms"`
	Floor      spread `json:"floor_ms"` // four round trips
	Chain      spread `json:"chain_ms"` // the same chain, measured
	ToFloor    spread `json:"to_floor"` // wsdoctor's wall time in the healthy world, round by round
	ToChain    spread `json:"to_chain"`
	Worlds     []heat `json:"worlds"`
	Aims       []aim  `json:"aims"`

	rulers []ruler
}

// roundTrips of the chain: name, TCP, TLS 1.3, HTTP.
const roundTrips = 4

func (o outcome) world(name string) heat {
	for _, h := range o.Worlds {
		if h.Name == name {
			return h
		}
	}
	return heat{}
}

// conclude compares with the floor and judges the aims.
func (o *outcome) conclude() {
	var trips, floors, chains []float64
	for _, r := range o.rulers {
		trips, floors, chains = append(trips, r.RTT), append(floors, roundTrips*r.RTT), append(chains, r.Chain)
	}
	walls := o.world(healthy).row(wsdoctor).each(wallOf)
	o.RTT, o.Floor, o.Chain = over(trips), over(floors), over(chains)
	o.ToFloor, o.ToChain = over(ratios(walls, floors)), over(ratios(walls, chains))
	o.Aims = judge(*o)
}

func (o outcome) allMet() bool {
	return !slices.ContainsFunc(o.Aims, func(a aim) bool { return !a.Met })
}
