package service

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

const managerName = "scm"

// configBuffer is the largest answer of QueryServiceConfig, in bytes (Microsoft,
// QueryServiceConfigW function).
const configBuffer = 8 << 10

// thisManager opens the manager with the right to connect only; all rights, as
// most libraries ask for, are an administrator's.
func thisManager(ctx context.Context) ([]probe.Service, []string, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil, nil, fmt.Errorf("open the service control manager: %w", err)
	}
	defer windows.CloseServiceHandle(manager)
	return askSCM(func(name string) (scmAnswer, error) {
		if ctx.Err() != nil {
			return scmAnswer{}, ctx.Err()
		}
		return query(manager, name)
	}, windowsServices)
}

func query(manager windows.Handle, name string) (a scmAnswer, err error) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return a, err
	}
	service, err := windows.OpenService(manager, wide, windows.SERVICE_QUERY_STATUS|windows.SERVICE_QUERY_CONFIG)
	switch {
	case err == windows.ERROR_SERVICE_DOES_NOT_EXIST:
		return a, errNoService
	case err == windows.ERROR_ACCESS_DENIED:
		return a, errDenied
	case err != nil:
		return a, err
	}
	defer windows.CloseServiceHandle(service)

	var status windows.SERVICE_STATUS_PROCESS
	var needed uint32
	err = windows.QueryServiceStatusEx(
		service,
		windows.SC_STATUS_PROCESS_INFO,
		(*byte)(unsafe.Pointer(&status)),
		uint32(unsafe.Sizeof(status)),
		&needed,
	)
	if a.known = err == nil; a.known {
		a.state, a.pid, a.exit, a.ownExit = status.CurrentState, status.ProcessId, status.Win32ExitCode, status.ServiceSpecificExitCode
	}
	var buffer [configBuffer / 8]uint64 // aligned for the pointers in it
	config := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buffer[0]))
	if err := windows.QueryServiceConfig(service, config, configBuffer, &needed); err == nil {
		a.start, a.startKnown = config.StartType, true
	}
	return a, nil
}
