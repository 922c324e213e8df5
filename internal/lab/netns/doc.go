// Package netns builds small IPv4 and IPv6 networks out of Linux network
// namespaces: it makes the namespaces, joins them by veth pairs, sets
// addresses, routes and forwarding, installs packet filter rules, and can put a
// wire with delay, jitter and loss between two of them. It knows nothing of
// WorkSpaces or of faults; internal/lab gives it its meaning.
//
// A Space is one namespace. Everything is done through its Do method, because
// a namespace belongs to an operating system thread: sockets opened inside Do
// stay in the namespace, wherever they are used afterwards. Nothing here is
// named in the file system, so nothing outlives the process.
//
// Everything needs root, or root in a user namespace. Other systems than Linux
// see an empty package.
package netns
