package host

import (
	"io"
	"os"

	"wsdoctor/probe"
)

// loadFile holds the load averages on Linux (proc_loadavg(5)).
const loadFile = "/proc/loadavg"

// Load gives the system's load averages as it writes them, "" where it does not.
func Load() string {
	f, err := os.Open(loadFile)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 64))
	return probe.Clean(string(b), 64)
}
