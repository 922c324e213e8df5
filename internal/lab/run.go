package lab

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// hostArgument makes this program the lab's host.
const hostArgument = "__lab_host"

// Disable is the environment variable that, set to 1, makes Supported say that
// there are no namespaces.
const Disable = "WSDOCTOR_NO_NETNS"

// ErrDisabled says that Disable is set.
var ErrDisabled = errors.New(Disable + "=1 is set")

// daemonArgument makes it one of the host's processes, which listens and does no
// more.
const daemonArgument = "__lab_daemon"

// IsHost says whether this process was started to be the lab's host, or a part
// of it. A program that calls Run asks this first thing and, if so, calls
// HostMain.
func IsHost() bool {
	return len(os.Args) > 1 && (os.Args[1] == hostArgument || os.Args[1] == daemonArgument)
}

// Options say what to run in which world.
type Options struct {
	Scenario Scenario
	Command  []string // program and arguments; the program is found in PATH
	Env      []string // added to the clean environment of the command
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	// Unprivileged forces a user namespace even for root.
	Unprivileged bool
	// Privileged runs the command as the lab's root, which may change the lab's
	// network. It is for measuring programs that need raw sockets.
	Privileged bool
	// At is where the command runs; empty is the computer that is looked at. It is
	// for seeing what a fault does to others.
	At Place
	// Store is a file of this computer that holds the lab's authorities too, for
	// programs that look for them there and not where SSL_CERT_FILE says.
	Store string
	// Directory holds the data of a real directory, and Witness has an independent
	// client try the network after the command has ended; see beyond.
	Directory string
	Witness   bool
	Timeout   time.Duration // of the whole run; 0 means none but the context's
}

// Result is how the command ended and what it cost.
type Result struct {
	ExitCode  int           `json:"exit_code"` // 128 plus the signal's number if a signal ended it
	Killed    bool          `json:"killed"`    // a signal ended it
	TxPackets uint64        `json:"tx_packets"`
	RxPackets uint64        `json:"rx_packets"`
	Wall      time.Duration `json:"wall"`
	MaxRSS    int64         `json:"max_rss"` // bytes
	Build     time.Duration `json:"build"`   // until the command was started
	// FirstPacket is from just before the command's process was made until its
	// first IP packet left the client; 0 if none did, or where it could not be seen.
	FirstPacket time.Duration   `json:"first_packet"`
	Witness     json.RawMessage `json:"witness,omitempty"`
}

// order is what the parent tells the host.
type order struct {
	Scenario   Scenario `json:"scenario"`
	Command    []string `json:"command"`
	Env        []string `json:"env"`
	User       bool     `json:"user"` // in a user namespace
	Privileged bool     `json:"privileged"`
	At         Place    `json:"at"`
	Store      string   `json:"store"`
	Directory  string   `json:"directory"`
	Witness    bool     `json:"witness"`
	Make       bool     `json:"make"` // for beyond.serve: make the directory and run nothing
}

// answer is what the host tells the parent.
type answer struct {
	Result Result `json:"result"`
	Error  string `json:"error,omitempty"`
}
