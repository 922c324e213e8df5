package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// Answers as several systems shape them: systemd 219 (Amazon Linux 2) writes the
// properties in an order of its own and leaves out UnitFileState of units that
// it does not know; 249 (Ubuntu 22.04) and 252 (Red Hat, Rocky) write every
// property.
const (
	amazonLinux2PCoIP = `MainPID=2711
Result=success
Id=skylight-agent.service
Names=skylight-agent.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled

MainPID=0
Result=success
Id=pcoip.service
Names=pcoip.service
LoadState=loaded
ActiveState=active
SubState=exited
UnitFileState=enabled

MainPID=3120
Result=success
Id=pcoip-agent.service
Names=pcoip-agent.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=static

MainPID=0
Result=success
Id=dcvserver.service
Names=dcvserver.service
LoadState=not-found
ActiveState=inactive
SubState=dead

MainPID=0
Result=success
Id=dcvsessionlauncher.service
Names=dcvsessionlauncher.service
LoadState=not-found
ActiveState=inactive
SubState=dead

MainPID=0
Result=success
Id=wspdcvhostadapter.service
Names=wspdcvhostadapter.service
LoadState=not-found
ActiveState=inactive
SubState=dead
`
	ubuntuDCVBroken = `MainPID=0
Result=exit-code
Id=skylight-agent.service
Names=skylight-agent.service
LoadState=loaded
ActiveState=activating
SubState=auto-restart
UnitFileState=enabled

Result=success
Id=pcoip.service
Names=pcoip.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
MainPID=0

Result=success
Id=pcoip-agent.service
Names=pcoip-agent.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
MainPID=0

MainPID=0
Result=exit-code
Id=dcvserver.service
Names=dcvserver.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled

MainPID=812
Result=success
Id=dcvsessionlauncher.service
Names=dcvsessionlauncher.service
LoadState=loaded
ActiveState=deactivating
SubState=stop-sigterm
UnitFileState=disabled

MainPID=0
Result=success
Id=wspdcvhostadapter.service
Names=wspdcvhostadapter.service
LoadState=masked
ActiveState=inactive
SubState=dead
UnitFileState=masked
`
	// One unit with two names; a file that cannot be read; a unit without a file
	// that still runs; and one that the manager leaves out.
	rockyOdd = "Id=skylight-agent.service\r\nNames=skylight-agent.service\r\nLoadState=loaded\r\nActiveState=inactive\r\nSubState=dead\r\nUnitFileState=enabled-runtime\r\nMainPID=0\r\nResult=timeout\r\n" + `

Id=pcoip-agent.service
Names=pcoip.service pcoip-agent.service
LoadState=loaded
ActiveState=reloading
SubState=reload
UnitFileState=indirect
MainPID=41
Result=success

Id=pcoip-agent.service
Names=pcoip.service pcoip-agent.service
LoadState=loaded
ActiveState=reloading
SubState=reload
UnitFileState=indirect
MainPID=41
Result=success

Id=dcvserver.service
Names=dcvserver.service
LoadState=bad-setting
ActiveState=inactive
SubState=dead
UnitFileState=bad
MainPID=0
Result=success
Description=Something=else

Id=dcvsessionlauncher.service
Names=dcvsessionlauncher.service
LoadState=not-found
ActiveState=active
SubState=running
UnitFileState=
MainPID=77
Result=success
`
)

func gives(out string, err error) program {
	return func(context.Context, ...string) ([]byte, error) { return []byte(out), err }
}

func systemd(run program) manager {
	return func(ctx context.Context) ([]probe.Service, []string, error) { return askSystemd(ctx, run, linuxUnits) }
}

func TestSystemctlAnswers(t *testing.T) {
	absent := func(role probe.ServiceRole, name string) probe.Service {
		return probe.Service{Role: role, Name: name + ".service"}
	}
	for name, c := range map[string]struct {
		answer string
		want   []probe.Service
		gaps   int
	}{
		"Amazon Linux 2, PCoIP": {amazonLinux2PCoIP, []probe.Service{
			{Role: "skylight", Name: "skylight-agent.service", Installed: true, State: "running", Enabled: "enabled", PID: 2711},
			{Role: "pcoip", Name: "pcoip.service", Installed: true, State: "running", Enabled: "enabled", Result: "exited"},
			{Role: "pcoip", Name: "pcoip-agent.service", Installed: true, State: "running", Enabled: "static", PID: 3120},
			absent("dcv", "dcvserver"), absent("dcv", "dcvsessionlauncher"), absent("dcv", "wspdcvhostadapter"),
		}, 0},
		"Ubuntu, DCV broken": {ubuntuDCVBroken, []probe.Service{
			{Role: "skylight", Name: "skylight-agent.service", Installed: true, State: "failed", Enabled: "enabled", Result: "exit-code"},
			absent("pcoip", "pcoip"), absent("pcoip", "pcoip-agent"),
			{Role: "dcv", Name: "dcvserver.service", Installed: true, State: "failed", Enabled: "enabled", Result: "exit-code"},
			{Role: "dcv", Name: "dcvsessionlauncher.service", Installed: true, State: "stopping", Enabled: "disabled", PID: 812},
			{Role: "dcv", Name: "wspdcvhostadapter.service", Installed: true, State: "stopped", Enabled: "masked"},
		}, 0},
		"Rocky, odd": {rockyOdd, []probe.Service{
			{Role: "skylight", Name: "skylight-agent.service", Installed: true, State: "stopped", Enabled: "enabled", Result: "timeout"},
			{Role: "pcoip", Name: "pcoip-agent.service", Installed: true, State: "running", Enabled: "static", PID: 41},
			{Role: "dcv", Name: "dcvserver.service", Installed: true, State: "stopped", Result: "bad-setting"},
			{Role: "dcv", Name: "dcvsessionlauncher.service", State: "running", PID: 77},
		}, 1},
	} {
		got, gaps := look(t.Context(), "systemd", systemd(gives(c.answer, nil)))
		if diff := cmp.Diff(probe.ServicesDetail{Manager: "systemd", Services: c.want}, got); diff != "" || len(gaps) != c.gaps {
			t.Errorf("%s: gaps %q (-want +got):\n%s", name, gaps, diff)
		}
	}
}

