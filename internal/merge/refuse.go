package merge

import (
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Reason says why reports are not merged.
type Reason string

// The closed list of reasons.
const (
	TwoDesks          Reason = "two-desks"    // two of them are of a desk
	TwoInsides        Reason = "two-insides"  // two of them are from inside
	TwoAccounts       Reason = "two-accounts" // two of them are of an account
	UnknownVantage    Reason = "vantage"      // one is of none of these
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
	TwoDesks,
	TwoInsides,
	TwoAccounts,
	UnknownVantage,
	Interrupted,
	DemoMixed,
	OtherRegion,
	OtherDirectory,
	OtherRegistration,
	OtherProtocol,
	TooFarApart,
}

// Refusal is the error of reports that do not belong together.
type Refusal struct {
	Reason  Reason
	Problem words.Text // without a full stop
	End     End        // whose report is to be made again; Neither if it takes several
}

func (e *Refusal) Error() string { return words.English().Tell(e.Problem) }

// objections are looked at in this order; the first that is raised is the error.
var objections = []func(reports, Options) *Refusal{
	unfinished, demos, regions, directories, registrations, protocols, installed, ages,
}

func refuse(in reports, o Options) error {
	for _, look := range objections {
		if e := look(in, o); e != nil {
			return e
		}
	}
	return nil
}

func unfinished(in reports, _ Options) *Refusal {
	for _, end := range in.ends() {
		if in[end].Run.Interrupted {
			return &Refusal{Interrupted, words.Say("merge.refuse.interrupted", words.Args{"end": string(end)}), end}
		}
	}
	return nil
}

func demos(in reports, _ Options) *Refusal {
	return in.pairs(func(a, b End) *Refusal {
		simulated := a
		switch x, y := in[a].Run.Demo, in[b].Run.Demo; {
		case (x == "") == (y == ""):
			return nil
		case x == "":
			simulated = b
		}
		args := words.Args{"end": string(simulated), "demo": in[simulated].Run.Demo}
		return &Refusal{DemoMixed, words.Say("merge.refuse.demo", args), simulated}
	})
}

func otherRegion(a, b report.Report) bool { return differ(a.Target.Region, b.Target.Region) }

// between are the arguments of a message about two reports that say different things.
func between[T ~string](a, b End, saysA, saysB T) words.Args {
	return words.Args{
		"one": words.Say("merge.report." + string(a)), "other": words.Say("merge.report." + string(b)),
		"a": string(saysA), "b": string(saysB),
	}
}

func regions(in reports, o Options) *Refusal {
	return in.pairs(func(a, b End) *Refusal {
		if !otherRegion(in[a], in[b]) || o.AnyRegion && a == Desk {
			return nil
		}
		args := between(a, b, in[a].Target.Region, in[b].Target.Region)
		return &Refusal{OtherRegion, words.Say("merge.refuse.region", args), Neither}
	})
}

func directories(in reports, _ Options) *Refusal {
	return in.pairs(func(a, b End) *Refusal {
		x, y := in[a].Target.DirectoryID, in[b].Target.DirectoryID
		if !differ(x, y) || !comparable(in[a], in[b]) {
			return nil
		}
		return &Refusal{OtherDirectory, words.Say("merge.refuse.directory", between(a, b, x, y)), Neither}
	})
}

// registrations compares what a report keeps of the codes: the Region's part of
// an ordinary code, the whole of one that is a DNS name. A code of one kind says
// nothing about a code of the other.
func registrations(in reports, o Options) *Refusal {
	return in.pairs(func(a, b End) *Refusal {
		x, y := in[a].Target.Registration, in[b].Target.Registration
		if o.AnyRegion && otherRegion(in[a], in[b]) || !differ(x, y) || !comparable(in[a], in[b]) ||
			strings.Contains(x, "+") != strings.Contains(y, "+") {
			return nil // each Region has codes of its own
		}
		return &Refusal{OtherRegistration, words.Say("merge.refuse.registration", between(a, b, x, y)), Neither}
	})
}

func protocols(in reports, _ Options) *Refusal {
	return in.pairs(func(a, b End) *Refusal {
		x, y := in[a].Target.Protocol, in[b].Target.Protocol
		if !differ(x, y) || x == probe.BothProtocols || y == probe.BothProtocols {
			return nil
		}
		return &Refusal{OtherProtocol, words.Say("merge.refuse.protocol", between(a, b, x, y)), a}
	})
}

func ages(in reports, o Options) *Refusal {
	if far := in.apart(); far > MostApart && !o.AnyAge {
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
