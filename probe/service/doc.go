// Package service tells how the services behind a WorkSpace's streaming ports
// are: installed or not, running or not, started with the system or not. Look
// asks the service manager once, Observation writes the answer down.
//
// On Linux that is one run of `systemctl show`, on Windows the service control
// manager, opened with the rights to connect and to query, which ordinary users
// have. macOS is not asked: no WorkSpace runs it. What a manager does not say is
// a gap; nothing is guessed from files or from the list of processes.
//
// Tables and parsers live in files without a system suffix and are tested on
// every system; look_*.go only ask.
package service