func TestOneRunForAllUnits(t *testing.T) {
	runs := 0
	_, _ = look(t.Context(), "systemd", systemd(func(_ context.Context, args ...string) ([]byte, error) {
		runs++
		for _, u := range linuxUnits {
			if !slices.Contains(args, u.names[0]) {
				t.Errorf("%s is not asked for", u.names[0])
			}
		}
		return []byte(amazonLinux2PCoIP), nil
	}))
	if runs != 1 {
		t.Errorf("%d runs", runs)
	}
}

func TestNoAnswerIsAGapAndNotAGuess(t *testing.T) {
	for name, run := range map[string]program{
		"no systemd":     gives("", errors.New("run systemctl: exit status 1: System has not been booted with systemd")),
		"half an answer": gives(amazonLinux2PCoIP, errors.New("run systemctl: exit status 1")),
		"empty":          gives("", nil),
		"other text":     gives("Usage: systemctl [OPTIONS...]\n", nil),
		"other units":    gives("Id=sshd.service\nLoadState=loaded\nActiveState=active\n", nil),
		"no load state":  gives("Id=dcvserver.service\nActiveState=active\n", nil),
	} {
		got, gaps := look(t.Context(), "systemd", systemd(run))
		o := Observation(got, time.Unix(0, 0))
		if got.Services != nil || len(gaps) != 1 || o.Outcome != probe.Skipped || o.Failure != probe.Unsupported {
			t.Errorf("%s: %+v, gaps %q, %+v", name, got, gaps, o)
		}
	}
}

func TestManagerThatDoesNotAnswerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got, gaps := look(t.Context(), "systemd", systemd(func(ctx context.Context, _ ...string) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		if took := time.Since(start); took != patience || got.Services != nil || len(gaps) != 1 {
			t.Errorf("after %v: %+v, gaps %q", took, got, gaps)
		}
	})
}

func TestEveryStateIsOneOfTheVocabulary(t *testing.T) {
	states := []string{"running", "starting", "stopping", "stopped", "failed", "paused"}
	starts := []string{"enabled", "manual", "disabled", "masked", "static"}
	check := func(kind, word, value string, closed []string) {
		if !slices.Contains(closed, value) {
			t.Errorf("%s %s: %q", kind, word, value)
		}
	}
	for word, s := range activeStates {
		check("ActiveState", word, s, states)
	}
	for word, s := range fileStates {
		check("UnitFileState", word, s, starts)
	}
	for _, s := range scmStates {
		check("SCM", "state", s, states)
	}
	for _, s := range scmStarts {
		check("SCM", "start type", s, starts)
	}
}

func TestObservation(t *testing.T) {
	o := Observation(probe.ServicesDetail{Manager: "systemd", Services: []probe.Service{}}, time.Unix(7, 0))
	if o.Outcome != probe.OK || o.Failure != "" || o.Step != "host" || o.Operation != probe.HostServices {
		t.Errorf("%+v", o)
	}
	if b, err := Observation(probe.ServicesDetail{}, time.Unix(7, 0)).MarshalJSON(); err != nil || !strings.Contains(string(b), `"services":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzParseShow(f *testing.F) {
	for _, s := range []string{amazonLinux2PCoIP, ubuntuDCVBroken, rockyOdd, "=\n\n=", "Id=\x1b[31m\nLoadState=loaded"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		records := parseShow(b)
		if len(records) > recordLimit {
			t.Errorf("%d records", len(records))
		}
		list, _, err := askSystemd(t.Context(), gives(string(b), nil), linuxUnits)
		if (err == nil) != (len(list) > 0) || len(list) > len(linuxUnits) {
			t.Errorf("%+v, %v", list, err)
		}
		for _, s := range list {
			for _, text := range []string{s.Name, s.Result} {
				if strings.ContainsAny(text, "\x1b\n") || len([]rune(text)) > textLimit+1 {
					t.Errorf("%q", text)
				}
			}
			if s.PID < 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}
