package merge

import (
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Reason says why two reports are not merged.
type Reason string

// The closed list of reasons.
const (
	Swapped           Reason = "swapped"      // the inside report came first
	TwoDesks          Reason = "two-desks"    // no report from inside
	TwoInsides        Reason = "two-insides"  // no report from a desk
	UnknownVantage    Reason = "vantage"      // one says neither desk nor workspace
	Interrupted       Reason = "interrupted"  // one of the runs did not finish
	DemoMixed         Reason = "demo"         // one of them is simulated
	OtherRegion       Reason = "region"       // they are about different Regions
	OtherDirectory    Reason = "directory"    // they are about different directories
	OtherRegistration Reason = "registration" // they were made with different registration codes
	OtherProtocol     Reason = "protocol"     // each looked at another streaming protocol alone
	TooFarApart       Reason = "age"          // more than MostApart lies between them
)

// Reasons lists every reason.
var Reasons = []Reason{
	Swapped,
	TwoDesks,
	TwoInsides,
	UnknownVantage,
	Interrupted,
	DemoMixed,
	OtherRegion,
	OtherDirectory,
	OtherRegistration,
	OtherProtocol,
	TooFarApart,
}

// Refusal is the error of two reports that do not belong together.
type Refusal struct {
	Reason  Reason
	Problem words.Text // without a full stop
	End     End        // whose report is to be made again; Neither if it takes both
}

func (e *Refusal) Error() string { return words.English().Tell(e.Problem) }

// objections are looked at in this order; the first that is raised is the error.
var objections = []func(desk, inside report.Report, o Options) *Refusal{
	vantages, unfinished, demos, regions, directories, registrations, protocols, installed, ages,
}

func refuse(desk, inside report.Report, o Options) error {
	for _, look := range objections {
		if e := look(desk, inside, o); e != nil {
			return e
		}
	}
	return nil
}

func vantages(desk, inside report.Report, _ Options) *Refusal {
	first, second := desk.Run.Vantage, inside.Run.Vantage
	for i, v := range []probe.Vantage{first, second} {
		if v != probe.AtDesk && v != probe.InWorkspace {
			return &Refusal{
				UnknownVantage,
				words.Say(
					"merge.refuse.vantage",
					words.Args{"end": string(Ends[i]), "place": strconv.Quote(string(v))},
				),
				Ends[i],
			}
		}
	}
	switch {
	case first == probe.InWorkspace && second == probe.AtDesk:
		return &Refusal{Swapped, words.Say("merge.refuse.swapped"), Neither}
	case first == probe.InWorkspace:
		return &Refusal{TwoInsides, words.Say("merge.refuse.insides"), Desk}
	case second == probe.AtDesk:
		return &Refusal{TwoDesks, words.Say("merge.refuse.desks"), Inside}
	}
	return nil
}

func unfinished(desk, inside report.Report, _ Options) *Refusal {
	for i, r := range []report.Report{desk, inside} {
		if r.Run.Interrupted {
			return &Refusal{
				Interrupted,
				words.Say("merge.refuse.interrupted", words.Args{"end": string(Ends[i])}),
				Ends[i],
			}
		}
	}
	return nil
}

func demos(desk, inside report.Report, _ Options) *Refusal {
	for i, r := range []report.Report{desk, inside} {
		if other := []report.Report{inside, desk}[i]; r.Run.Demo != "" && other.Run.Demo == "" {
			return &Refusal{
				DemoMixed,
				words.Say("merge.refuse.demo", words.Args{"end": string(Ends[i]), "demo": r.Run.Demo}),
				Ends[i],
			}
		}
	}
	return nil
}

func otherRegion(desk, inside report.Report) bool {
	return differ(desk.Target.Region, inside.Target.Region)
}

func regions(desk, inside report.Report, o Options) *Refusal {
	if a, b := desk.Target.Region, inside.Target.Region; otherRegion(desk, inside) && !o.AnyRegion {
		return &Refusal{OtherRegion, words.Say("merge.refuse.region", words.Args{"desk": a, "inside": b}), Neither}
	}
	return nil
}

func directories(desk, inside report.Report, _ Options) *Refusal {
	if a, b := desk.Target.DirectoryID, inside.Target.DirectoryID; differ(a, b) && comparable(desk, inside) {
		return &Refusal{
			OtherDirectory,
			words.Say("merge.refuse.directory", words.Args{"desk": a, "inside": b}),
			Neither,
		}
	}
	return nil
}

// registrations compares what a report keeps of the codes: the Region's part of
// an ordinary code, the whole of one that is a DNS name. A code of one kind says
// nothing about a code of the other.
func registrations(desk, inside report.Report, o Options) *Refusal {
	a, b := desk.Target.Registration, inside.Target.Registration
	if o.AnyRegion && otherRegion(desk, inside) {
		return nil // each Region has codes of its own
	}
	if differ(a, b) && comparable(desk, inside) && strings.Contains(a, "+") == strings.Contains(b, "+") {
		return &Refusal{
			OtherRegistration,
			words.Say("merge.refuse.registration", words.Args{"desk": a, "inside": b}),
			Neither,
		}
	}
	return nil
}

func protocols(desk, inside report.Report, _ Options) *Refusal {
	a, b := desk.Target.Protocol, inside.Target.Protocol
	if differ(a, b) && a != probe.BothProtocols && b != probe.BothProtocols {
		return &Refusal{OtherProtocol, words.Say("merge.refuse.protocol", words.Args{"desk": a, "inside": b}), Desk}
	}
	return nil
}

func ages(desk, inside report.Report, o Options) *Refusal {
	if far := apart(desk, inside); far > MostApart && !o.AnyAge {
		return &Refusal{
			TooFarApart,
			words.Say("merge.refuse.age", words.Args{"hours": hours(far), "most": int(MostApart.Hours())}),
			Neither,
		}
	}
	return nil
}

// differ: both are given, and not the same.
func differ[T ~string](a, b T) bool {
	return a != "" && b != "" && !strings.EqualFold(string(a), string(b))
}

// comparable: names stand in both reports as they are. A redacted one has
// pseudonyms of its own.
func comparable(a, b report.Report) bool { return !a.IsRedacted() && !b.IsRedacted() }

// apart is the time between the starts of the two runs. time.Time holds years
// that a Duration cannot: the difference then is the longest Duration.
func apart(a, b report.Report) time.Duration { return a.Run.StartedAt.Sub(b.Run.StartedAt).Abs() }

func hours(d time.Duration) words.Text {
	if d > 365*24*time.Hour {
		return words.Say("merge.years")
	}
	return words.Say("merge.hours", words.Args{"n": strconv.FormatFloat(d.Hours(), 'f', 1, 64)})
}
