package service

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// scm is a service control manager with some services.
func scm(services map[string]scmAnswer, failures map[string]error) func(string) (scmAnswer, error) {
	return func(name string) (scmAnswer, error) {
		if err := failures[name]; err != nil {
			return scmAnswer{}, err
		}
		for installed, a := range services {
			if strings.EqualFold(installed, name) {
				return a, nil
			}
		}
		return scmAnswer{}, errNoService
	}
}

func TestWindowsServices(t *testing.T) {
	running := scmAnswer{state: 4, start: 2, known: true, startKnown: true, pid: 1200}
	died := scmAnswer{state: 1, start: 2, known: true, startKnown: true, exit: 1067}
	list, gaps, err := askSCM(scm(map[string]scmAnswer{"skylightworkspaceconfigservice": running, "PCoIPAgent": died}, nil), windowsServices)
	want := []probe.Service{
		{Role: "skylight", Name: "SkyLightWorkspaceConfigService", Installed: true, State: "running", Enabled: "enabled", PID: 1200},
		{Role: "pcoip", Name: "PCoIPAgent", Installed: true, State: "stopped", Enabled: "enabled", Result: "error 1067"},
		{Role: "dcv", Name: "dcvserver"},
	}
	if diff := cmp.Diff(want, list); diff != "" || len(gaps) != 0 || err != nil {
		t.Errorf("gaps %q, %v (-want +got):\n%s", gaps, err, diff)
	}
}

func TestOtherSpellingIsFound(t *testing.T) {
	list, _, err := askSCM(scm(map[string]scmAnswer{"SkyLightWorkSpacesConfigService": {state: 7, start: 3, known: true, startKnown: true, pid: 9}}, nil), windowsServices)
	want := probe.Service{Role: "skylight", Name: "SkyLightWorkSpacesConfigService", Installed: true, State: "paused", Enabled: "manual", PID: 9}
	if err != nil || len(list) != 3 || list[0] != want {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestWindowsExitCodes(t *testing.T) {
	for result, a := range map[string]scmAnswer{
		"":                 {state: 1},
		"error 5":          {state: 1, exit: 5},
		"service error 42": {state: 1, exit: scmOwnExit, ownExit: 42},
		"not started since the system was (error 1077)": {state: 1, exit: scmNeverStarted},
	} {
		a.known = true
		if s := a.service("dcv", "dcvserver"); s.Result != result || s.State != "stopped" {
			t.Errorf("%q: %+v", result, s)
		}
	}
	// A running service keeps the code of its last end; it is of no interest.
	if s := (scmAnswer{known: true, state: 4, exit: 5}).service("dcv", "dcvserver"); s.Result != "" {
		t.Errorf("%+v", s)
	}
}

func TestWindowsServiceThatMayNotBeRead(t *testing.T) {
	list, gaps, err := askSCM(scm(map[string]scmAnswer{"PCoIPAgent": {startKnown: true, start: 4}}, map[string]error{
		"SkyLightWorkspaceConfigService": errDenied, "dcvserver": errors.New("the RPC server is unavailable"),
	}), windowsServices)
	want := []probe.Service{
		{Role: "skylight", Name: "SkyLightWorkspaceConfigService", Installed: true},
		{Role: "pcoip", Name: "PCoIPAgent", Installed: true, Enabled: "disabled"},
	}
	if diff := cmp.Diff(want, list); diff != "" || len(gaps) != 3 || err != nil {
		t.Errorf("gaps %q, %v (-want +got):\n%s", gaps, err, diff)
	}
}

func TestWindowsManagerThatFailsThroughoutIsAnError(t *testing.T) {
	failure := errors.New("the RPC server is unavailable")
	failures := map[string]error{}
	for _, w := range windowsServices {
		for _, name := range w.names {
			failures[name] = failure
		}
	}
	if list, _, err := askSCM(scm(nil, failures), windowsServices); list != nil || !errors.Is(err, failure) {
		t.Errorf("%+v, %v", list, err)
	}
}

// A call into Windows cannot be broken off.
func TestAServiceManagerThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, start := make(chan struct{}), time.Now()
		d, gaps := look(t.Context(), "scm", func(context.Context) ([]probe.Service, []string, error) { <-release; return nil, nil, nil })
		if took := time.Since(start); took != patience+afterwards || d.Services != nil || len(gaps) != 1 || !strings.Contains(gaps[0], "in time") {
			t.Errorf("after %v: %+v, gaps %q", took, d, gaps)
		}
		close(release)
		synctest.Wait()
	})
}
