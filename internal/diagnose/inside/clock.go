package inside

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Kerberos refuses where clocks are further apart than five minutes (RFC 4120
// section 1.6; the default of Active Directory). A third clock counts as agreeing
// if it is within half of that.
const (
	kerberosSkew = 5 * time.Minute
	clockAgrees  = kerberosSkew / 2
)

// clock is one measured distance to somebody else's clock.
type clock struct {
	offset time.Duration // this computer's clock minus the other's
	o      probe.Observation
}

// clocks gives the domain controllers' clocks, or those of AWS.
func (e evidence) clocks(directory bool) []clock {
	var list []clock
	add := func(ms *float64, o probe.Observation) {
		if ms != nil {
			list = append(list, clock{time.Duration(*ms * float64(time.Millisecond)), o})
		}
	}
	for _, o := range facts.Where(e.Observations, facts.IsOK) {
		switch d := o.Detail.(type) {
		case probe.LDAPDetail:
			if directory {
				add(d.ClockMS, o)
			}
		case probe.NTPDetail:
			if directory {
				add(d.ClockMS, o)
			}
		}
		if d, isHTTP := o.Detail.(probe.HTTPDetail); isHTTP && !directory {
			add(d.ClockMS, o)
		}
	}
	return list
}

// spread gives the clocks that are further away than a limit, and those nearer.
func spread(list []clock, limit time.Duration) (far, near []clock) {
	for _, c := range list {
		if c.offset.Abs() > limit {
			far = append(far, c)
		} else {
			near = append(near, c)
		}
	}
	return far, near
}

func clockIDs(list []clock) []string {
	var seen []probe.Observation
	for _, c := range list {
		seen = append(seen, c.o)
	}
	return facts.IDs(seen...)
}

// skew are the arguments of a clock that is off: by how many minutes, and which way.
func skew(of time.Duration, more words.Args) words.Args {
	way := "behind"
	if of > 0 {
		way = "ahead"
	}
	args := words.Args{"minutes": fmt.Sprintf("%.0f", math.Abs(of.Minutes())), "way": way}
	maps.Copy(args, more)
	return args
}

// controllerClocks gives the domain controllers' clocks that are too far away, and
// the others. One whose answers contradict each other (LDAP, NTP) is in neither.
func (e evidence) controllerClocks() (far, near []clock) {
	far, near = spread(e.clocks(true), kerberosSkew)
	without := func(list, other []clock) []clock {
		return slices.DeleteFunc(slices.Clone(list), func(c clock) bool {
			return slices.ContainsFunc(other, func(o clock) bool { return o.o.Addr() == c.o.Addr() })
		})
	}
	return without(far, near), without(near, far)
}

// directoryClockWrong: the domain controllers' clock is off, and AWS's clocks
// agree with this computer's. The rival is this computer's own clock: then AWS's
// disagree with it too.
var directoryClockWrong = rule{
	Code:  "directory_clock_wrong",
	Layer: layer.DirectoryDNS,
	Part:  clockTherePart,
	Needs: []probe.Operation{probe.LDAPRoot, probe.NTPTime},
	Where: atControllers,
	Check: func(e evidence) (finding.Finding, bool) {
		far, near := e.controllerClocks()
		if len(far) == 0 {
			return finding.Finding{}, false
		}
		disagree, agree := spread(e.clocks(false), clockAgrees)
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: append(clockIDs(far), clockIDs(agree)...),
			Why:      words.Say("cause.directory_clock_wrong.why"),
		}
		f.Rivals = []finding.Rival{{
			Layer: layer.LocalDevice, Why: words.Say("cause.directory_clock_wrong.local-device.why"),
			By:   words.Say("cause.directory_clock_wrong.local-device.by"),
			Next: words.Say("cause.directory_clock_wrong.local-device.next"),
			Out:  append(clockIDs(near), clockIDs(agree)...),
		}}
		switch {
		case len(near) > 0:
			// Whoever is wrong, this WorkSpace agrees with a domain controller.
			f.Severity, f.Contradicts = finding.SeverityDegraded, clockIDs(near)
			f.Summary = words.Say(
				"cause.directory_clock_wrong.one",
				skew(far[0].offset, words.Args{"server": far[0].o.Addr()}),
			)
			return f, true
		case len(agree) > 0 && len(disagree) == 0:
			f.Summary = words.Say("cause.directory_clock_wrong.summary", skew(far[0].offset, nil))
			return f, true
		case len(agree)+len(disagree) > 0:
			return finding.Finding{}, false // its rival's business, or clocks that contradict each other
		}
		f.Summary = words.Say(
			"cause.directory_clock_wrong.no-third",
			words.Args{"minutes": fmt.Sprintf("%.0f", far[0].offset.Abs().Minutes())},
		)
		return f, true
	},
}

// workspaceClockWrong: this computer's clock disagrees with the domain
// controllers' and with AWS's, in the same direction.
var workspaceClockWrong = rule{
	Code:  "workspace_clock_wrong",
	Layer: layer.LocalDevice,
	Part:  clockHerePart,
	Needs: []probe.Operation{probe.LDAPRoot, probe.NTPTime, probe.HTTPGet},
	Where: here,
	Check: func(e evidence) (finding.Finding, bool) {
		far, near := spread(e.clocks(true), kerberosSkew)
		awsFar, awsNear := spread(e.clocks(false), kerberosSkew)
		theirs := finding.Rival{
			Layer: layer.DirectoryDNS, Why: words.Say("cause.workspace_clock_wrong.theirs.why"),
			By:   words.Say("cause.workspace_clock_wrong.theirs.by"),
			Next: words.Say("cause.workspace_clock_wrong.theirs.next"),
			Out:  clockIDs(far),
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: append(clockIDs(far), clockIDs(awsFar)...),
			Why:      words.Say("cause.workspace_clock_wrong.why"),
			Rivals:   []finding.Rival{theirs},
		}
		switch {
		case len(e.clocks(true)) == 0 && len(awsFar) > 1 && len(awsNear) == 0 && (awsFar[0].offset > 0) == (awsFar[len(awsFar)-1].offset > 0):
			f.Summary = words.Say("cause.workspace_clock_wrong.no-controller", skew(awsFar[0].offset, nil))
		case len(far) == 0 || len(awsFar) == 0 || len(near)+len(awsNear) > 0 || (far[0].offset > 0) != (awsFar[0].offset > 0):
			return finding.Finding{}, false
		default:
			f.Summary = words.Say("cause.workspace_clock_wrong.summary", skew(far[0].offset, nil))
		}
		return f, true
	},
}
