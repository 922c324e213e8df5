package cli

import (
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// checkLog looks at the name of a log.
func (f *watchFlags) checkLog() error {
	if f.log == "" || systemlog.Known(f.log) {
		return nil
	}
	var options []string
	for _, name := range systemlog.Names() {
		options = append(options, "--log "+name)
	}
	return badInput(listed(options), words.Say("cli.bad.log-name", words.Args{"name": strconv.Quote(f.log)}))
}

// openLog opens the log of this system; one that cannot be written to costs no run.
func (w *watcher) openLog(f watchFlags) (err error) {
	if f.log == "" {
		return nil
	}
	if w.log, err = systemlog.Open(f.log, f.logsAt); err != nil {
		return badInput(words.Raw("--log "+systemlog.Auto), words.Say("cli.bad.log", words.Args{"why": reason(err)}))
	}
	return nil
}

// urgencies say how urgent it is that a status was reached.
var urgencies = map[finding.Status]systemlog.Urgency{
	finding.StatusOK:           systemlog.Info,
	finding.StatusDegraded:     systemlog.Warning,
	finding.StatusFault:        systemlog.Error,
	finding.StatusInconclusive: systemlog.Notice,
}

// record is what a log gets of a line: the line, but for the time, which logs have.
func (l watchLine) record() systemlog.Record {
	r := systemlog.Record{Urgency: urgencies[l.Status], Fields: []systemlog.Field{
		{Name: "WSDOCTOR_EVENT", Value: l.Event},
		{Name: "WSDOCTOR_STATUS", Value: string(l.Status)},
		{Name: "WSDOCTOR_LAYER", Value: l.Layer},
		{Name: "WSDOCTOR_CODE", Value: l.Code},
		{Name: "WSDOCTOR_OWNER", Value: l.Owner},
		{Name: "WSDOCTOR_RUN", Value: l.Run},
		{Name: "WSDOCTOR_TICKET", Value: l.Ticket},
		{Name: "WSDOCTOR_REPORT", Value: l.Kept},
	}}
	if l.Where != nil {
		ends := slices.DeleteFunc([]string{l.Where.From, l.Where.To}, func(s string) bool { return s == "" })
		r.Fields = append(r.Fields,
			systemlog.Field{Name: "WSDOCTOR_WHERE_KIND", Value: string(l.Where.Kind)},
			systemlog.Field{Name: "WSDOCTOR_WHERE", Value: strings.Join(ends, " - ")},
		)
	}
	if l.Spell != nil {
		r.Fields = append(r.Fields, systemlog.Field{Name: "WSDOCTOR_CLASS", Value: string(l.Spell.Class)})
	}
	const longest = 500
	told := []string{string(l.Status), l.Layer, probe.Clean(l.Summary, longest)}
	if l.sentence != "" {
		told = append(told, "["+l.sentence+"]")
	}
	r.Line = strings.Join(slices.DeleteFunc(told, func(s string) bool { return s == "" }), "  ")
	return r
}

// enter writes news into the log. That it could not be written is said once.
func (w *watcher) enter(l watchLine) {
	if w.log == nil {
		return
	}
	err := w.log.Write(l.record())
	if err != nil && !w.unlogged {
		w.side.note(w.say(words.Say("watch.not-logged", words.Args{"why": reason(err)})))
	}
	w.unlogged = err != nil
}
