package inside

import (
	"fmt"
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

// skewText writes "7 minutes behind".
func skewText(of time.Duration, late, early string) string {
	word := late
	if of > 0 {
		word = early
	}
	return fmt.Sprintf("%.0f minutes %s", math.Abs(of.Minutes()), word)
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
	Code: "directory_clock_wrong", Layer: layer.DirectoryDNS, Part: clockTherePart, Needs: []probe.Operation{probe.LDAPRoot, probe.NTPTime},
	Check: func(e evidence) (finding.Finding, bool) {
		far, near := e.controllerClocks()
		if len(far) == 0 {
			return finding.Finding{}, false
		}
		disagree, agree := spread(e.clocks(false), clockAgrees)
		f := finding.Finding{Severity: finding.SeverityFault, Supports: append(clockIDs(far), clockIDs(agree)...), Why: words.Say("cause.directory_clock_wrong.why")}
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
			f.Summary = words.Raw(fmt.Sprintf("The clock of the domain controller %s is %s this WorkSpace's; Kerberos allows five minutes. Another domain controller's agrees with this WorkSpace's.", far[0].o.Addr(), skewText(far[0].offset, "ahead of", "behind")))
			return f, true
		case len(agree) > 0 && len(disagree) == 0:
			f.Summary = words.Raw(fmt.Sprintf("The domain controllers' clock is %s this WorkSpace's; Kerberos allows five minutes. AWS's clocks agree with this WorkSpace's.", skewText(far[0].offset, "ahead of", "behind")))
			return f, true
		case len(agree)+len(disagree) > 0:
			return finding.Finding{}, false // its rival's business, or clocks that contradict each other
		}
		f.Summary = words.Raw(fmt.Sprintf("This WorkSpace's clock and the domain controllers' are %.0f minutes apart; Kerberos allows five minutes. No third clock could be asked.", far[0].offset.Abs().Minutes()))
		return f, true
	},
}

// workspaceClockWrong: this computer's clock disagrees with the domain
// controllers' and with AWS's, in the same direction.
var workspaceClockWrong = rule{
	Code: "workspace_clock_wrong", Layer: layer.LocalDevice, Part: clockHerePart, Needs: []probe.Operation{probe.LDAPRoot, probe.NTPTime, probe.HTTPGet},
	Check: func(e evidence) (finding.Finding, bool) {
		far, near := spread(e.clocks(true), kerberosSkew)
		awsFar, awsNear := spread(e.clocks(false), kerberosSkew)
		theirs := finding.Rival{
			Layer: layer.DirectoryDNS, Why: words.Say("cause.workspace_clock_wrong.theirs.why"),
			By:   words.Say("cause.workspace_clock_wrong.theirs.by"),
			Next: words.Say("cause.workspace_clock_wrong.theirs.next"),
			Out:  clockIDs(far),
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: append(clockIDs(far), clockIDs(awsFar)...), Why: words.Say("cause.workspace_clock_wrong.why"), Rivals: []finding.Rival{theirs}}
		switch {
		case len(e.clocks(true)) == 0 && len(awsFar) > 1 && len(awsNear) == 0 && (awsFar[0].offset > 0) == (awsFar[len(awsFar)-1].offset > 0):
			f.Summary = words.Raw(fmt.Sprintf("This WorkSpace's clock is %s AWS's; Kerberos allows five minutes between WorkSpace and domain. No domain controller told its time.", skewText(awsFar[0].offset, "behind", "ahead of")))
		case len(far) == 0 || len(awsFar) == 0 || len(near)+len(awsNear) > 0 || (far[0].offset > 0) != (awsFar[0].offset > 0):
			return finding.Finding{}, false
		default:
			f.Summary = words.Raw(fmt.Sprintf("This WorkSpace's clock is %s the domain controllers' and AWS's; Kerberos allows five minutes.", skewText(far[0].offset, "behind", "ahead of")))
		}
		return f, true
	},
}
