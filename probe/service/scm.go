package service

import (
	"errors"
	"fmt"

	"wsdoctor/probe"
)

// scmAnswer is what the Windows service control manager says of a service, in
// the numbers of SERVICE_STATUS_PROCESS and QUERY_SERVICE_CONFIG (winsvc.h).
type scmAnswer struct {
	state, start      uint32
	known, startKnown bool // whether the state, and the start type, could be read
	pid               uint32
	exit, ownExit     uint32 // system code, and the service's own if exit is scmOwnExit
}

var (
	errNoService = errors.New("no such service")
	errDenied    = errors.New("access denied") // it exists and is closed to this user
)

var scmStates = map[uint32]string{
	1: "stopped", 2: "starting", 3: "stopping", 4: "running",
	5: "starting", // continues after a pause
	6: "paused",   // is about to be
	7: "paused",
}

// scmStarts: 0 and 1 are drivers, which start even earlier.
var scmStarts = map[uint32]string{0: "enabled", 1: "enabled", 2: "enabled", 3: "manual", 4: "disabled"}

const (
	scmStopped      = 1
	scmOwnExit      = 1066 // ERROR_SERVICE_SPECIFIC_ERROR
	scmNeverStarted = 1077 // ERROR_SERVICE_NEVER_STARTED
)

// service turns an answer into words. Windows has no state "failed": a service
// that ended with an error is stopped, and Result has its code.
func (a scmAnswer) service(role probe.ServiceRole, name string) probe.Service {
	s := probe.Service{Role: role, Name: name, Installed: true}
	if a.startKnown {
		s.Enabled = scmStarts[a.start]
	}
	if !a.known {
		return s
	}
	s.State, s.PID = scmStates[a.state], int(a.pid)
	switch {
	case a.state != scmStopped || a.exit == 0:
	case a.exit == scmOwnExit:
		s.Result = fmt.Sprintf("service error %d", a.ownExit)
	case a.exit == scmNeverStarted:
		s.Result = "not started since the system was (error 1077)"
	default:
		s.Result = fmt.Sprintf("error %d", a.exit)
	}
	return s
}

// askSCM asks for each service, under each of its names until one is installed.
// query gives errNoService or errDenied for what those say; any other error
// leaves the service out.
func askSCM(query func(name string) (scmAnswer, error), services []wanted) ([]probe.Service, []string, error) {
	list := []probe.Service{}
	var gaps []string
	var last error
	for _, w := range services {
		found := probe.Service{Role: w.role, Name: w.names[0]}
		var failed error
		for _, name := range w.names {
			a, err := query(name)
			switch {
			case errors.Is(err, errNoService):
				continue
			case errors.Is(err, errDenied):
				gaps = append(
					gaps,
					"service "+name+": its state may be read with privileges only (repeat in a console opened as administrator)",
				)
				found = probe.Service{Role: w.role, Name: name, Installed: true}
			case err != nil:
				failed = err
				continue
			default:
				found = a.service(w.role, name)
				if !a.known || !a.startKnown {
					gaps = append(gaps, "service "+name+": not everything could be read")
				}
			}
			failed = nil
			break
		}
		if failed != nil {
			last = failed
			gaps = append(gaps, "service "+w.names[0]+": "+probe.Clean(failed.Error(), 100))
			continue
		}
		list = append(list, found)
	}
	if len(list) == 0 {
		return nil, nil, last
	}
	return list, gaps, nil
}
