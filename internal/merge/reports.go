package merge

import (
	"slices"
	"strconv"
	"time"

	"wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// reports are those that are joined, each of its end.
type reports map[End]report.Report

// endOf is whose a report is, by where it was made.
var endOf = map[probe.Vantage]End{probe.AtDesk: Desk, probe.InWorkspace: Inside, probe.InAccount: Account}

// twice are the refusals of two reports of one end.
var twice = map[End]Refusal{
	Desk:    {TwoDesks, words.Say("merge.refuse.desks"), Inside},
	Inside:  {TwoInsides, words.Say("merge.refuse.insides"), Desk},
	Account: {TwoAccounts, words.Say("merge.refuse.accounts"), Desk},
}

// sort finds out whose each report is.
func sort(list []report.Report) (reports, error) {
	in := reports{}
	for i, r := range list {
		end, known := endOf[r.Run.Vantage]
		if !known {
			args := words.Args{"n": strconv.Itoa(i + 1), "place": strconv.Quote(string(r.Run.Vantage))}
			return nil, &Refusal{UnknownVantage, words.Say("merge.refuse.vantage", args), Ends[min(i, len(Ends)-1)]}
		}
		if _, have := in[end]; have {
			again := twice[end]
			return nil, &again
		}
		in[end] = r
	}
	return in, nil
}

func (in reports) source(e End) *Source {
	r, have := in[e]
	if !have {
		return nil
	}
	return &Source{r.Run, r.Target, r.Verdict}
}

// ends are those of which there is a report, in order.
func (in reports) ends() []End {
	return slices.DeleteFunc(slices.Clone(Ends), func(e End) bool { _, have := in[e]; return !have })
}

// pairs looks at every two of the reports, until something is said of two of them.
func (in reports) pairs(look func(a, b End) *Refusal) *Refusal {
	ends := in.ends()
	for i, a := range ends {
		for _, b := range ends[i+1:] {
			if e := look(a, b); e != nil {
				return e
			}
		}
	}
	return nil
}

// apart is the time between the starts of the first run and of the last.
func (in reports) apart() (most time.Duration) {
	in.pairs(func(a, b End) *Refusal {
		most = max(most, apart(in[a], in[b]))
		return nil
	})
	return most
}

// tellEachOther judges anew what the account and the desk know of each other: the rules of
// the directory's IP access control groups are for the desk's public address, and the
// desk's system is a kind of device to the account. Of a redacted report no address can be
// compared.
func (in reports) tellEachOther(judge func(report.Report) report.Report) {
	desk, seen := in[Desk]
	admin, asked := in[Account]
	if !seen || !asked || judge == nil {
		return
	}
	rules, known := account.AllowedCIDRs(admin.Observations)
	if known && len(desk.Target.AllowedCIDRs) == 0 && comparable(desk, admin) {
		desk.Target.AllowedCIDRs = rules
		in[Desk] = judge(desk)
	}
	admin.Observations = slices.Clone(admin.Observations)
	for i, o := range admin.Observations {
		if q, is := o.Detail.(probe.QuestionDetail); is && q.System == "" {
			q.System, q.SystemSeen = account.Systems[desk.Run.OS], true
			admin.Observations[i].Detail = q
		}
	}
	in[Account] = judge(admin)
}

// comparedByDesk are gaps of the account's that the desk's report fills, because its own
// address was compared with the rules.
func (in reports) comparedByDesk(gap string) bool {
	_, seen := in[Desk]
	return seen && len(in[Desk].Target.AllowedCIDRs) > 0 && says(gap, "gap.account-egress")
}
