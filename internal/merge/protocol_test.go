package merge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// having is a healthy inside with the services and listeners of one protocol alone.
func having(protocol probe.Protocol) report.Report {
	r := sample("inside-healthy")
	for i := range r.Observations {
		switch d := r.Observations[i].Detail.(type) {
		case probe.ServicesDetail:
			d.Services = slices.Clone(d.Services)
			for j := range d.Services {
				if s := &d.Services[j]; s.Role != probe.SkyLight {
					s.Installed = s.Streams(protocol)
				}
			}
			r.Observations[i].Detail = d
		case probe.ListenersDetail:
			d.Listeners = slices.Clone(d.Listeners)
			for j := range d.Listeners {
				if l := &d.Listeners[j]; l.Port == 4172 && protocol == "dcv" {
					l.Port, l.Process = 8201, "dcvserver"
				}
			}
			r.Observations[i].Detail = d
		}
	}
	return r
}

// refusing is a desk whose own firewall lets nothing out to one port.
func refusing(port uint16) report.Report {
	r := sample("healthy")
	r.Observations = slices.Clone(r.Observations)
	for i := range r.Observations {
		if o := &r.Observations[i]; o.Port() == port {
			o.Outcome, o.Failure = probe.Failed, probe.LocalPolicyDenied
		}
	}
	return judgedFor(r, "both")
}

// judgedFor is what the command does with a report of the desk.
func judgedFor(desk report.Report, protocol probe.Protocol) report.Report {
	result := report.Tell(words.English(), diagnose.Judge(diagnose.Input{Vantage: "desk", Protocol: protocol, Region: desk.Target.Region, Observations: desk.Observations}))
	desk.Target.Protocol = protocol
	desk.Verdict, desk.Layers, desk.Findings = result.Verdict, result.Layers, result.Findings
	return desk
}

// judgedAnew is what the command does with a report that another one told more.
func judgedAnew(r report.Report) report.Report {
	result := report.Tell(words.English(), diagnose.Judge(diagnose.Input{
		Vantage: r.Run.Vantage, Protocol: r.Target.Protocol, Region: r.Target.Region, AllowedCIDRs: r.Target.AllowedCIDRs,
		Symptom: r.Target.Symptom, Observations: r.Observations,
	}))
	r.Verdict, r.Layers, r.Findings, r.Egress, r.Gaps = result.Verdict, result.Layers, result.Findings, result.Egress, result.Gaps
	return r
}

// A fault of a protocol that the WorkSpace has not is said, and accuses nobody.
func TestAFaultOfAProtocolThatIsNotInstalledIsOnlyAlsoSeen(t *testing.T) {
	desk := refusing(4172)
	if desk.Verdict.Status != finding.StatusFault || desk.Verdict.Protocols.PCoIP != finding.ProtocolBlocked || desk.Verdict.Protocols.DCV == finding.ProtocolBlocked {
		t.Fatalf("the desk's verdict is %+v", desk.Verdict)
	}
	o := merge.Options{AnyAge: true, Judge: judgedAnew}
	for protocol, want := range map[probe.Protocol]finding.Status{probe.PCoIP: finding.StatusFault, probe.DCV: finding.StatusOK} {
		r, err := merge.Merge([]report.Report{desk, having(protocol)}, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict.Status != want {
			t.Errorf("a WorkSpace that has %s alone: %s, %s", protocol, r.Verdict.Status, r.Verdict.Summary)
		}
		said := slices.ContainsFunc(r.Also, func(a merge.Also) bool {
			return a.Code == desk.Verdict.Code && strings.Contains(a.Summary, "does not affect its user")
		})
		if said != (protocol == "dcv") {
			t.Errorf("a WorkSpace that has %s alone: also seen %+v", protocol, r.Also)
		}
		if r.Desk.Verdict.Code != desk.Verdict.Code {
			t.Errorf("the desk's own verdict is told as %s", r.Desk.Verdict.Code)
		}
	}
	// Where services could not be read, nothing is known to be missing.
	blind := having("dcv")
	blind.Observations = slices.DeleteFunc(slices.Clone(blind.Observations), func(o probe.Observation) bool { return o.Operation == probe.HostServices })
	if r, err := merge.Merge([]report.Report{desk, blind}, o); err != nil || r.Verdict.Status != finding.StatusFault {
		t.Errorf("an inside without services: %s, %v", r.Verdict.Status, err)
	}
	// A desk that looked at the other protocol alone says nothing of this one.
	var no *merge.Refusal
	if _, err := merge.Merge([]report.Report{judgedFor(desk, "pcoip"), having("dcv")}, o); !errors.As(err, &no) || no.Reason != merge.OtherProtocol {
		t.Errorf("a desk that looked at PCoIP alone: %v", err)
	}
}
