package architecture

import (
	"slices"
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// account is what a report's observations tell of one.
type account struct{ seen []probe.Observation }

// all joins a list out of every answer of a call.
func all[D probe.Detail, T any](a account, op probe.Operation, of func(D) []T) (list []T) {
	for _, o := range a.seen {
		if d, is := o.Detail.(D); is && o.Operation == op && o.Outcome == probe.OK {
			list = append(list, of(d)...)
		}
	}
	return list
}

// one is the first answer of a call.
func one[D probe.Detail](a account, op probe.Operation) (first D, answered bool) {
	list := all(a, op, func(d D) []D { return []D{d} })
	if len(list) == 0 {
		return first, false
	}
	return list[0], true
}

// find gives the first that fits.
func find[T any](list []T, fits func(T) bool) (found T, is bool) {
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i], true
	}
	return found, false
}

// look is the state of what these calls show, and why it was not read: a call that was
// denied or gave no answer, or that was not made.
func (a account) look(ops ...probe.Operation) (State, []words.Text) {
	var why []words.Text
	for _, op := range ops {
		s, because := a.lookAt(op, func(probe.Detail) bool { return true })
		if s == Verified {
			return s, nil
		}
		why = append(why, because...)
	}
	return Unread, why[:1]
}

// lookAt is the same of those answers of a call that are about a thing.
func (a account) lookAt(op probe.Operation, about func(probe.Detail) bool) (State, []words.Text) {
	var why []words.Text
	for _, o := range a.seen {
		switch {
		case o.Operation != op:
		case o.Outcome == probe.OK || o.Failure == probe.NotFound:
			if about(o.Detail) {
				return Verified, nil
			}
		case o.Outcome == probe.Failed && len(why) == 0:
			why = append(why, unanswered(o))
		}
	}
	if len(why) == 0 {
		why = append(why, say("not-asked"))
	}
	return Unread, why
}

func unanswered(o probe.Observation) words.Text {
	if o.Failure == probe.AccessDenied {
		return words.Say("architecture.denied", words.Args{"action": o.Target})
	}
	return words.Say("architecture.no-answer", words.Args{"action": o.Target, "failure": words.Failure(o.Failure)})
}

func (a account) question() probe.QuestionDetail {
	q, _ := one[probe.QuestionDetail](a, probe.AccountQuestion)
	return q
}

// asked are the WorkSpaces of the user who is asked about, or the one that was named.
func (a account) asked() []probe.AccountWorkspace {
	q := a.question()
	if q.User == "" && q.WorkspaceID == "" {
		return nil
	}
	return slices.DeleteFunc(a.workspaces(), func(w probe.AccountWorkspace) bool {
		return q.WorkspaceID != "" && w.ID != q.WorkspaceID || q.User != "" && !strings.EqualFold(w.User, q.User)
	})
}

// directory is the one that is asked about, as far as the report tells.
func (a account) directory() (probe.RegisteredDirectory, bool) {
	list, q := a.directories(), a.question()
	hasCode := func(d probe.RegisteredDirectory) bool { return d.CodeMatches != nil && *d.CodeMatches }
	switch asked := a.asked(); {
	case q.DirectoryID != "":
		return find(list, func(d probe.RegisteredDirectory) bool { return d.ID == q.DirectoryID })
	case q.Code && slices.ContainsFunc(list, hasCode):
		return find(list, hasCode)
	case len(asked) > 0:
		return find(list, func(d probe.RegisteredDirectory) bool { return d.ID == asked[0].DirectoryID })
	case len(list) == 1:
		return list[0], true
	}
	return probe.RegisteredDirectory{}, false
}

func (a account) service(id string) (probe.ServiceDirectory, bool) {
	return find(
		a.services(),
		func(s probe.ServiceDirectory) bool { return s.ID == id })
}

// interfaces are those that were found, each once.
func (a account) interfaces() (list []probe.ENI) {
	for _, i := range a.cardsRead() {
		if !slices.ContainsFunc(list, func(e probe.ENI) bool { return e.ID == i.ID }) {
			list = append(list, i)
		}
	}
	return list
}

// Draws says whether a report tells of an account.
func Draws(r report.Report) bool { return r.Run.Vantage == probe.InAccount }
