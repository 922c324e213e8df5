package service

import (
	"context"

	"wsdoctor/probe"
)

const managerName = "systemd"

func thisManager(ctx context.Context) ([]probe.Service, []string, error) {
	return askSystemd(ctx, runFirst(systemctlPaths), linuxUnits)
}
