package service

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"

	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/words"
)

// manager opens the services of this computer, which takes an administrator.
func manager() (*mgr.Mgr, error) {
	m, err := mgr.Connect()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, words.Fail(words.Say("service.administrator")).Because(err)
	}
	return m, err
}

// installService makes the service and starts it. The event log is told who wsdoctor is.
func installService(j Job, replace bool) error {
	if _, err := servicePath(j); err != nil {
		return err
	}
	m, err := manager()
	if err != nil {
		return err
	}
	defer m.Disconnect()
	if old, err := m.OpenService(Name); err == nil {
		old.Close()
		if !replace {
			return ErrOther
		}
		if _, err := removeService(); err != nil {
			return err
		}
	}
	s, err := m.CreateService(Name, j.Program, mgr.Config{
		DisplayName: "wsdoctor watch", StartType: mgr.StartAutomatic, ServiceStartName: Account,
	}, j.Args...)
	if err != nil {
		return err
	}
	defer s.Close()
	// What starts late finds the network there. Not every Windows knows of it.
	if c, err := s.Config(); err == nil {
		c.DelayedAutoStart = true
		_ = s.UpdateConfig(c)
	}
	// It may be registered already, and without it records are told all the same.
	_ = eventlog.InstallAsEventCreate(systemlog.Sender, eventlog.Error|eventlog.Warning|eventlog.Info)
	if err := begin(s); err != nil {
		return errors.Join(err, s.Delete())
	}
	return nil
}

// begin starts a service, for which it waits until no other one is just being started.
func begin(s *mgr.Service) (err error) {
	const pause = time.Second / 4
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause) {
		if err = s.Start(); !errors.Is(err, windows.ERROR_SERVICE_DATABASE_LOCKED) {
			break
		}
	}
	return err
}

// removeService stops the service and takes it away; what is left of it goes when its last
// run is over.
func removeService() (was bool, err error) {
	m, err := manager()
	if err != nil {
		return false, err
	}
	defer m.Disconnect()
	s, err := m.OpenService(Name)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer s.Close()
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return true, err
	}
	_ = eventlog.Remove(systemlog.Sender) // or somebody else's
	return true, s.Delete()
}

// Run is for what Windows started as a service: it does its work until Windows wants it to
// stop, and tells Windows how it ended.
func Run(work func(context.Context) int) (int, error) {
	h := handler{work: work}
	err := svc.Run(Name, &h)
	return h.code, err
}

type handler struct {
	work func(context.Context) int
	code int
}

// Execute is called by package svc.
func (h *handler) Execute(_ []string, asked <-chan svc.ChangeRequest, tell chan<- svc.Status) (bool, uint32) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	over := make(chan int, 1)
	go func() { over <- h.work(ctx) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	tell <- running
	for {
		select {
		case h.code = <-over:
			return true, uint32(h.code)
		case c := <-asked:
			switch c.Cmd {
			case svc.Interrogate:
				tell <- c.CurrentStatus
			case svc.Stop, svc.Shutdown:
				tell <- svc.Status{State: svc.StopPending}
				stop()
				<-over
				return false, 0 // it was asked to
			}
		}
	}
}

var freeConsole = windows.NewLazySystemDLL("kernel32.dll").NewProc("FreeConsole")

// CloseWindow closes the window that Windows gives to programs of a console.
func CloseWindow() { freeConsole.Call() }
