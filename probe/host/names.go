package host

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Bounds of a hosts file. Those that block advertisements have 200,000 lines.
const (
	hostsLimit   = 8 << 20 // bytes read
	hostsEntries = 64      // kept, of names that were asked for
	hostsLine    = 4 << 10 // bytes of a line; the rest of the file is left when one is longer
)

// hostsFile is where this system keeps names of its own (hosts(5); Microsoft,
// "TCP/IP Core Networking: the hosts file").
func hostsFile(environ func(string) string) string {
	if runtime.GOOS != "windows" {
		return "/etc/hosts"
	}
	root := environ("SystemRoot")
	if root == "" {
		root = `C:\Windows`
	}
	return filepath.Join(root, "System32", "drivers", "etc", "hosts")
}

// hostNames reads what the hosts file says of these names. A missing file says
// nothing.
func hostNames(file string, names []string) (probe.HostNamesDetail, error) {
	d := probe.HostNamesDetail{Source: file}
	if len(names) == 0 {
		return d, nil
	}
	if i, err := os.Stat(file); err == nil && !i.Mode().IsRegular() {
		return d, errors.New(file + " is no ordinary file")
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	defer f.Close()
	d.Entries, err = parseHosts(io.LimitReader(f, hostsLimit), names)
	return d, err
}

// parseHosts gives the lines of a hosts file that speak of these names, one entry
// for each name on them, in the file's order.
func parseHosts(r io.Reader, names []string) ([]probe.HostNameEntry, error) {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[strings.ToLower(strings.TrimSuffix(n, "."))] = true
	}
	var list []probe.HostNameEntry
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, hostsLine), hostsLine)
	for lines.Scan() && len(list) < hostsEntries {
		line, _, _ := bytes.Cut(lines.Bytes(), []byte("#"))
		fields := strings.Fields(strings.TrimPrefix(string(line), "\ufeff"))
		if len(fields) < 2 {
			continue
		}
		a, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		for _, name := range fields[1:] {
			name = strings.ToLower(strings.TrimSuffix(name, "."))
			entry := probe.HostNameEntry{Name: probe.Clean(name, nameLimit), Address: a.Unmap().WithZone("")}
			if wanted[name] && len(list) < hostsEntries && !slices.Contains(list, entry) {
				list = append(list, entry)
			}
		}
	}
	return list, lines.Err()
}
