package service

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

const (
	outputLimit = 64 << 10 // bytes of systemctl's answer; the usual one has 1 KiB
	recordLimit = 64
	textLimit   = 100 // runes of one value
)

// properties are asked for. Names tells the aliases of a unit: Id is the name of
// the unit itself, even if it was asked for by an alias.
const properties = "Id,Names,LoadState,ActiveState,SubState,UnitFileState,MainPID,Result"

// program runs systemctl with arguments and gives what it writes.
type program func(ctx context.Context, args ...string) ([]byte, error)

// activeStates are systemd's ActiveState (systemctl --state=help). A unit that is
// active without a process (SubState exited) is running as far as systemd can
// say; its Result is then "exited".
var activeStates = map[string]string{
	"active": "running", "reloading": "running", "refreshing": "running",
	"activating": "starting", "deactivating": "stopping",
	"inactive": "stopped", "maintenance": "stopped", "failed": "failed",
}

// fileStates are systemd's UnitFileState, as systemctl(1) describes them under
// is-enabled. Generated units are enabled by their generator; linked ones are
// known but not enabled; indirect ones are started by another unit, as static
// ones are. What is not listed (alias, bad) says nothing of the start.
var fileStates = map[string]string{
	"enabled": "enabled", "enabled-runtime": "enabled", "generated": "enabled",
	"static": "static", "indirect": "static",
	"disabled": "disabled", "linked": "disabled", "linked-runtime": "disabled",
	"masked": "masked", "masked-runtime": "masked",
	"transient": "manual",
}

// notLoaded are the LoadStates of a unit whose file is there and cannot be used.
var notLoaded = []string{"error", "bad-setting"}

// askSystemd asks for all units in one run.
func askSystemd(ctx context.Context, run program, units []wanted) ([]probe.Service, []string, error) {
	args := []string{"show", "--no-pager", "--property=" + properties, "--"}
	for _, u := range units {
		args = append(args, u.names...)
	}
	out, err := run(ctx, args...)
	if err != nil {
		return nil, nil, err
	}
	records := parseShow(out)
	list := []probe.Service{}
	var gaps []string
	for _, u := range units {
		s, found := choose(records, u)
		switch {
		case !found:
			gaps = append(gaps, "service "+u.names[0]+": systemctl did not say")
		case !slices.Contains(list, s): // it has two names, and was asked for by both
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil, nil, errors.New("the answer of systemctl is not understood")
	}
	return list, gaps, nil
}

// choose takes the installed one of a unit's spellings.
func choose(records []map[string]string, u wanted) (s probe.Service, found bool) {
	for _, name := range u.names {
		for _, r := range records {
			if r["LoadState"] == "" || r["Id"] != name && !slices.Contains(strings.Fields(r["Names"]), name) {
				continue
			}
			if now := unit(u.role, name, r); now.Installed || now.PID != 0 {
				return now, true
			} else if !found {
				s, found = now, true
			}
			break
		}
	}
	return s, found
}

func unit(role probe.ServiceRole, name string, r map[string]string) probe.Service {
	s := probe.Service{Role: role, Name: name}
	if r["LoadState"] == "not-found" && r["ActiveState"] == "inactive" {
		return s
	}
	if id := r["Id"]; id != "" {
		s.Name = id
	}
	// A unit whose file was removed may still run, or be remembered as failed.
	s.Installed, s.State, s.Enabled = r["LoadState"] != "not-found", activeStates[r["ActiveState"]], fileStates[r["UnitFileState"]]
	if r["LoadState"] == "masked" && s.Enabled == "" {
		s.Enabled = "masked"
	}
	if pid, err := strconv.ParseInt(r["MainPID"], 10, 32); err == nil && pid > 0 {
		s.PID = int(pid)
	}
	switch {
	case slices.Contains(notLoaded, r["LoadState"]):
		s.Result = r["LoadState"]
	case r["Result"] != "success":
		s.Result = r["Result"]
		if strings.HasPrefix(r["SubState"], "auto-restart") {
			s.State = "failed" // it waits to be tried once more, and will end as before
		}
	case r["SubState"] == "exited":
		s.Result = "exited"
	}
	return s
}

// parseShow reads the answer of `systemctl show`: lines "Property=value", one
// block for each unit, blocks apart by an empty line. Their order is that of the
// manager, and old versions leave out what is empty.
func parseShow(b []byte) []map[string]string {
	var records []map[string]string
	var block map[string]string
	for line := range strings.Lines(string(b[:min(len(b), outputLimit)])) {
		line = strings.TrimRight(line, "\r\n")
		key, value, found := strings.Cut(line, "=")
		switch {
		case line == "":
			block = nil
			continue
		case !found || !asked(key):
			continue
		case block == nil:
			if len(records) == recordLimit {
				return records
			}
			block = map[string]string{}
			records = append(records, block)
		}
		block[key] = probe.Clean(value, textLimit)
	}
	return records
}

func asked(property string) bool {
	for p := range strings.SplitSeq(properties, ",") {
		if p == property {
			return true
		}
	}
	return false
}
