package service

import (
	"context"
	"errors"
	"time"

	"wsdoctor/probe"
)

const (
	// step is the plan step that facts of this computer belong to.
	step = "host"
	// patience bounds the whole of Look. A manager answers within some 10 ms; one
	// that is overloaded after a start of the system may take longer.
	patience = 2 * time.Second
)

// manager asks one system's service manager. Services that it gave no answer for
// are left out and named in gaps; an error means that it gave none at all.
type manager func(context.Context) (list []probe.Service, gaps []string, err error)

// Look asks the service manager of this computer, for two seconds at most. Where
// it does not answer, Services is nil and a gap says why. A service that is not
// installed is in the list, with Installed false.
func Look(ctx context.Context) (probe.ServicesDetail, []string) {
	return look(ctx, managerName, thisManager)
}

func look(ctx context.Context, name string, ask manager) (probe.ServicesDetail, []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, gaps, err := inTime(ctx, ask)
	if err != nil {
		return probe.ServicesDetail{Manager: name}, append(gaps, "services of the WorkSpace: "+probe.Clean(err.Error(), 300))
	}
	return probe.ServicesDetail{Manager: name, Services: list}, gaps
}

// afterwards is how long an answer is still taken after the context has ended: who keeps
// to its context then says what kept him.
const afterwards = 100 * time.Millisecond

var errLate = errors.New("the service manager did not answer in time")

// inTime gives up a manager that does not keep to the context: a call into Windows
// cannot be broken off, and nobody waits for it any more.
func inTime(ctx context.Context, ask manager) ([]probe.Service, []string, error) {
	type answer struct {
		list []probe.Service
		gaps []string
		err  error
	}
	said := make(chan answer, 1)
	go func() {
		list, gaps, err := ask(ctx)
		said <- answer{list, gaps, err}
	}()
	select {
	case a := <-said:
		return a.list, a.gaps, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-said:
		return a.list, a.gaps, a.err
	case <-time.After(afterwards):
		return nil, nil, errLate
	}
}

// Observation writes down what Look found: ok if the manager answered, whatever
// the services are; skipped with Unsupported if it did not.
func Observation(d probe.ServicesDetail, now time.Time) probe.Observation {
	outcome, failure := probe.OK, probe.Failure("")
	if d.Services == nil {
		outcome, failure = probe.Skipped, probe.Unsupported
		d.Services = []probe.Service{} // the report has no nulls
	}
	o := probe.Observe(probe.HostServices, probe.Target{}, now).Finish(now, outcome, failure, d)
	o.Step = step
	return o
}
