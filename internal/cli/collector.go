package cli

import (
	"context"
	"errors"

	"wsdoctor/internal/otlp"
	"wsdoctor/internal/words"
	"wsdoctor/ui/monitor"
)

// collector is the OpenTelemetry collector that the environment names; none for a demo,
// whose numbers are nobody's.
type collector struct {
	receiver otlp.Receiver
	ready    bool
}

// collector finds it, and tells people where the environment names one that cannot be
// sent to: that is no reason not to look.
func (s session) collector(env Env, out *printer) collector {
	if s.demo != "" {
		return collector{}
	}
	receiver, named, err := otlp.FromEnvironment(env.Getenv)
	if err != nil {
		out.note(env.words().Tell(words.Say("cli.otlp.cannot", words.Args{"why": notTaken(err)})))
	}
	return collector{receiver, named && err == nil}
}

// note says in a plan what is sent.
func (c collector) note() []words.Text {
	if !c.ready {
		return nil
	}
	about := words.Args{"receiver": c.receiver.String(), "variable": otlp.EndpointVariable}
	return []words.Text{words.Say("plan.note.otlp", about)}
}

// export sends the numbers of the report that was printed. Whether they arrive changes
// nothing of the diagnosis.
func (c collector) export(ctx context.Context, out *printer) {
	if !c.ready || out.printed == nil || ctx.Err() != nil {
		return
	}
	r := *out.printed
	if out.redactor != nil {
		r = out.redactor.Report(r)
	}
	document, err := monitor.OTLP(snapshot(r))
	if err == nil {
		err = c.receiver.Send(ctx, document)
	}
	if err != nil {
		about := words.Args{"receiver": c.receiver.String(), "why": notTaken(err)}
		out.note(out.env.words().Tell(words.Say("cli.otlp.lost", about)))
	}
}

// notTaken says why the numbers were not sent; in the system's words, if it was that.
func notTaken(err error) words.Text {
	var w *otlp.Wrong
	if errors.As(err, &w) {
		return w.Text
	}
	return words.Raw(err.Error())
}
